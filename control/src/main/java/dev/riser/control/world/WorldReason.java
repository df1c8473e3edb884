package dev.riser.control.world;

/** Why a world was made. */
public enum WorldReason {
    /** Objects of the configuration changed. */
    CONFIGURATION,
    /** An instance came, went, or changed its readiness. */
    WORKLOADS
}
