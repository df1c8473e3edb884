package dev.riser.proxy.telemetry;

/** The two shapes of a series: what is counted under one combination of labels, and where it stands in the array. */
enum SeriesKind {
    HTTP(4 + 3 * Buckets.COUNT),
    TCP(4);

    static final int REQUESTS = 0;
    static final int DURATION_SUM_NANOS = 1;
    static final int REQUEST_BYTES_SUM = 2;
    static final int RESPONSE_BYTES_SUM = 3;
    static final int DURATION_BUCKETS = 4;
    static final int REQUEST_BYTES_BUCKETS = DURATION_BUCKETS + Buckets.COUNT;
    static final int RESPONSE_BYTES_BUCKETS = REQUEST_BYTES_BUCKETS + Buckets.COUNT;

    static final int OPENED = 0;
    static final int CLOSED = 1;
    static final int SENT = 2;
    static final int RECEIVED = 3;

    private final int slots;

    SeriesKind(int slots) {
        this.slots = slots;
    }

    long[] newValues() {
        return new long[slots];
    }
}
