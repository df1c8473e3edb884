package dev.riser.cli.api;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The control plane's HTTP API. Every call blocks the caller's thread, at most {@link #ANSWER_LIMIT}; every failure is a
 * {@link CommandFailure} that says which call, what came back, and what to do.
 */
public final class MeshApi {
    /** Where a control plane listens unless told otherwise. */
    public static final String STANDARD_ADDRESS = "http://127.0.0.1:15080";

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(3);

    /** Longer than the control plane needs for its largest answer, shorter than a person's patience. */
    static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

    private final String base;
    private final Optional<String> token;
    private final String whereToStart;

    /**
     * @param base URL without a slash at the end
     * @param token the admin token, where known
     * @param whereToStart the state directory to name in advice
     */
    public MeshApi(String base, Optional<String> token, String whereToStart) {
        this.base = base;
        this.token = token;
        this.whereToStart = whereToStart;
    }

    /** The address of the API, for people. */
    public String address() {
        return base;
    }

    /**
     * Reads.
     *
     * @param path as {@code /api/v1/stat}
     * @param query parameters; those with an empty value are left out
     */
    public JsonNode get(String path, Map<String, String> query) {
        String parameters = query.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .sorted()
                .collect(Collectors.joining("&"));
        return call("GET", parameters.isEmpty() ? path : path + "?" + parameters, Optional.empty(), "");
    }

    /** Reads without parameters. */
    public JsonNode get(String path) {
        return get(path, Map.of());
    }

    /** Sends JSON. */
    public JsonNode post(String path, JsonNode body) {
        return call("POST", path, Optional.of(Json.MAPPER.writeValueAsString(body)), "application/json");
    }

    /** Says that something is so, where the path says it all. The answer is not read. */
    public void say(String path) {
        exchange("POST", path, Optional.of("{}"), "application/json");
    }

    /** Sends YAML. */
    public JsonNode postYaml(String path, String yaml) {
        return call("POST", path, Optional.of(yaml), "application/yaml");
    }

    /** Deletes. */
    public JsonNode delete(String path) {
        return call("DELETE", path, Optional.empty(), "");
    }

    /** Deletes. The answer is not read. */
    public void drop(String path) {
        exchange("DELETE", path, Optional.empty(), "");
    }

    /** One segment of a path. */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Loaded with the first answer that is read: a proxy reads none and would carry it in vain. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    private JsonNode call(String method, String path, Optional<String> body, String contentType) {
        String answer = exchange(method, path, body, contentType);
        try {
            return answer.isBlank() ? Json.MAPPER.createObjectNode() : Json.MAPPER.readTree(answer);
        } catch (JacksonException e) {
            throw CommandFailure.failed(
                    "%s %s answered something that is not JSON; does another program listen there?"
                            .formatted(method, base + path),
                    e);
        }
    }

    private String exchange(String method, String path, Optional<String> body, String contentType) {
        String url = base + path;
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url).toURL().openConnection(java.net.Proxy.NO_PROXY);
            connection.setRequestMethod(method);
            connection.setConnectTimeout((int) CONNECT_LIMIT.toMillis());
            connection.setReadTimeout((int) ANSWER_LIMIT.toMillis());
            connection.setRequestProperty("accept", "application/json");
            token.ifPresent(value -> connection.setRequestProperty("authorization", "Bearer " + value));
            if (body.isPresent()) {
                byte[] bytes = body.get().getBytes(StandardCharsets.UTF_8);
                connection.setDoOutput(true);
                connection.setRequestProperty("content-type", contentType);
                connection.setFixedLengthStreamingMode(bytes.length);
                try (OutputStream stream = connection.getOutputStream()) {
                    stream.write(bytes);
                }
            }
            int status = connection.getResponseCode();
            String answer;
            try (InputStream stream = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                answer = stream == null ? "" : new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (status >= 400) {
                throw refused(method, url, status, answer);
            }
            return answer;
        } catch (ConnectException e) {
            throw CommandFailure.failed(
                    "no control plane answers at %s (%s); start one with 'riser control-plane --state %s', or name another with --api"
                            .formatted(base, e.getMessage(), whereToStart),
                    e);
        } catch (IllegalArgumentException | ClassCastException e) {
            throw CommandFailure.usage(
                    "'%s' is not the address of an API; write it as %s".formatted(base, STANDARD_ADDRESS));
        } catch (IOException e) {
            throw CommandFailure.failed(
                    "%s %s failed: %s; is the control plane running? 'riser version' asks it"
                            .formatted(method, url, e.getMessage()),
                    e);
        }
    }

    private CommandFailure refused(String method, String url, int status, String answer) {
        StringBuilder message = new StringBuilder();
        try {
            JsonNode node = Json.MAPPER.readTree(answer);
            message.append(node.path("error").asString(""));
            for (JsonNode problem : node.path("problems")) {
                message.append("\n  ").append(ProblemText.of(problem));
            }
        } catch (JacksonException notOurs) {
            message.append(answer.lines().findFirst().orElse(""));
        }
        String advice = switch (status) {
            case 401, 403 ->
                token.isPresent()
                        ? "; the token in %s/admin.token is not this control plane's: name its directory with --state"
                                .formatted(whereToStart)
                        : "; changes need the token in %s/admin.token: name the right directory with --state, or use its owner's account"
                                .formatted(whereToStart);
            default -> "";
        };
        return CommandFailure.failed("%s %s: %d: %s%s".formatted(method, url, status, message, advice));
    }
}
