package dev.riser.control.api;

import dev.riser.control.signals.SignalGraph;
import dev.riser.control.signals.SignalQueries;
import dev.riser.control.signals.SignalQueries.StatQuery;
import dev.riser.control.signals.SignalStore;
import dev.riser.control.signals.StatRow;
import dev.riser.control.signals.Target;
import dev.riser.control.signals.TargetKind;
import dev.riser.control.signals.Timeseries;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The calls that read golden signals. */
final class SignalCalls {
    private static final Pattern WINDOW = Pattern.compile("([0-9]{1,6})(s|m|h|)");

    private final SignalQueries queries;
    private final Mesh mesh;

    SignalCalls(SignalQueries queries, Mesh mesh) {
        this.queries = queries;
        this.mesh = mesh;
    }

    record Stat(String window, List<StatRow> rows) {}

    record Graph(List<GraphNode> nodes, List<SignalGraph.Edge> edges) {}

    record GraphNode(String id, String namespace, String name, String kind, List<String> versions, boolean meshed) {}

    HttpAnswer stat(HttpRequest request) throws RefusedRequest {
        TargetKind kind = kind(request);
        Duration window = window(request, "60s");
        String namespace = request.parameter("namespace");
        StatQuery query = new StatQuery(
                kind,
                namespace,
                request.parameter("name"),
                window,
                target(request, "from", namespace),
                target(request, "to", namespace));
        return HttpAnswer.json(200, new Stat(text(window), queries.stat(query, mesh.targets(kind))));
    }

    HttpAnswer graph(HttpRequest request) throws RefusedRequest {
        SignalGraph graph = queries.graph(window(request, "60s"));
        return HttpAnswer.json(
                200,
                new Graph(
                        graph.nodes().stream()
                                .map(node -> new GraphNode(
                                        node.id(),
                                        node.namespace(),
                                        node.name(),
                                        node.kind().name().toLowerCase(Locale.ROOT),
                                        node.versions(),
                                        node.meshed()))
                                .toList(),
                        graph.edges()));
    }

    HttpAnswer timeseries(HttpRequest request) throws RefusedRequest {
        String name = request.parameter("name");
        if (name.isEmpty()) {
            throw new RefusedRequest(400, "name is missing; say what the chart is of");
        }
        Timeseries.By by = switch (request.parameter("by")) {
            case "", "none" -> Timeseries.By.NONE;
            case "version" -> Timeseries.By.VERSION;
            case "caller" -> Timeseries.By.CALLER;
            default ->
                throw new RefusedRequest(
                        400,
                        "by: found \"%s\", allowed are version, caller and none".formatted(request.parameter("by")));
        };
        return HttpAnswer.json(
                200,
                queries.timeseries(
                        new Target(kind(request), name, request.parameter("namespace")), window(request, "10m"), by));
    }

    private static TargetKind kind(HttpRequest request) throws RefusedRequest {
        String word = request.parameter("kind").isEmpty() ? "deploy" : request.parameter("kind");
        return TargetKind.parse(word)
                .orElseThrow(() -> new RefusedRequest(
                        400, "kind: found \"%s\", allowed are deploy, service, namespace and pod".formatted(word)));
    }

    private static Optional<Target> target(HttpRequest request, String parameter, String namespace)
            throws RefusedRequest {
        String text = request.parameter(parameter);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Target> target = Target.parse(text, namespace);
        if (target.isEmpty()) {
            throw new RefusedRequest(
                    400,
                    "%s: found \"%s\", allowed is kind/name or kind/name.namespace, such as deploy/web.prod"
                            .formatted(parameter, text));
        }
        return target;
    }

    static Duration window(HttpRequest request, String otherwise) throws RefusedRequest {
        String text = request.parameter("window").isEmpty() ? otherwise : request.parameter("window");
        Matcher matcher = WINDOW.matcher(text);
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            long seconds = number * Map.of("s", 1, "m", 60, "h", 3600, "", 1).getOrDefault(matcher.group(2), 1);
            Duration window = Duration.ofSeconds(seconds);
            if (window.compareTo(SignalStore.SLICE) >= 0 && window.compareTo(SignalStore.HISTORY) <= 0) {
                return window;
            }
        }
        throw new RefusedRequest(
                400, "window: found \"%s\", allowed are 10s to 1h, such as 60s or 10m".formatted(text));
    }

    private static String text(Duration window) {
        return window.toSeconds() + "s";
    }
}
