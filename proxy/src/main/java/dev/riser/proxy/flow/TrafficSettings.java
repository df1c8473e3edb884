package dev.riser.proxy.flow;

import dev.riser.proxy.telemetry.DestinationService;
import dev.riser.proxy.telemetry.PeerDescriptor;

/**
 * Fixed for the life of a workload.
 *
 * @param own who we are, in metrics and towards other proxies
 * @param service whose endpoint we are, {@link DestinationService#UNKNOWN} for none
 * @param mostConnections downstream connections at once; more are refused as {@code OVER_CONNECTION_LIMIT}
 */
public record TrafficSettings(PeerDescriptor own, DestinationService service, int mostConnections) {
    /** Connections of one workload where nothing is said: a bound against a flood, far above use. */
    public static final int MOST_CONNECTIONS = 20_000;
}
