package dev.riser.model;

import java.util.Map;

/** A Kubernetes {@code Namespace}. Its key has an empty namespace; {@link #name()} is the namespace it describes. */
public record Namespace(ObjectKey key, Map<String, String> labels, Origin origin) implements MeshObject {
    public Namespace {
        labels = Map.copyOf(labels);
    }
}
