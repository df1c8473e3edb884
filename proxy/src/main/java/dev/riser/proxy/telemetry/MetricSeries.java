package dev.riser.proxy.telemetry;

import dev.riser.proxy.telemetry.SeriesRegistry.Entry;

/** Counters of one label combination on one event loop. */
final class MetricSeries {
    final Entry entry;
    final boolean overflow;
    final long[] values;

    /** The sum that changed last, and when that was seen: how idleness is found without a clock on the hot path. */
    private long changesSeen;

    private long changedAtNanos;

    /** Set when the loop has given the series up; whoever still points to it must find another. */
    boolean settled;

    MetricSeries(Entry entry, boolean overflow, long nowNanos) {
        this.entry = entry;
        this.overflow = overflow;
        this.values = entry.kind().newValues();
        this.changedAtNanos = nowNanos;
    }

    void countExchange(long durationNanos, long requestBytes, long responseBytes) {
        long[] slots = values;
        slots[SeriesKind.REQUESTS]++;
        slots[SeriesKind.DURATION_SUM_NANOS] += durationNanos;
        slots[SeriesKind.REQUEST_BYTES_SUM] += requestBytes;
        slots[SeriesKind.RESPONSE_BYTES_SUM] += responseBytes;
        slots[SeriesKind.DURATION_BUCKETS + Buckets.ofNanos(durationNanos)]++;
        slots[SeriesKind.REQUEST_BYTES_BUCKETS + Buckets.ofBytes(requestBytes)]++;
        slots[SeriesKind.RESPONSE_BYTES_BUCKETS + Buckets.ofBytes(responseBytes)]++;
    }

    /** How long nothing has been counted, as far as calls of this method could see. */
    long idleNanos(long nowNanos) {
        long changes = values[0] + values[1] + values[2] + values[3];
        if (changes != changesSeen) {
            changesSeen = changes;
            changedAtNanos = nowNanos;
        }
        return nowNanos - changedAtNanos;
    }
}
