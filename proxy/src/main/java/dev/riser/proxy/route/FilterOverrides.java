package dev.riser.proxy.route;

import org.jspecify.annotations.Nullable;

/**
 * Settings of HTTP filters that a table, a virtual host, a route or a weighted cluster overrides. The most specific
 * level that says anything about a filter wins. Null: nothing said here, the filter's own settings hold.
 *
 * @param access rules to enforce instead of the filter's; {@link AccessOverride.Off} where there are none
 * @param fault faults to inject instead of the filter's
 * @param cors policy of cross-origin requests
 * @param rateLimit limit instead of the filter's
 */
public record FilterOverrides(
        @Nullable AccessOverride access,
        @Nullable Fault fault,
        @Nullable Cors cors,
        @Nullable LocalRateLimit rateLimit) {
    /** Nothing is overridden. */
    public static final FilterOverrides NONE = new FilterOverrides(null, null, null, null);

    /** What this level says and, where it is silent, what the less specific one says. */
    public FilterOverrides orElse(FilterOverrides lessSpecific) {
        if (equals(NONE)) {
            return lessSpecific;
        }
        if (lessSpecific.equals(NONE)) {
            return this;
        }
        return new FilterOverrides(
                access != null ? access : lessSpecific.access,
                fault != null ? fault : lessSpecific.fault,
                cors != null ? cors : lessSpecific.cors,
                rateLimit != null ? rateLimit : lessSpecific.rateLimit);
    }

    /** Access rules of a route; {@code guard.RbacPolicies} is the one that enforces something. */
    public interface AccessOverride {
        /** No access rules on this route. */
        record Off() implements AccessOverride {}
    }
}
