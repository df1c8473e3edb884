package dev.riser.control.signals;

/**
 * What a reporter counted on one edge in one interval: increments.
 *
 * @param requests exchanges that ended
 * @param successes how many of them succeeded
 * @param classes the exchanges by the first digit of the response code; index 0 counts those without an answer
 * @param sentBytes from the source to the destination, bodies of requests and bytes of TCP connections
 * @param receivedBytes from the destination to the source
 * @param opened TCP connections opened
 * @param closed TCP connections closed
 * @param active TCP connections open at the end of the interval
 * @param latency latencies of the exchanges, in milliseconds, as a packed sketch
 */
record Counted(
        long requests,
        long successes,
        long[] classes,
        long sentBytes,
        long receivedBytes,
        long opened,
        long closed,
        long active,
        byte[] latency) {
    static final int CLASSES = 6;

    /** Object headers, fields and the map entry that leads here, on a 64-bit JVM; measured with room to spare. */
    private static final int FIXED_BYTES = 288;

    /** Approximate memory of one such record. */
    int footprint() {
        return FIXED_BYTES + latency.length;
    }

    /** Both together. {@code active} is a level, not an increment: the later one holds. */
    Counted plus(Counted later) {
        long[] sum = classes.clone();
        for (int index = 0; index < CLASSES; index++) {
            sum[index] += later.classes[index];
        }
        return new Counted(
                requests + later.requests,
                successes + later.successes,
                sum,
                sentBytes + later.sentBytes,
                receivedBytes + later.receivedBytes,
                opened + later.opened,
                closed + later.closed,
                later.active,
                mergedLatency(later));
    }

    private byte[] mergedLatency(Counted later) {
        if (latency.length == 0) {
            return later.latency;
        }
        if (later.latency.length == 0) {
            return latency;
        }
        LatencySketch sketch = LatencySketch.unpack(latency);
        sketch.mergePacked(later.latency);
        return sketch.packed();
    }
}
