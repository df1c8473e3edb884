package dev.riser.proxy.telemetry;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * What is captured of a workload's traffic.
 *
 * @param seriesBudget most label combinations that one workload may have; traffic beyond them is counted in series whose
 *     labels say {@code overflow}
 * @param idleExpiry how long a series stays after its last change
 * @param captured the metrics that are exposed
 * @param omittedLabels labels left out, by name
 */
public record MetricSettings(
        int seriesBudget, Duration idleExpiry, Set<StandardMetric> captured, Set<String> omittedLabels) {
    /** 1000 series, one hour, every standard metric with every label. */
    public static final MetricSettings DEFAULT =
            new MetricSettings(1000, Duration.ofHours(1), EnumSet.allOf(StandardMetric.class), Set.of());

    public MetricSettings {
        captured = Set.copyOf(captured);
        omittedLabels = Set.copyOf(omittedLabels);
        if (seriesBudget < 1) {
            throw new IllegalArgumentException(
                    "a series budget of %d leaves no room for any series; give at least 1".formatted(seriesBudget));
        }
    }
}
