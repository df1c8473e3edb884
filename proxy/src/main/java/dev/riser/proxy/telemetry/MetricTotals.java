package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import dev.riser.proxy.telemetry.SeriesRegistry.Entry;
import java.util.HashMap;
import java.util.Map;

/** Sums over event loops while metrics are being collected; handed from loop to loop, never used by two at once. */
final class MetricTotals {
    private final Map<Entry, long[]> series = new HashMap<>();
    private final long[] failures = new long[FailureReason.values().length * Direction.values().length];
    private long overflowed;

    void add(Entry entry, long[] values) {
        SeriesRegistry.add(
                values, series.computeIfAbsent(entry, key -> key.kind().newValues()));
    }

    void addFailures(long[] counted) {
        SeriesRegistry.add(counted, failures);
    }

    void addOverflowed(long counted) {
        overflowed += counted;
    }

    Map<Entry, long[]> series() {
        return series;
    }

    long failures(FailureReason reason, Direction direction) {
        return failures[reason.ordinal() * 2 + direction.ordinal()];
    }

    long overflowed() {
        return overflowed;
    }
}
