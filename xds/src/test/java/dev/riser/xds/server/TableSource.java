package dev.riser.xds.server;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Resources that a test puts in by hand. */
final class TableSource implements ResourceSource {
    private final Map<String, Map<String, VersionedResource>> resources = new ConcurrentHashMap<>();

    void put(String type, String name, String content) {
        Any body = Any.newBuilder()
                .setTypeUrl(type)
                .setValue(ByteString.copyFromUtf8(content))
                .build();
        resources.computeIfAbsent(type, any -> new ConcurrentHashMap<>()).put(name, VersionedResource.of(name, body));
    }

    void remove(String type, String name) {
        resources.getOrDefault(type, new TreeMap<>()).remove(name);
    }

    @Override
    public ResourceSet resources(DiscoveryClient client) {
        return new ResourceSet() {
            @Override
            public Optional<VersionedResource> resource(String type, String name) {
                return Optional.ofNullable(
                        resources.getOrDefault(type, Map.of()).get(name));
            }

            @Override
            public Collection<VersionedResource> all(String type) {
                return List.copyOf(new TreeMap<>(resources.getOrDefault(type, Map.of())).values());
            }
        };
    }
}
