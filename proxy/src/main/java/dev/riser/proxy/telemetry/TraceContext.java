package dev.riser.proxy.telemetry;

import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands in a trace: the ids of this hop's span and of its parent, whether it is sampled, and in which
 * formats it came. Immutable. Reads and writes W3C Trace Context (level 1) and B3, single and multiple headers.
 *
 * @param traceIdHigh upper half of the trace id, 0 for 64-bit B3 ids
 * @param traceIdLow lower half; both are zero where there is no trace
 * @param spanId this hop's span; in a context read from headers, the caller's
 * @param parentSpanId 0 for a root
 * @param sampling what was decided about exporting it
 * @param b3Single whether a {@code b3} header came
 * @param b3Multi whether {@code x-b3-*} headers came
 * @param ours whether the span is this hop's; otherwise it is the caller's, and the request passes through as it came
 */
public record TraceContext(
        long traceIdHigh,
        long traceIdLow,
        long spanId,
        long parentSpanId,
        Sampling sampling,
        boolean b3Single,
        boolean b3Multi,
        boolean ours) {

    /** Not traced, nothing decided. */
    public static final TraceContext NONE = new TraceContext(0, 0, 0, 0, Sampling.DEFER, false, false, false);

    private static final HexFormat HEX = HexFormat.of();
    private static final int TRACE_PARENT_LENGTH = 55;

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

    /**
     * Reads the caller's context. A header that breaks its format counts as absent. W3C goes before B3, {@code b3} before
     * {@code x-b3-*}.
     *
     * @param headers first value by lower-case name, {@code null} where absent
     */
    public static TraceContext from(Function<String, @Nullable CharSequence> headers) {
        CharSequence single = headers.apply("b3");
        CharSequence multiTrace = headers.apply("x-b3-traceid");
        CharSequence multiSampled = headers.apply("x-b3-sampled");
        CharSequence multiFlags = headers.apply("x-b3-flags");
        boolean b3Single = single != null;
        boolean b3Multi = multiTrace != null || multiSampled != null || multiFlags != null;
        CharSequence parent = headers.apply("traceparent");
        if (parent != null) {
            TraceContext context = parseTraceParent(parent, b3Single, b3Multi);
            if (context != null) {
                return context;
            }
        }
        if (single != null) {
            TraceContext context = parseSingle(single, b3Multi);
            if (context != null) {
                return context;
            }
        }
        if (!b3Multi) {
            return NONE;
        }
        Sampling sampling = "1".contentEquals(orEmpty(multiFlags)) ? Sampling.DEBUG : b3Sampling(orEmpty(multiSampled));
        CharSequence span = headers.apply("x-b3-spanid");
        CharSequence grandparent = headers.apply("x-b3-parentspanid");
        if (multiTrace == null || span == null) {
            return new TraceContext(0, 0, 0, 0, sampling, false, true, false);
        }
        TraceContext context = withIds(multiTrace, span, orEmpty(grandparent), sampling, false, true);
        return context == null ? NONE : context;
    }

    /** A new trace whose first span is this hop's. The ids must not be zero. */
    static TraceContext root(long high, long low, long span, Sampling sampling, TraceContext incoming) {
        return new TraceContext(high, low, span, 0, sampling, incoming.b3Single, incoming.b3Multi, true);
    }

    /** This hop's context under the caller's. */
    public TraceContext child(long newSpanId, Sampling decided) {
        return new TraceContext(traceIdHigh, traceIdLow, newSpanId, spanId, decided, b3Single, b3Multi, true);
    }

    /** Whether there is a trace at all. */
    public boolean present() {
        return (traceIdHigh | traceIdLow) != 0;
    }

    /** Whether its spans are exported. */
    public boolean sampled() {
        return sampling == Sampling.RECORD || sampling == Sampling.DEBUG;
    }

    /** 32 hexadecimal digits. */
    public String traceId() {
        return HEX.toHexDigits(traceIdHigh) + HEX.toHexDigits(traceIdLow);
    }

    /** 16 hexadecimal digits. */
    public String spanIdText() {
        return HEX.toHexDigits(spanId);
    }

    /**
     * Writes this hop as the parent of the next: always W3C, and B3 in the form it came in. Changes nothing where the span
     * is not {@link #ours}.
     */
    public void writeTo(TraceHeaders headers) {
        if (!ours) {
            return;
        }
        headers.set("traceparent", "00-" + traceId() + "-" + spanIdText() + (sampled() ? "-01" : "-00"));
        if (parentSpanId == 0) {
            // A root begins without vendors' state: what came belongs to no trace that we could read.
            headers.remove("tracestate");
        }
        if (b3Single) {
            String sampledText = b3Text();
            headers.set("b3", traceId() + "-" + spanIdText() + (sampledText.isEmpty() ? "" : "-" + sampledText));
        }
        if (b3Multi) {
            headers.set("x-b3-traceid", traceId());
            headers.set("x-b3-spanid", spanIdText());
            if (parentSpanId == 0) {
                headers.remove("x-b3-parentspanid");
            } else {
                headers.set("x-b3-parentspanid", HEX.toHexDigits(parentSpanId));
            }
            if (sampling == Sampling.RECORD || sampling == Sampling.DROP) {
                headers.set("x-b3-sampled", sampled() ? "1" : "0");
            }
        }
    }

    private String b3Text() {
        return switch (sampling) {
            case DEFER -> "";
            case DROP -> "0";
            case RECORD -> "1";
            case DEBUG -> "d";
        };
    }

    private static CharSequence orEmpty(@Nullable CharSequence text) {
        return text == null ? "" : text;
    }

    private static @Nullable TraceContext parseTraceParent(CharSequence text, boolean b3Single, boolean b3Multi) {
        int length = text.length();
        if (length < TRACE_PARENT_LENGTH || text.charAt(2) != '-' || text.charAt(35) != '-' || text.charAt(52) != '-') {
            return null;
        }
        boolean known = text.charAt(0) == '0' && text.charAt(1) == '0';
        boolean forbidden = text.charAt(0) == 'f' && text.charAt(1) == 'f';
        boolean end = length == TRACE_PARENT_LENGTH || !known && text.charAt(TRACE_PARENT_LENGTH) == '-';
        if (forbidden
                || !end
                || !isHex(text, 0, 2)
                || !isHex(text, 3, 35)
                || !isHex(text, 36, 52)
                || !isHex(text, 53, 55)) {
            return null;
        }
        long high = hex(text, 3, 19);
        long low = hex(text, 19, 35);
        long span = hex(text, 36, 52);
        if ((high | low) == 0 || span == 0) {
            return null;
        }
        boolean sampled = (hex(text, 53, 55) & 1) == 1;
        return new TraceContext(
                high, low, span, 0, sampled ? Sampling.RECORD : Sampling.DROP, b3Single, b3Multi, false);
    }

    private static @Nullable TraceContext parseSingle(CharSequence text, boolean b3Multi) {
        if (text.length() == 1) {
            Sampling alone = b3Sampling(text);
            return alone == Sampling.DEFER ? null : new TraceContext(0, 0, 0, 0, alone, true, b3Multi, false);
        }
        String[] parts = text.length() > 80 ? new String[0] : text.toString().split("-", 5);
        if (parts.length < 2 || parts.length > 4) {
            return null;
        }
        Sampling sampling = Sampling.DEFER;
        if (parts.length > 2) {
            sampling = b3Sampling(parts[2]);
            if (sampling == Sampling.DEFER) {
                return null;
            }
        }
        return withIds(parts[0], parts[1], parts.length > 3 ? parts[3] : "", sampling, true, b3Multi);
    }

    private static Sampling b3Sampling(CharSequence text) {
        if ("1".contentEquals(text) || "true".contentEquals(text)) {
            return Sampling.RECORD;
        }
        if ("0".contentEquals(text) || "false".contentEquals(text)) {
            return Sampling.DROP;
        }
        return "d".contentEquals(text) ? Sampling.DEBUG : Sampling.DEFER;
    }

    private static @Nullable TraceContext withIds(
            CharSequence trace,
            CharSequence span,
            CharSequence parent,
            Sampling sampling,
            boolean b3Single,
            boolean b3Multi) {
        int length = trace.length();
        if ((length != 16 && length != 32) || span.length() != 16 || !isHex(trace, 0, length) || !isHex(span, 0, 16)) {
            return null;
        }
        boolean parentReadable = parent.length() == 16 && isHex(parent, 0, 16);
        long high = length == 32 ? hex(trace, 0, 16) : 0;
        long low = hex(trace, length - 16, length);
        long spanId = hex(span, 0, 16);
        if ((high | low) == 0 || spanId == 0) {
            return null;
        }
        return new TraceContext(
                high, low, spanId, parentReadable ? hex(parent, 0, 16) : 0, sampling, b3Single, b3Multi, false);
    }

    /** Lower-case only, as W3C demands; B3 writers follow it too. */
    private static boolean isHex(CharSequence text, int from, int to) {
        for (int index = from; index < to; index++) {
            char digit = text.charAt(index);
            if (!(digit >= '0' && digit <= '9' || digit >= 'a' && digit <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static long hex(CharSequence text, int from, int to) {
        return HexFormat.fromHexDigitsToLong(text, from, to);
    }
}
