package dev.riser.control.app;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.riser.control.serve.NodeFacts;
import dev.riser.control.translate.ResourceGenerator;
import dev.riser.control.world.MeshWorld;
import dev.riser.control.world.ProxyNode;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.WorkloadInstance;
import dev.riser.control.world.WorkloadPort;
import dev.riser.identity.SpiffeId;
import dev.riser.xds.server.DiscoveryClient;
import dev.riser.xds.server.ResourcePool;
import dev.riser.xds.server.ResourceSet;
import dev.riser.xds.server.ResourceSource;
import dev.riser.xds.server.VersionedResource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The world as each proxy may see it. Who a proxy is follows from its proven identity and from the registry; what it says
 * about itself counts only where nobody knows better.
 */
final class WorldResources implements ResourceSource {
    private final Supplier<MeshWorld> world;
    private final ResourceGenerator generator = new ResourceGenerator();
    private final ResourcePool pool = new ResourcePool();

    WorldResources(Supplier<MeshWorld> world) {
        this.world = world;
    }

    @Override
    public ResourceSet resources(DiscoveryClient client) {
        MeshWorld current = world.get();
        ProxyView view = ProxyView.of(current, node(client, current));
        return new ResourceSet() {
            @Override
            public Optional<VersionedResource> resource(String type, String name) {
                return generator.resource(view, type, name).map(message -> versioned(type, name, message));
            }

            @Override
            public Collection<VersionedResource> all(String type) {
                return generator.all(view, type).entrySet().stream()
                        .map(entry -> versioned(type, entry.getKey(), entry.getValue()))
                        .toList();
            }
        };
    }

    private VersionedResource versioned(String type, String name, Message message) {
        return pool.shared(VersionedResource.of(
                name,
                Any.newBuilder()
                        .setTypeUrl(type)
                        .setValue(message.toByteString())
                        .build()));
    }

    private static ProxyNode node(DiscoveryClient client, MeshWorld world) {
        ProxyNode said = ProxyNode.from(client.node());
        SpiffeId proven = SpiffeId.parse(client.principal());
        String instance = NodeFacts.of(client.node()).instance().orElse("");
        Optional<WorkloadInstance> registered = world.instance(instance);
        List<Integer> ports = registered
                .map(known -> known.ports().stream().map(WorkloadPort::number).toList())
                .orElse(said.inboundPorts());
        return new ProxyNode(
                said.id(),
                proven.namespace().orElse(said.namespace()),
                registered.map(WorkloadInstance::name).orElse(said.workload()),
                instance,
                proven.serviceAccount().orElse(said.serviceAccount()),
                registered.map(WorkloadInstance::labels).orElse(said.labels()),
                registered.map(WorkloadInstance::addresses).orElse(said.addresses()),
                ports,
                said.locality());
    }
}
