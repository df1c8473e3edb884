package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import org.jspecify.annotations.Nullable;

/** Opaque connections of one edge that ended alike, on one event loop. */
final class TcpSeries {
    final @Nullable FailureReason failure;
    MetricSeries metric;

    TcpSeries(@Nullable FailureReason failure, MetricSeries metric) {
        this.failure = failure;
        this.metric = metric;
    }
}
