package dev.riser.xds.server;

import java.time.Duration;

/** What happens on the streams, for logs, metrics and the registry. Called on the streams' workers; must not block. */
public interface DiscoveryObserver {
    /** Sees nothing. */
    DiscoveryObserver NONE = new DiscoveryObserver() {};

    /** A client was admitted. */
    default void onConnected(DiscoveryClient client) {}

    /** An admitted client's stream has ended, from either side. */
    default void onDisconnected(DiscoveryClient client) {}

    /** Everything that changed for one client was handed to its stream, {@code taken} after the change was announced. */
    default void onPushed(DiscoveryClient client, int resources, Duration taken) {}

    /** A client acknowledged a response. */
    default void onAccepted(DiscoveryClient client, String type, int resources) {}

    /** A client refused a version of a resource. */
    default void onRejected(DiscoveryClient client, String type, String name, String reason) {}

    /** The source failed for one client; what the client holds stays in force until the next push. */
    default void onFailure(DiscoveryClient client, RuntimeException failure) {}
}
