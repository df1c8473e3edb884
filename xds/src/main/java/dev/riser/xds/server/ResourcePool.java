package dev.riser.xds.server;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets streams share the bytes of equal resources: while one is on its way to some client, every other stream that needs
 * the same type, name and version gets the same instance. Holds nothing alive. Thread-safe.
 */
public final class ResourcePool {
    /** Cleared references are swept out when the pool has grown by this much. */
    private static final int SWEEP_EVERY = 4096;

    private record Key(String type, String name, String version) {}

    private final Map<Key, WeakReference<VersionedResource>> resources = new ConcurrentHashMap<>();

    /** The instance that all share. */
    public VersionedResource shared(VersionedResource resource) {
        if (resources.size() >= SWEEP_EVERY) {
            resources.values().removeIf(reference -> reference.get() == null);
        }
        Key key = new Key(resource.body().getTypeUrl(), resource.name(), resource.version());
        WeakReference<VersionedResource> fresh = new WeakReference<>(resource);
        WeakReference<VersionedResource> kept =
                resources.merge(key, fresh, (before, now) -> before.get() == null ? now : before);
        VersionedResource shared = kept.get();
        return shared == null ? resource : shared;
    }
}
