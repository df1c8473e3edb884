package dev.riser.control.serve;

import java.util.Optional;

/** Says to whom an instance belongs. Called on any thread; must not block. */
@FunctionalInterface
public interface InstanceOwners {
    /** The owner of a registered instance, empty where no such instance is registered. */
    Optional<Owner> of(String instance);

    /** Namespace and service account of an instance. */
    record Owner(String namespace, String serviceAccount) {}
}
