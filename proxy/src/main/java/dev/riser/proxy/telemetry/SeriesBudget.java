package dev.riser.proxy.telemetry;

import dev.riser.proxy.telemetry.SeriesRegistry.Entry;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which series one workload holds, and that they are not more than its budget. Safe on any thread; never on the hot path. */
final class SeriesBudget {
    private record Held(SeriesKind kind, Labels labels) {}

    private final SeriesRegistry registry;
    private final MetricSettings settings;
    private final Map<Held, Integer> held = new HashMap<>();

    SeriesBudget(SeriesRegistry registry, MetricSettings settings) {
        this.registry = registry;
        this.settings = settings;
    }

    /** The series, or {@code null} where the workload has as many as it may have. */
    synchronized @Nullable Entry take(SeriesKind kind, Labels labels) {
        Held key = new Held(kind, labels);
        Integer holders = held.get(key);
        if (holders == null && held.size() >= settings.seriesBudget()) {
            return null;
        }
        held.put(key, holders == null ? 1 : holders + 1);
        return registry.hold(kind, labels, settings.captured());
    }

    /** An overflow series: outside the budget, since there are only a handful. */
    Entry takeOverflow(SeriesKind kind, Labels labels) {
        return registry.hold(kind, labels, settings.captured());
    }

    synchronized void settle(Entry entry, long[] values, long nowNanos, boolean overflow) {
        registry.release(entry, values, nowNanos);
        if (!overflow) {
            held.computeIfPresent(
                    new Held(entry.kind(), entry.labels()), (key, holders) -> holders == 1 ? null : holders - 1);
        }
    }

    synchronized boolean hasRoom() {
        return held.size() < settings.seriesBudget();
    }

    synchronized int size() {
        return held.size();
    }
}
