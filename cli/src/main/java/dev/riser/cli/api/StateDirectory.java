package dev.riser.cli.api;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The directory in which a mesh keeps its keys, objects and addresses. Nothing is cached: every call reads the file.
 *
 * @param path the directory; need not exist
 */
public record StateDirectory(Path path) {
    /** Root's default. */
    public static final Path OF_ROOT = Path.of("/var/lib/riser");

    /**
     * Where a running control plane is.
     *
     * @param pid its process
     * @param api base URL of its API, without a slash at the end
     */
    public record ControlPlaneAddress(long pid, String api) {}

    /** The default: {@code /var/lib/riser} for root, the user's own state directory otherwise. */
    public static StateDirectory standard() {
        String given = System.getProperty("riser.state", "");
        if (!given.isEmpty()) {
            return new StateDirectory(Path.of(given));
        }
        if (dev.riser.cli.net.Privilege.actsAsRoot()) {
            return new StateDirectory(OF_ROOT);
        }
        String states = Optional.ofNullable(System.getenv("XDG_STATE_HOME"))
                .filter(s -> !s.isEmpty())
                .orElseGet(() -> System.getProperty("user.home") + "/.local/state");
        return new StateDirectory(Path.of(states, "riser"));
    }

    /** The Unix socket of the proxy that serves all workloads of the machine. */
    public Path proxySocket() {
        return path.resolve("proxy.sock");
    }

    /** The trust bundle. */
    public Path rootBundle() {
        return path.resolve("root.pem");
    }

    /** Where the shared proxy's output goes. */
    public Path proxyLog() {
        return path.resolve("proxy.log");
    }

    /** The API's bearer token, absent where this user may not read it or no control plane has run here. */
    public Optional<String> adminToken() {
        try {
            return Optional.of(Files.readString(path.resolve("admin.token")).strip());
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** The control plane that runs with this directory; a file left by one that has ended counts as absent. */
    public Optional<ControlPlaneAddress> controlPlane() {
        Path file = path.resolve("control-plane.json");
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(Files.readString(file));
        } catch (IOException unreadable) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw CommandFailure.failed(
                    "%s cannot be read (%s); start the control plane again, it writes the file anew"
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
        long pid = node.path("pid").asLong(0);
        if (pid > 0 && !isAlive(pid)) {
            return Optional.empty();
        }
        String api = node.path("api").asString("");
        if (api.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ControlPlaneAddress(pid, api.contains("://") ? api : "http://" + api));
    }

    /** Loaded when a file is read: a proxy that was told the address reads none. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
