package dev.riser.proxy.guard;

import dev.riser.proxy.route.FilterOverrides;
import org.jspecify.annotations.Nullable;

/**
 * One RBAC filter, of HTTP or of the network.
 *
 * @param rules what is enforced, null: nothing
 * @param statPrefix name in metrics, may be empty
 * @param shadowRules what is only reported, null: nothing
 * @param shadowStatPrefix name of the shadow rules in metrics, may be empty
 */
public record RbacFilter(
        @Nullable RbacRules rules,
        String statPrefix,
        @Nullable RbacRules shadowRules,
        String shadowStatPrefix) implements FilterOverrides.AccessOverride {}
