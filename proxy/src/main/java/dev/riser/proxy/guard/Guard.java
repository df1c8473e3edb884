package dev.riser.proxy.guard;

import dev.riser.proxy.route.FilterOverrides.AccessOverride;
import dev.riser.proxy.route.RequestView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks the RBAC filters of a chain, in their order; the first that denies ends the walk. Any thread, allocates nothing. */
public final class Guard {
    private Guard() {}

    /**
     * May this request pass?
     *
     * @param filters the chain's RBAC filters, in order
     * @param override what the route says instead of every one of them; null: nothing
     * @param connection the downstream connection
     * @param request the request
     * @param shadow hears what shadow rules would decide
     */
    public static AccessDecision check(
            List<RbacFilter> filters,
            @Nullable AccessOverride override,
            ConnectionFacts connection,
            RequestView request,
            ShadowObserver shadow) {
        if (filters.isEmpty()) {
            return AccessDecision.Allowed.BY_DEFAULT;
        }
        return switch (override) {
            case null -> walk(filters, connection, request, shadow);
            case AccessOverride.Off off -> AccessDecision.Allowed.BY_DEFAULT;
            case RbacFilter filter -> one(filter, connection, request, shadow);
            default -> throw new IllegalArgumentException("unknown access override " + override);
        };
    }

    /**
     * May this connection pass? For filters of the network, before any byte is passed on.
     *
     * @param filters the chain's network RBAC filters, in order
     */
    public static AccessDecision check(List<RbacFilter> filters, ConnectionFacts connection, ShadowObserver shadow) {
        return walk(filters, connection, null, shadow);
    }

    private static AccessDecision walk(
            List<RbacFilter> filters,
            ConnectionFacts connection,
            @Nullable RequestView request,
            ShadowObserver shadow) {
        AccessDecision last = AccessDecision.Allowed.BY_DEFAULT;
        for (int i = 0; i < filters.size(); i++) {
            AccessDecision decision = one(filters.get(i), connection, request, shadow);
            if (decision instanceof AccessDecision.Denied) {
                return decision;
            }
            if (!decision.equals(AccessDecision.Allowed.BY_DEFAULT)) {
                last = decision;
            }
        }
        return last;
    }

    private static AccessDecision one(
            RbacFilter filter, ConnectionFacts connection, @Nullable RequestView request, ShadowObserver shadow) {
        RbacRules shadowRules = filter.shadowRules();
        if (shadowRules != null) {
            shadow.onShadowDecision(filter, shadowRules.decide(connection, request));
        }
        RbacRules rules = filter.rules();
        return rules == null ? AccessDecision.Allowed.BY_DEFAULT : rules.decide(connection, request);
    }
}
