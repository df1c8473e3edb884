package dev.riser.proxy.telemetry;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Every label combination of the process, with what loops and workloads that no longer hold it had counted: so that a
 * counter never falls when a workload leaves while another of the same labels stays. Touched only when a series begins or
 * ends, and when metrics are collected; safe on any thread.
 */
final class SeriesRegistry {
    private record Key(SeriesKind kind, Labels labels) {}

    /** One label combination. */
    static final class Entry {
        private final SeriesKind kind;
        private final Labels labels;
        private final Set<StandardMetric> captured;
        private final long[] settled;
        private int holders;
        private long releasedAtNanos;

        private Entry(SeriesKind kind, Labels labels, Set<StandardMetric> captured) {
            this.kind = kind;
            this.labels = labels;
            this.captured = captured;
            this.settled = kind.newValues();
        }

        SeriesKind kind() {
            return kind;
        }

        Labels labels() {
            return labels;
        }

        /** What is exposed of it, as the settings of its first holder say: holders of one label combination share them. */
        Set<StandardMetric> captured() {
            return captured;
        }
    }

    private final Map<Key, Entry> entries = new HashMap<>();

    synchronized Entry hold(SeriesKind kind, Labels labels, Set<StandardMetric> captured) {
        Entry entry = entries.computeIfAbsent(new Key(kind, labels), key -> new Entry(kind, labels, captured));
        entry.holders++;
        return entry;
    }

    /** Takes over what the holder had counted. */
    synchronized void release(Entry entry, long[] values, long nowNanos) {
        add(values, entry.settled);
        entry.holders--;
        entry.releasedAtNanos = nowNanos;
    }

    /** What earlier holders had counted; drops series that nobody has held for longer than the given time. */
    synchronized Map<Entry, long[]> settled(long nowNanos, long idleNanos) {
        Map<Entry, long[]> values = new HashMap<>();
        for (Iterator<Entry> each = entries.values().iterator(); each.hasNext(); ) {
            Entry entry = each.next();
            if (entry.holders == 0 && nowNanos - entry.releasedAtNanos > idleNanos) {
                each.remove();
            } else {
                values.put(entry, entry.settled.clone());
            }
        }
        return values;
    }

    static void add(long[] values, long[] into) {
        for (int index = 0; index < values.length; index++) {
            into[index] += values[index];
        }
    }
}
