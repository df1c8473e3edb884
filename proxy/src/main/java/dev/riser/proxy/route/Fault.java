package dev.riser.proxy.route;

import java.time.Duration;
import java.util.List;

/**
 * Faults injected on purpose.
 *
 * @param delay how long a chosen request waits; {@link Duration#ZERO}: no delay
 * @param delayed which requests wait
 * @param abortStatus HTTP status of the answer, 0: no abort by HTTP status
 * @param abortGrpcStatus gRPC status of the answer, -1: no abort by gRPC status
 * @param aborted which requests are answered so
 * @param headers where not empty, only requests that match all of them
 * @param upstreamCluster where not empty, only requests that go to it
 * @param maxActive how many faults may be active at once
 */
public record Fault(
        Duration delay,
        Fraction delayed,
        int abortStatus,
        int abortGrpcStatus,
        Fraction aborted,
        List<HeaderMatch> headers,
        String upstreamCluster,
        long maxActive) {

    /** No fault; overrides a fault of a less specific level. */
    public static final Fault NONE =
            new Fault(Duration.ZERO, Fraction.NONE, 0, -1, Fraction.NONE, List.of(), "", Long.MAX_VALUE);

    /** Copies the list. */
    public Fault {
        headers = List.copyOf(headers);
    }

    /** Whether this request is one of those that faults may hit. */
    public boolean concerns(RequestView request, String cluster) {
        if (!upstreamCluster.isEmpty() && !upstreamCluster.equals(cluster)) {
            return false;
        }
        for (int i = 0; i < headers.size(); i++) {
            if (!headers.get(i).matches(request)) {
                return false;
            }
        }
        return true;
    }

    /**
     * How long this request waits.
     *
     * @param draw 64 uniformly random bits
     */
    public Duration delayFor(long draw) {
        return delay.isZero() || !delayed.selects(draw) ? Duration.ZERO : delay;
    }

    /**
     * Whether this request is aborted.
     *
     * @param draw 64 uniformly random bits, others than the delay's
     */
    public boolean aborts(long draw) {
        return (abortStatus > 0 || abortGrpcStatus >= 0) && aborted.selects(draw);
    }
}
