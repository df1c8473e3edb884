package dev.riser.proxy.telemetry;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import dev.riser.base.FailureReason;
import org.jspecify.annotations.Nullable;

/** Responses of one kind on one edge and one event loop: increments since the last golden-signal report. */
final class ResponseSeries {
    /** Enough bins for a microsecond to an hour at one percent. */
    private static final int MOST_BINS = 1280;

    final int responseCode;
    final int grpcStatus;
    final @Nullable FailureReason failure;
    final Answerer answeredBy;
    MetricSeries metric;

    long requests;
    long requestBytes;
    long responseBytes;
    final DDSketch latencyMillis = newSketch();

    ResponseSeries(
            int responseCode,
            int grpcStatus,
            @Nullable FailureReason failure,
            Answerer answeredBy,
            MetricSeries metric) {
        this.responseCode = responseCode;
        this.grpcStatus = grpcStatus;
        this.failure = failure;
        this.answeredBy = answeredBy;
        this.metric = metric;
    }

    static DDSketch newSketch() {
        return DDSketches.logarithmicCollapsingLowestDense(0.01, MOST_BINS);
    }

    boolean matches(int code, int grpc, @Nullable FailureReason reason, Answerer answerer) {
        return responseCode == code && grpcStatus == grpc && failure == reason && answeredBy == answerer;
    }

    void count(long durationNanos, long received, long sent) {
        requests++;
        requestBytes += received;
        responseBytes += sent;
        latencyMillis.accept(durationNanos / 1e6);
        metric.countExchange(durationNanos, received, sent);
    }

    void clear() {
        requests = 0;
        requestBytes = 0;
        responseBytes = 0;
        latencyMillis.clear();
    }

    /** The failure word of a response that a proxy made; empty for the application's own. */
    static String failureWord(@Nullable FailureReason failure, Answerer answeredBy) {
        return failure == null || answeredBy == Answerer.APPLICATION ? "" : failure.name();
    }
}
