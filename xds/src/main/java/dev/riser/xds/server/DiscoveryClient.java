package dev.riser.xds.server;

import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Instant;

/**
 * The client at the other end of one stream, as it was admitted.
 *
 * @param stream number of the stream, unique within this server
 * @param node what the client says about itself, after it has passed the {@link NodeGate}
 * @param principal whom the transport has authenticated, for example a SPIFFE id; empty where nobody asked
 * @param connectedAt when the stream was opened
 */
public record DiscoveryClient(long stream, Node node, String principal, Instant connectedAt) {}
