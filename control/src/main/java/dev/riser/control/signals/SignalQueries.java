package dev.riser.control.signals;

import dev.riser.control.signals.SignalStore.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Reads the store. Which reporter is believed is one rule: what a target served is told by its own proxy, and by its
 * callers' proxies only where no proxy of the target reported; what a caller did ({@code to}) and how a service looks to
 * its clients is told by the callers' proxies, which also see the requests that never arrived, and by the service's only
 * where no caller reported.
 */
public final class SignalQueries {
    private final SignalStore store;

    public SignalQueries(SignalStore store) {
        this.store = store;
    }

    /**
     * What a table of golden signals is asked for.
     *
     * @param kind what the rows are
     * @param namespace only rows of this namespace, empty for all
     * @param name only the row of this name, empty for all
     * @param window how far back
     * @param from only traffic from there
     * @param to only traffic to there; the rows are then the callers
     */
    public record StatQuery(
            TargetKind kind,
            String namespace,
            String name,
            Duration window,
            Optional<Target> from,
            Optional<Target> to) {}

    private record RowName(String namespace, String name) implements Comparable<RowName> {
        @Override
        public int compareTo(RowName other) {
            int byNamespace = namespace.compareTo(other.namespace);
            return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
        }
    }

    /**
     * The table. Targets of {@code known} that fit the query have a row even without traffic.
     */
    public List<StatRow> stat(StatQuery query, Collection<KnownTarget> known) {
        Span span = store.span(query.window());
        boolean callers = query.to().isPresent();
        Reporter believed = callers || query.kind() == TargetKind.SERVICE ? Reporter.SOURCE : Reporter.DESTINATION;
        Predicate<EdgeKey> wanted =
                edge -> query.from().map(from -> from.isSource(edge)).orElse(true)
                        && query.to().map(to -> to.isDestination(edge)).orElse(true);
        Map<RowName, Map<Reporter, Totals>> rows = new TreeMap<>();
        Set<RowName> meshed = new HashSet<>();
        Map<EdgeKey, Long> active = new HashMap<>();
        store.forEach(span, (edge, counted) -> {
            rowName(edge, query.kind(), callers).ifPresent(row -> {
                Reporter own = callers ? Reporter.SOURCE : Reporter.DESTINATION;
                if (edge.reporter() == own) {
                    meshed.add(row);
                }
                if (wanted.test(edge) && selected(row, query)) {
                    rows.computeIfAbsent(row, any -> new HashMap<>())
                            .computeIfAbsent(edge.reporter(), any -> new Totals())
                            .add(counted);
                    active.put(edge, counted.active());
                }
            });
        });
        active.forEach((edge, connections) -> rowName(edge, query.kind(), callers)
                .flatMap(row -> Optional.ofNullable(rows.get(row)))
                .flatMap(totals -> Optional.ofNullable(totals.get(edge.reporter())))
                .ifPresent(totals -> totals.addActive(connections)));
        for (KnownTarget target : known) {
            RowName row = new RowName(target.namespace(), target.name());
            if (target.meshed()) {
                meshed.add(row);
            }
            if (selected(row, query) && query.from().isEmpty() && query.to().isEmpty()) {
                rows.computeIfAbsent(row, any -> new HashMap<>());
            }
        }
        List<StatRow> result = new ArrayList<>();
        rows.forEach((row, byReporter) -> {
            Totals totals = Optional.ofNullable(byReporter.get(believed))
                    .or(() -> byReporter.values().stream().findFirst())
                    .orElseGet(Totals::new);
            result.add(row(row, meshed.contains(row), totals, span.seconds()));
        });
        return result;
    }

    private static boolean selected(RowName row, StatQuery query) {
        return (query.namespace().isEmpty()
                        || row.namespace().equals(query.namespace())
                        || (query.kind() == TargetKind.NAMESPACE && row.name().equals(query.namespace())))
                && (query.name().isEmpty() || row.name().equals(query.name()));
    }

    private static Optional<RowName> rowName(EdgeKey edge, TargetKind kind, boolean callers) {
        EdgePeer peer = callers ? edge.source() : edge.destination();
        return switch (kind) {
            case DEPLOY -> named(peer.namespace(), peer.workload());
            case POD -> named(peer.namespace(), peer.instance());
            case NAMESPACE -> named("", peer.namespace());
            case SERVICE ->
                callers || !ServiceNames.known(edge)
                        ? Optional.empty()
                        : named(ServiceNames.namespace(edge), ServiceNames.shortName(edge));
        };
    }

    private static Optional<RowName> named(String namespace, String name) {
        return name.isEmpty() || name.equals("unknown") ? Optional.empty() : Optional.of(new RowName(namespace, name));
    }

    private static StatRow row(RowName row, boolean meshed, Totals totals, double seconds) {
        return new StatRow(
                row.namespace(),
                row.name(),
                meshed,
                totals.success(),
                totals.requestsPerSecond(seconds),
                totals.quantile(0.50),
                totals.quantile(0.95),
                totals.quantile(0.99),
                totals.active(),
                totals.readPerSecond(seconds),
                totals.writePerSecond(seconds),
                totals.requests());
    }

    private record ArrowName(String source, String destination, String service, String protocol) {}

    private static final class Arrow {
        private final Map<Reporter, Totals> totals = new HashMap<>();
        private final Map<Reporter, Map<String, Totals>> versions = new HashMap<>();
        private final Map<EdgeKey, Long> active = new HashMap<>();
        private boolean mutualTls = true;
        private String sourcePrincipal = "";
        private String destinationPrincipal = "";

        private void add(EdgeKey edge, Counted counted) {
            totals.computeIfAbsent(edge.reporter(), any -> new Totals()).add(counted);
            versions.computeIfAbsent(edge.reporter(), any -> new TreeMap<>())
                    .computeIfAbsent(edge.destination().version(), any -> new Totals())
                    .add(counted);
            active.put(edge, counted.active());
            // A source that never got through to a peer has no TLS to speak of and does not make the arrow plaintext.
            boolean reached = counted.requests() == 0 || counted.successes() > 0 || edge.mutualTls();
            mutualTls &= edge.mutualTls() || !reached;
            if (!edge.source().principal().isEmpty()) {
                sourcePrincipal = edge.source().principal();
            }
            if (!edge.destination().principal().isEmpty()) {
                destinationPrincipal = edge.destination().principal();
            }
        }
    }

    private static final class NodeFacts {
        private final String namespace;
        private final String name;
        private final SignalGraph.Kind kind;
        private final Set<String> versions = new TreeSet<>();
        private boolean meshed;

        private NodeFacts(String namespace, String name, SignalGraph.Kind kind) {
            this.namespace = namespace;
            this.name = name;
            this.kind = kind;
        }
    }

    /** The graph of workloads, over the window. */
    public SignalGraph graph(Duration window) {
        Span span = store.span(window);
        Map<String, NodeFacts> nodes = new TreeMap<>();
        Map<ArrowName, Arrow> arrows = new LinkedHashMap<>();
        store.forEach(span, (edge, counted) -> {
            String source = node(nodes, edge, edge.source(), Reporter.SOURCE);
            String destination = node(nodes, edge, edge.destination(), Reporter.DESTINATION);
            arrows.computeIfAbsent(
                            new ArrowName(source, destination, edge.service(), edge.protocol()), any -> new Arrow())
                    .add(edge, counted);
        });
        List<SignalGraph.Edge> edges = new ArrayList<>();
        arrows.forEach((name, arrow) -> edges.add(edge(name, arrow, span.seconds())));
        edges.sort(Comparator.comparing(SignalGraph.Edge::source)
                .thenComparing(SignalGraph.Edge::destination)
                .thenComparing(SignalGraph.Edge::service)
                .thenComparing(SignalGraph.Edge::protocol));
        List<SignalGraph.Node> named = new ArrayList<>();
        nodes.forEach((id, facts) -> named.add(new SignalGraph.Node(
                id, facts.namespace, facts.name, facts.kind, List.copyOf(facts.versions), facts.meshed)));
        return new SignalGraph(named, edges);
    }

    private static String node(Map<String, NodeFacts> nodes, EdgeKey edge, EdgePeer peer, Reporter side) {
        NodeFacts made;
        if (!peer.workload().isEmpty() && !peer.workload().equals("unknown")) {
            made = new NodeFacts(peer.namespace(), peer.workload(), SignalGraph.Kind.WORKLOAD);
        } else if (side == Reporter.DESTINATION && ServiceNames.known(edge)) {
            made = new NodeFacts(ServiceNames.namespace(edge), ServiceNames.shortName(edge), SignalGraph.Kind.SERVICE);
        } else {
            made = new NodeFacts("", "unknown", SignalGraph.Kind.UNKNOWN);
        }
        String id = (made.kind == SignalGraph.Kind.SERVICE ? "service:" : "") + made.namespace + "/" + made.name;
        NodeFacts facts = nodes.computeIfAbsent(id, any -> made);
        if (!peer.version().isEmpty() && facts.kind == SignalGraph.Kind.WORKLOAD) {
            facts.versions.add(peer.version());
        }
        facts.meshed |= facts.kind == SignalGraph.Kind.WORKLOAD
                && (edge.reporter() == side
                        || (edge.mutualTls() && !peer.principal().isEmpty()));
        return id;
    }

    private static SignalGraph.Edge edge(ArrowName name, Arrow arrow, double seconds) {
        Reporter believed = arrow.totals.containsKey(Reporter.SOURCE) ? Reporter.SOURCE : Reporter.DESTINATION;
        Totals totals = arrow.totals.getOrDefault(believed, new Totals());
        long connections = arrow.active.entrySet().stream()
                .filter(entry -> entry.getKey().reporter() == believed)
                .mapToLong(Map.Entry::getValue)
                .sum();
        return new SignalGraph.Edge(
                name.source(),
                name.destination(),
                name.service(),
                name.protocol(),
                arrow.mutualTls,
                arrow.sourcePrincipal,
                arrow.destinationPrincipal,
                totals.requestsPerSecond(seconds),
                totals.success(),
                totals.quantile(0.50),
                totals.quantile(0.95),
                totals.quantile(0.99),
                totals.requests(),
                shares(arrow.versions.getOrDefault(believed, Map.of())),
                totals.readPerSecond(seconds) + totals.writePerSecond(seconds),
                connections);
    }

    private static Map<String, Double> shares(Map<String, Totals> byVersion) {
        long all = byVersion.values().stream().mapToLong(Totals::units).sum();
        Map<String, Double> shares = new TreeMap<>();
        byVersion.forEach((version, totals) -> {
            if (!version.isEmpty() && all > 0) {
                shares.put(version, (double) totals.units() / all);
            }
        });
        return shares;
    }

    /** One target's signals over time. */
    public Timeseries timeseries(Target target, Duration window, Timeseries.By by) {
        Span span = store.span(window);
        Reporter believed = target.kind() == TargetKind.SERVICE ? Reporter.SOURCE : Reporter.DESTINATION;
        Map<Reporter, Map<String, Map<Long, Totals>>> lines = new HashMap<>();
        store.forEach(span, (slice, edge, counted) -> {
            if (target.isDestination(edge)) {
                lines.computeIfAbsent(edge.reporter(), any -> new TreeMap<>())
                        .computeIfAbsent(label(edge, by), any -> new HashMap<>())
                        .computeIfAbsent(slice, any -> new Totals())
                        .add(counted);
            }
        });
        List<Long> times = new ArrayList<>();
        for (long slice = span.first(); slice <= span.last(); slice++) {
            times.add(SignalStore.startOf(slice).getEpochSecond());
        }
        Map<String, Map<Long, Totals>> chosen = Optional.ofNullable(lines.get(believed))
                .or(() -> lines.values().stream().findFirst())
                .orElse(Map.of());
        List<Timeseries.Series> series = new ArrayList<>();
        chosen.forEach((label, points) -> series.add(series(label, points, span)));
        return new Timeseries((int) SignalStore.SLICE.toSeconds(), times, series);
    }

    private static String label(EdgeKey edge, Timeseries.By by) {
        return switch (by) {
            case NONE -> "all";
            case VERSION ->
                edge.destination().version().isEmpty()
                        ? "unknown"
                        : edge.destination().version();
            case CALLER ->
                edge.source().workload().isEmpty()
                        ? "unknown"
                        : edge.source().workload() + "." + edge.source().namespace();
        };
    }

    private static Timeseries.Series series(String label, Map<Long, Totals> points, Span span) {
        List<Double> rps = new ArrayList<>();
        List<OptionalDouble> success = new ArrayList<>();
        List<OptionalDouble> p50 = new ArrayList<>();
        List<OptionalDouble> p95 = new ArrayList<>();
        List<OptionalDouble> p99 = new ArrayList<>();
        double whole = SignalStore.SLICE.toSeconds();
        double newest = span.seconds() - (span.last() - span.first()) * whole;
        for (long slice = span.first(); slice <= span.last(); slice++) {
            Totals totals = points.getOrDefault(slice, new Totals());
            rps.add(totals.requestsPerSecond(slice == span.last() ? newest : whole));
            success.add(totals.success());
            p50.add(totals.quantile(0.50));
            p95.add(totals.quantile(0.95));
            p99.add(totals.quantile(0.99));
        }
        return new Timeseries.Series(label, rps, success, p50, p95, p99);
    }
}
