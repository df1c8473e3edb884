package dev.riser.proxy.telemetry;

/**
 * Upper bounds of the histograms. They are Envoy's defaults, which Istio's dashboards expect, and serve milliseconds and
 * bytes alike.
 */
final class Buckets {
    private static final double[] BOUNDS = {
        0.5,
        1,
        5,
        10,
        25,
        50,
        100,
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        30_000,
        60_000,
        300_000,
        600_000,
        1_800_000,
        3_600_000,
        Double.POSITIVE_INFINITY
    };

    /** Number of buckets, the one without bound included. */
    static final int COUNT = BOUNDS.length;

    private static final long[] NANOS = new long[COUNT];
    private static final long[] BYTES = new long[COUNT];

    static {
        for (int index = 0; index < COUNT - 1; index++) {
            NANOS[index] = (long) (BOUNDS[index] * 1_000_000);
            BYTES[index] = (long) Math.floor(BOUNDS[index]);
        }
        NANOS[COUNT - 1] = Long.MAX_VALUE;
        BYTES[COUNT - 1] = Long.MAX_VALUE;
    }

    private Buckets() {}

    static double[] bounds() {
        return BOUNDS.clone();
    }

    /** The bucket of a duration in nanoseconds. */
    static int ofNanos(long nanos) {
        return find(NANOS, nanos);
    }

    /** The bucket of a size in bytes. */
    static int ofBytes(long bytes) {
        return find(BYTES, bytes);
    }

    private static int find(long[] bounds, long value) {
        int index = 0;
        while (value > bounds[index]) {
            index++;
        }
        return index;
    }
}
