package dev.riser.proxy.balance;

import org.jspecify.annotations.Nullable;

/**
 * How endpoints of a cluster are chosen, watched and limited.
 *
 * @param policy which endpoint
 * @param panicPercent below this share of available endpoints, health is ignored; 0: never
 * @param localityWeighted whether localities share load by their weights
 * @param limits for requests of ordinary priority
 * @param highPriorityLimits for requests of high priority
 * @param outlier when an endpoint is ejected; null: never
 */
public record BalanceSettings(
        Policy policy,
        int panicPercent,
        boolean localityWeighted,
        CircuitBreakerLimits limits,
        CircuitBreakerLimits highPriorityLimits,
        @Nullable OutlierSettings outlier) {

    /** What holds where the configuration is silent. */
    public static final BalanceSettings DEFAULT = new BalanceSettings(
            new RoundRobin(), 50, false, CircuitBreakerLimits.DEFAULT, CircuitBreakerLimits.DEFAULT, null);

    /** Which endpoint. */
    public sealed interface Policy {}

    /** In turn, by weight. */
    public record RoundRobin() implements Policy {}

    /** By chance, by weight. */
    public record Random() implements Policy {}

    /**
     * The least busy of a few that are drawn by weight.
     *
     * @param choices how many are drawn, at least 2
     */
    public record LeastRequest(int choices) implements Policy {}

    /** The original destination of the connection; endpoints are made by {@link ClusterState#hostAt}. */
    public record OriginalDestination() implements Policy {}
}
