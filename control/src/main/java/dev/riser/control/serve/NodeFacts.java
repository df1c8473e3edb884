package dev.riser.control.serve;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Optional;

/**
 * What a node says of itself by our convention: id {@code sidecar~<ip>~<instance>.<namespace>~<domain>}, metadata {@code
 * NAMESPACE}, {@code INSTANCE} and {@code SERVICE_ACCOUNT}.
 *
 * @param namespace from the metadata, else from the id; empty where neither says it
 * @param instance as the namespace
 * @param serviceAccount from the metadata
 */
public record NodeFacts(Optional<String> namespace, Optional<String> instance, Optional<String> serviceAccount) {
    /** Reads what the node says; what is malformed is left empty. */
    public static NodeFacts of(Node node) {
        NodeFacts fromId = ofId(node.getId());
        Struct metadata = node.getMetadata();
        return new NodeFacts(
                field(metadata, "NAMESPACE").or(fromId::namespace),
                field(metadata, "INSTANCE").or(fromId::instance),
                field(metadata, "SERVICE_ACCOUNT"));
    }

    static NodeFacts ofId(String id) {
        String[] parts = id.split("~", -1);
        int dot = parts.length == 4 ? parts[2].lastIndexOf('.') : -1;
        return dot <= 0
                ? new NodeFacts(Optional.empty(), Optional.empty(), Optional.empty())
                : new NodeFacts(
                        Optional.of(parts[2].substring(dot + 1)),
                        Optional.of(parts[2].substring(0, dot)),
                        Optional.empty());
    }

    private static Optional<String> field(Struct metadata, String name) {
        Value value = metadata.getFieldsMap().get(name);
        return value == null || value.getStringValue().isEmpty()
                ? Optional.empty()
                : Optional.of(value.getStringValue());
    }
}
