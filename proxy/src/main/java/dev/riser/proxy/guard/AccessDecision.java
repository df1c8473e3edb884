package dev.riser.proxy.guard;

/** What the guard says. Instances are made with the configuration. */
public sealed interface AccessDecision {
    /** The name of the rule where no policy matched and the filter's default decided. */
    String DEFAULT_RULE = "default";

    /** The policy that decided, {@link #DEFAULT_RULE} where none matched. */
    String policy();

    /** Go on. */
    record Allowed(String policy) implements AccessDecision {
        /** No rule says anything about this. */
        public static final Allowed BY_DEFAULT = new Allowed(DEFAULT_RULE);
    }

    /** Refuse: 403, or the connection is closed. */
    record Denied(String policy) implements AccessDecision {
        /** No rule allows this. */
        public static final Denied BY_DEFAULT = new Denied(DEFAULT_RULE);
    }
}
