package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** Metrics of the proxy process itself, named {@code riser_*}. Safe on any thread. */
public final class ProxyMetrics {
    private record Registered(ProxyGauge gauge, List<String> labels, DoubleSupplier value) {}

    /** Takes a gauge away again. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    private final CounterFamily handshakes = new CounterFamily(
            "riser_tls_handshakes", "TLS handshakes that succeeded.", "direction", "version", "group");
    private final CounterFamily refusals = new CounterFamily(
            "riser_tls_refused",
            "Connections refused for the peer's identity or lack of one.",
            "direction",
            "reason",
            "peer");
    private final CounterFamily denials =
            new CounterFamily("riser_policy_denied", "Requests and connections a policy denied.", "policy");
    private final CounterFamily retries = new CounterFamily("riser_retries", "Attempts after the first.", "cluster");
    private final CounterFamily refusedRetries =
            new CounterFamily("riser_retries_refused", "Retries that the retry budget did not allow.", "cluster");
    private final CounterFamily ejections =
            new CounterFamily("riser_ejections", "Endpoints taken out for failing.", "cluster");
    private final CounterFamily circuitOpen =
            new CounterFamily("riser_circuit_open", "Requests refused because a limit was reached.", "cluster");
    private final CounterFamily rejections =
            new CounterFamily("riser_xds_rejections", "Resources of the control plane that were rejected.", "type");
    private final CounterFamily names =
            new CounterFamily("riser_dns_queries", "Questions to the resolver, by what became of them.", "result");
    private final LongAdder[] settledFailures = new LongAdder[FailureReason.values().length * 2];
    private final LongAdder settledOverflow = new LongAdder();
    private final Queue<Registered> gauges = new ConcurrentLinkedQueue<>();
    private final Map<String, LongSupplier> drops = new ConcurrentSkipListMap<>();

    ProxyMetrics() {
        for (int index = 0; index < settledFailures.length; index++) {
            settledFailures[index] = new LongAdder();
        }
    }

    /** A handshake that succeeded; the version and the key exchange group as the TLS library names them. */
    public void tlsHandshake(Direction direction, String version, String group) {
        handshakes.increment(lower(direction), version, group);
    }

    /**
     * A connection refused in or after the handshake.
     *
     * @param peer the identity the peer showed, {@code none} where it showed none
     */
    public void tlsRefused(Direction direction, FailureReason reason, String peer) {
        refusals.increment(lower(direction), reason.name(), peer);
    }

    /** A denial. {@link Telemetry} counts those of records it is given; call this for others only. */
    public void policyDenied(String policy) {
        denials.increment(policy);
    }

    /** An attempt after the first. */
    public void retried(String cluster) {
        retries.increment(cluster);
    }

    /** A retry that the budget did not allow. */
    public void retryRefused(String cluster) {
        refusedRetries.increment(cluster);
    }

    /** An endpoint taken out. */
    public void ejected(String cluster) {
        ejections.increment(cluster);
    }

    /** A request refused at a limit. */
    public void circuitOpen(String cluster) {
        circuitOpen.increment(cluster);
    }

    /** A rejected resource, by its type URL or short type. */
    public void discoveryRejected(String type) {
        rejections.increment(type);
    }

    /** A question to the resolver. */
    public void nameAsked(String result) {
        names.increment(result);
    }

    /**
     * Has a value read at each collection, on the collecting thread. Values with the same labels are merged.
     *
     * @param labels in the order the gauge's Javadoc gives
     */
    public Registration gauge(ProxyGauge gauge, List<String> labels, DoubleSupplier value) {
        if (labels.size() != gauge.labelNames().size()) {
            throw new IllegalArgumentException(
                    "gauge %s takes the labels %s, not %s".formatted(gauge, gauge.labelNames(), labels));
        }
        Registered registered = new Registered(gauge, List.copyOf(labels), value);
        gauges.add(registered);
        return () -> gauges.remove(registered);
    }

    /** Has a number of dropped things read at each collection ({@code riser_dropped_total{what="..."}}). */
    void drops(String what, LongSupplier count) {
        drops.put(what, count);
    }

    void settleFailures(long[] failures, long overflowed) {
        for (int index = 0; index < failures.length; index++) {
            settledFailures[index].add(failures[index]);
        }
        settledOverflow.add(overflowed);
    }

    List<MetricSnapshot> snapshots(MetricTotals totals, int series) {
        List<MetricSnapshot> all = new ArrayList<>();
        for (CounterFamily family : List.of(
                handshakes, refusals, denials, retries, refusedRetries, ejections, circuitOpen, rejections, names)) {
            all.add(family.snapshot());
        }
        all.add(failures(totals));
        all.add(new CounterSnapshot(
                new MetricMetadata(
                        "riser_metrics_overflow", "Exchanges counted in overflow series for want of series budget."),
                List.of(counter(Labels.EMPTY, totals.overflowed() + settledOverflow.sum()))));
        all.add(new GaugeSnapshot(
                new MetricMetadata("riser_metrics_series", "Label combinations held."),
                List.of(GaugeDataPointSnapshot.builder().value(series).build())));
        List<CounterDataPointSnapshot> dropped = new ArrayList<>();
        drops.forEach((what, count) -> dropped.add(counter(Labels.of("what", what), count.getAsLong())));
        all.add(new CounterSnapshot(
                new MetricMetadata("riser_dropped", "Access log lines and spans dropped for want of room."), dropped));
        for (ProxyGauge gauge : ProxyGauge.values()) {
            all.add(gauge(gauge));
        }
        return all;
    }

    private CounterSnapshot failures(MetricTotals totals) {
        List<CounterDataPointSnapshot> points = new ArrayList<>();
        for (FailureReason reason : FailureReason.values()) {
            for (Direction direction : Direction.values()) {
                long count = totals.failures(reason, direction)
                        + settledFailures[reason.ordinal() * 2 + direction.ordinal()].sum();
                if (count > 0) {
                    points.add(counter(Labels.of("reason", reason.name(), "direction", lower(direction)), count));
                }
            }
        }
        return new CounterSnapshot(
                new MetricMetadata("riser_failures", "Exchanges and connections the mesh failed, by reason."), points);
    }

    private GaugeSnapshot gauge(ProxyGauge gauge) {
        Map<List<String>, Double> merged = new LinkedHashMap<>();
        for (Registered each : gauges) {
            if (each.gauge() == gauge) {
                merged.merge(each.labels(), each.value().getAsDouble(), gauge.merge()::merge);
            }
        }
        List<GaugeDataPointSnapshot> points = new ArrayList<>();
        merged.forEach((labels, value) -> points.add(GaugeDataPointSnapshot.builder()
                .labels(labels.isEmpty() ? Labels.EMPTY : Labels.of(gauge.labelNames(), labels))
                .value(value)
                .build()));
        return new GaugeSnapshot(new MetricMetadata(gauge.metricName(), gauge.help()), points);
    }

    private static CounterDataPointSnapshot counter(Labels labels, long value) {
        return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static String lower(Direction direction) {
        return switch (direction) {
            case INBOUND -> "inbound";
            case OUTBOUND -> "outbound";
        };
    }
}
