package dev.riser.proxy.guard;

/** Hears what rules would decide that are only being tried out. Called on the event loop of the request. */
@FunctionalInterface
public interface ShadowObserver {
    /** Hears nothing. */
    ShadowObserver NONE = (filter, decision) -> {};

    /** Shadow rules of this filter decided so. */
    void onShadowDecision(RbacFilter filter, AccessDecision decision);
}
