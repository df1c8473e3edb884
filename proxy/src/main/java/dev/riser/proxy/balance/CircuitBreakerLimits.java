package dev.riser.proxy.balance;

import org.jspecify.annotations.Nullable;

/**
 * How much a cluster may be asked to do at once.
 *
 * @param connections to all of its endpoints together
 * @param pending requests that wait for a connection
 * @param requests in flight
 * @param retries in flight, where there is no budget
 * @param budget retries in flight as a share of requests; null: none
 */
public record CircuitBreakerLimits(
        int connections,
        int pending,
        int requests,
        int retries,
        @Nullable RetryBudget budget) {
    /** What holds where the configuration is silent. Source: Envoy. */
    public static final CircuitBreakerLimits DEFAULT = new CircuitBreakerLimits(1024, 1024, 1024, 3, null);

    /**
     * Retries in flight as a share of requests that are in flight or wait.
     *
     * @param percent 20 where the configuration is silent
     * @param minimum that is always allowed, 3 where the configuration is silent
     */
    public record RetryBudget(double percent, int minimum) {}
}
