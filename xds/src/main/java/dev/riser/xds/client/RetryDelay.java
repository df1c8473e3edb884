package dev.riser.xds.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: doubling up to a ceiling, and between half and the whole of that by chance, so
 * that the many who lost the same server do not return in step.
 *
 * @param first after the first failure
 * @param ceiling after many
 * @param random chance; used on one thread
 */
public record RetryDelay(Duration first, Duration ceiling, RandomGenerator random) {
    private static final int MAX_DOUBLINGS = 30;

    /**
     * 100 ms up to 1 s: a change made while the control plane was away must be in force within two seconds of its return,
     * and a refused connection costs next to nothing.
     */
    public static RetryDelay standard(RandomGenerator random) {
        return new RetryDelay(Duration.ofMillis(100), Duration.ofSeconds(1), random);
    }

    /** @param failures how many attempts failed in a row, at least 1 */
    public Duration after(int failures) {
        long doubled = first.toNanos() << Math.clamp(failures - 1L, 0, MAX_DOUBLINGS);
        long whole = doubled < 0 ? ceiling.toNanos() : Math.min(doubled, ceiling.toNanos());
        return Duration.ofNanos(whole / 2 + (long) (random.nextDouble() * (whole - whole / 2)));
    }
}
