package dev.riser.model;

import java.util.Map;

/**
 * Istio's {@code PeerAuthentication}: whether servers demand mutual TLS.
 *
 * @param selector labels of the workloads it applies to; empty means the whole namespace, or the whole mesh in the root
 *     namespace
 * @param mode the mode of all ports
 * @param ports modes by the workload's port
 */
public record PeerAuthentication(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        Map<String, String> selector,
        Mode mode,
        Map<Integer, Mode> ports)
        implements MeshObject {

    public PeerAuthentication {
        labels = Map.copyOf(labels);
        selector = Map.copyOf(selector);
        ports = Map.copyOf(ports);
    }

    /** {@code mtls.mode}. */
    public enum Mode {
        /** What the wider policy says. */
        UNSET,
        /** Plaintext only. */
        DISABLE,
        /** Both. */
        PERMISSIVE,
        /** Mutual TLS only. */
        STRICT
    }
}
