package dev.riser.xds.server;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.StatusException;

/**
 * Decides whether the authenticated caller may be the node that it says it is. Called once for a stream, with its first
 * request, inside the gRPC context of the call.
 */
@FunctionalInterface
public interface NodeGate {
    /** Lets everybody in under no name. */
    NodeGate OPEN = node -> "";

    /**
     * Admits a node.
     *
     * @return the caller's principal
     * @throws StatusException the status with which the stream is refused
     */
    String admit(Node node) throws StatusException;
}
