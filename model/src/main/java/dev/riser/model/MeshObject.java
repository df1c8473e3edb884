package dev.riser.model;

import java.util.Map;

/** One object a user wrote and the reader accepted. All implementations are immutable. */
public sealed interface MeshObject
        permits Service,
                Namespace,
                ServiceAccount,
                VirtualService,
                DestinationRule,
                ServiceEntry,
                WorkloadEntry,
                PeerAuthentication,
                AuthorizationPolicy {

    /** Kind, namespace and name; unique in the mesh. */
    ObjectKey key();

    /** {@code metadata.labels}. */
    Map<String, String> labels();

    /** Where the object was read. */
    Origin origin();

    /** The object's namespace, empty for a {@link Namespace}. */
    default String namespace() {
        return key().namespace();
    }

    /** The object's name. */
    default String name() {
        return key().name();
    }
}
