package dev.riser.proxy.guard;

import dev.riser.proxy.route.RequestView;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiled rules: an action and named policies. Policies are tried in the order of their names, as in Envoy; the first
 * that matches names the decision.
 */
public final class RbacRules {
    private final Action action;
    private final Entry[] entries;

    /** What a matching policy means. */
    public enum Action {
        /** Allowed if a policy matches, else denied. */
        ALLOW,
        /** Denied if a policy matches, else allowed. A policy whose evaluation fails counts as matching. */
        DENY,
        /** Always allowed. */
        LOG
    }

    private record Entry(
            String name,
            Condition permission,
            Condition principal,
            AccessDecision.Allowed allowed,
            AccessDecision.Denied denied) {
        boolean matches(ConnectionFacts connection, @Nullable RequestView request) {
            return permission.matches(connection, request) && principal.matches(connection, request);
        }
    }

    /**
     * A policy: any of the permissions and any of the principals.
     *
     * @param permissions what is done
     * @param principals who does it
     */
    public record Policy(List<Condition> permissions, List<Condition> principals) {}

    /**
     * Compiled rules.
     *
     * @param policies by name
     */
    public RbacRules(Action action, Map<String, Policy> policies) {
        this.action = action;
        this.entries = new TreeMap<>(policies)
                .entrySet().stream()
                        .map(policy -> new Entry(
                                policy.getKey(),
                                new Condition.Any(policy.getValue().permissions()),
                                new Condition.Any(policy.getValue().principals()),
                                new AccessDecision.Allowed(policy.getKey()),
                                new AccessDecision.Denied(policy.getKey())))
                        .toArray(Entry[]::new);
    }

    /** What a matching policy means. */
    public Action action() {
        return action;
    }

    /** Names of the policies, in the order in which they are tried. */
    public List<String> policyNames() {
        return java.util.Arrays.stream(entries).map(Entry::name).toList();
    }

    /**
     * Decides.
     *
     * @param request null for a connection that is not HTTP; conditions on requests then hold for no connection
     */
    AccessDecision decide(ConnectionFacts connection, @Nullable RequestView request) {
        for (Entry entry : entries) {
            boolean matched;
            try {
                matched = entry.matches(connection, request);
            } catch (RuntimeException | StackOverflowError failed) {
                if (action == Action.LOG) {
                    continue;
                }
                return entry.denied;
            }
            if (matched) {
                return action == Action.DENY ? entry.denied : entry.allowed;
            }
        }
        return action == Action.ALLOW ? AccessDecision.Denied.BY_DEFAULT : AccessDecision.Allowed.BY_DEFAULT;
    }
}
