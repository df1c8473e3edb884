package dev.riser.model;

import java.util.Map;

/** A Kubernetes {@code ServiceAccount}: the name an identity is made from. */
public record ServiceAccount(ObjectKey key, Map<String, String> labels, Origin origin) implements MeshObject {
    public ServiceAccount {
        labels = Map.copyOf(labels);
    }
}
