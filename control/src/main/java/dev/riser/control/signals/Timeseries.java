package dev.riser.control.signals;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Golden signals over time.
 *
 * @param step seconds between two points
 * @param times Unix seconds at which the points' slices began
 * @param series one line for each label; each list is as long as {@code times}
 */
public record Timeseries(int step, List<Long> times, List<Series> series) {
    /** By what a chart's lines are told apart. */
    public enum By {
        NONE,
        VERSION,
        CALLER
    }

    /** One line. Empty points had no requests. */
    public record Series(
            String label,
            List<Double> rps,
            List<OptionalDouble> success,
            List<OptionalDouble> p50,
            List<OptionalDouble> p95,
            List<OptionalDouble> p99) {}
}
