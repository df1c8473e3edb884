package dev.riser.proxy.flow;

/**
 * A connection that is served, and lives through changes of configuration: what forbids a peer must reach connections
 * that were open before. Confined to the connection's event loop.
 */
interface ServedConnection {
    DownstreamConnection connection();

    /** The connection's chain was replaced by another that lets the peer in; requests to come are of that one. */
    void revised();

    /** What is in force does not let the peer in any more. */
    void forbidden();
}
