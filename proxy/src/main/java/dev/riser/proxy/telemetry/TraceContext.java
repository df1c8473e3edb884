package dev.riser.proxy.telemetry;

/**
 * Where a request stands in a trace: the ids of this hop's span and of its parent, whether it is sampled, and what must be
 * passed on. Immutable.
 *
 * @param traceIdHigh upper half of the trace id
 * @param traceIdLow lower half; both are zero only in {@link #NONE}
 * @param spanId this hop's span
 * @param parentSpanId 0 for a root
 * @param sampling what was decided about exporting it
 * @param traceState the {@code tracestate} header as it came, empty where none
 */
public record TraceContext(
        long traceIdHigh, long traceIdLow, long spanId, long parentSpanId, Sampling sampling, String traceState) {

    /** Not traced. */
    public static final TraceContext NONE = new TraceContext(0, 0, 0, 0, Sampling.DROP, "");

    /** What was decided about exporting a trace. */
    public enum Sampling {
        /** No decision has come with the request. */
        DEFER,
        /** Not exported. */
        DROP,
        /** Exported. */
        RECORD,
        /** Exported, and kept whatever later stages decide (B3's {@code d}). */
        DEBUG
    }

    /** Whether there is a trace at all. */
    public boolean present() {
        return (traceIdHigh | traceIdLow) != 0;
    }

    /** Whether its spans are exported. */
    public boolean sampled() {
        return sampling == Sampling.RECORD || sampling == Sampling.DEBUG;
    }
}
