package dev.riser.control.app;

import dev.riser.control.signals.SignalStore;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the control plane does, and writes it in Prometheus' text format. Thread-safe. */
final class ControlMetrics {
    private static final double[] PUSH_SECONDS = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};

    private final LongAdder worlds = new LongAdder();
    private final LongAdder pushes = new LongAdder();
    private final LongAdder pushNanos = new LongAdder();
    private final LongAdder resources = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder issued = new LongAdder();
    private final LongAdder issueRefused = new LongAdder();
    private final LongAdder unauthenticated = new LongAdder();
    private final LongAdder nodesRefused = new LongAdder();
    private final LongAdder reportsRefused = new LongAdder();
    private final AtomicLongArray pushBuckets = new AtomicLongArray(PUSH_SECONDS.length);
    private final Map<String, LongAdder> rejections = new ConcurrentHashMap<>();

    /** What is read when the metrics are. */
    record Levels(
            int proxies,
            int objects,
            int problems,
            int services,
            Map<String, Long> workloadsByState,
            SignalStore.Fill signals) {}

    void world() {
        worlds.increment();
    }

    void pushed(int count, Duration taken) {
        pushes.increment();
        pushNanos.add(taken.toNanos());
        resources.add(count);
        double seconds = taken.toNanos() / 1e9;
        for (int bucket = 0; bucket < PUSH_SECONDS.length; bucket++) {
            if (seconds <= PUSH_SECONDS[bucket]) {
                pushBuckets.incrementAndGet(bucket);
            }
        }
    }

    void rejected(String type) {
        // Clients choose type URLs; only their short names of types that we serve ever get here.
        rejections
                .computeIfAbsent(type.substring(type.lastIndexOf('.') + 1), any -> new LongAdder())
                .increment();
    }

    void failed() {
        failures.increment();
    }

    void issued() {
        issued.increment();
    }

    void issueRefused() {
        issueRefused.increment();
    }

    void unauthenticated() {
        unauthenticated.increment();
    }

    void nodeRefused() {
        nodesRefused.increment();
    }

    void reportRefused() {
        reportsRefused.increment();
    }

    String text(Levels levels) {
        StringBuilder out = new StringBuilder(4096);
        gauge(out, "riser_control_proxies_connected", "Discovery streams that are open.", levels.proxies());
        gauge(out, "riser_control_objects", "Configuration objects, in force or not.", levels.objects());
        gauge(out, "riser_control_problems", "Problems with the configuration.", levels.problems());
        gauge(out, "riser_control_services", "Hosts that can be called.", levels.services());
        head(out, "riser_control_workloads", "Workloads of this machine by state.", "gauge");
        new TreeMap<>(levels.workloadsByState())
                .forEach((state, count) -> out.append("riser_control_workloads{state=\"")
                        .append(state)
                        .append("\"} ")
                        .append(count)
                        .append('\n'));
        counter(out, "riser_control_worlds_total", "Worlds made.", worlds.sum());
        counter(out, "riser_control_pushes_total", "Pushes to one proxy each.", pushes.sum());
        counter(out, "riser_control_resources_pushed_total", "Resources sent or removed by pushes.", resources.sum());
        counter(out, "riser_control_push_failures_total", "Pushes that failed in translation.", failures.sum());
        pushHistogram(out);
        head(out, "riser_control_rejections_total", "Resources that a proxy refused.", "counter");
        new TreeMap<>(rejections)
                .forEach((type, count) -> out.append("riser_control_rejections_total{type=\"")
                        .append(type)
                        .append("\"} ")
                        .append(count.sum())
                        .append('\n'));
        counter(out, "riser_control_certificates_issued_total", "Workload certificates issued.", issued.sum());
        counter(out, "riser_control_certificates_refused_total", "Certificate requests refused.", issueRefused.sum());
        counter(out, "riser_control_unauthenticated_total", "Calls without a valid proof.", unauthenticated.sum());
        counter(out, "riser_control_nodes_refused_total", "Nodes refused to a caller.", nodesRefused.sum());
        counter(out, "riser_control_reports_refused_total", "Signal reports not believed.", reportsRefused.sum());
        gauge(
                out,
                "riser_control_signal_edges",
                "Edges told apart in the signal store.",
                levels.signals().edges());
        gauge(
                out,
                "riser_control_signal_bytes",
                "Memory of the signal store.",
                levels.signals().bytes());
        counter(
                out,
                "riser_control_signal_overflowed_total",
                "Edge reports counted in the overflow edge.",
                levels.signals().overflowed());
        counter(
                out,
                "riser_control_signal_malformed_total",
                "Edge reports that could not be read.",
                levels.signals().malformed());
        return out.toString();
    }

    private void pushHistogram(StringBuilder out) {
        String name = "riser_control_push_seconds";
        head(out, name, "Time from a change to its being handed to a proxy's stream.", "histogram");
        for (int bucket = 0; bucket < PUSH_SECONDS.length; bucket++) {
            out.append(name)
                    .append("_bucket{le=\"")
                    .append(PUSH_SECONDS[bucket])
                    .append("\"} ")
                    .append(pushBuckets.get(bucket))
                    .append('\n');
        }
        out.append(name).append("_bucket{le=\"+Inf\"} ").append(pushes.sum()).append('\n');
        out.append(name)
                .append("_sum ")
                .append(String.format(Locale.ROOT, "%.9f", pushNanos.sum() / 1e9))
                .append('\n');
        out.append(name).append("_count ").append(pushes.sum()).append('\n');
    }

    private static void gauge(StringBuilder out, String name, String help, long value) {
        head(out, name, help, "gauge");
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void counter(StringBuilder out, String name, String help, long value) {
        head(out, name, help, "counter");
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void head(StringBuilder out, String name, String help, String type) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
