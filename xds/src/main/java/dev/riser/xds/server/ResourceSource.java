package dev.riser.xds.server;

/**
 * Where the resources come from. Called from several threads at once.
 */
@FunctionalInterface
public interface ResourceSource {
    /** What {@code client} may be told now. */
    ResourceSet resources(DiscoveryClient client);
}
