package dev.riser.xds.server;

import java.util.Collection;
import java.util.Optional;

/**
 * What one client may be told at one moment. It must answer the same for as long as it is held: one push reads all
 * types from one set. Called on the stream's worker, one call at a time for a stream.
 */
public interface ResourceSet {
    /** The resource of that type and name, empty when the mesh has none: a delta client is then told that it is removed. */
    Optional<VersionedResource> resource(String type, String name);

    /** Every resource of the type, for clients that subscribe to all of them. */
    Collection<VersionedResource> all(String type);
}
