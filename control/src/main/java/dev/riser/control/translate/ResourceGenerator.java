package dev.riser.control.translate;

import com.google.protobuf.Message;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServicePort;
import dev.riser.model.DestinationRule;
import dev.riser.model.ServiceEntry;
import dev.riser.xds.dns.Host;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes Envoy's resources for one proxy, one by one on demand or all at once. Without state: any thread may use it. An
 * empty answer means that there is no such resource for this proxy, which delta discovery tells as removed.
 */
public final class ResourceGenerator {

    /**
     * {@code virtualInbound}, {@code virtualOutbound}, or {@code <ip>_<port>} for an address that was called. The
     * listener bears the name as it was asked for.
     */
    public Optional<Listener> listener(ProxyView view, String name) {
        Optional<Listener> listener = switch (name) {
            case ResourceNames.VIRTUAL_INBOUND -> Optional.of(new InboundListeners(view).virtualInbound());
            case ResourceNames.VIRTUAL_OUTBOUND -> Optional.of(new OutboundListeners(view).virtualOutbound());
            default -> new OutboundListeners(view).listener(name);
        };
        return listener.map(made -> AccessLogs.added(made, view.settings().accessLogging()));
    }

    /** {@code <host>:<port>}. */
    public Optional<RouteConfiguration> route(ProxyView view, String name) {
        return new RouteTranslation(view).routes(name);
    }

    /** {@code outbound|…}, {@code inbound|<port>||}, or one of the fixed names. */
    public Optional<Cluster> cluster(ProxyView view, String name) {
        return new ClusterTranslation(view).cluster(name);
    }

    /** The ready endpoints of an {@code outbound|…} cluster. */
    public Optional<ClusterLoadAssignment> endpoints(ProxyView view, String name) {
        return new EndpointTranslation(view).endpoints(name);
    }

    /**
     * The addresses of a name of the mesh, in any form under which the proxy's workload may call it. Nothing for a name
     * that is not of the mesh, or that has no address in it.
     */
    public Optional<Host> host(ProxyView view, String name) {
        return new HostTranslation(view).host(name);
    }

    /** The resource of that type and name; nothing for a type that is not made here. */
    public Optional<? extends Message> resource(ProxyView view, String typeUrl, String name) {
        return switch (typeUrl) {
            case ResourceNames.LISTENER_TYPE -> listener(view, name);
            case ResourceNames.ROUTE_TYPE -> route(view, name);
            case ResourceNames.CLUSTER_TYPE -> cluster(view, name);
            case ResourceNames.ENDPOINT_TYPE -> endpoints(view, name);
            case ResourceNames.HOST_TYPE -> host(view, name);
            default -> Optional.empty();
        };
    }

    /**
     * Every resource of a type by name, for a proxy that subscribes to all.
     *
     * @param typeUrl one of the types in {@link ResourceNames}
     */
    public Map<String, Message> all(ProxyView view, String typeUrl) {
        Map<String, Message> all = new LinkedHashMap<>();
        for (String name : names(view, typeUrl)) {
            resource(view, typeUrl, name).ifPresent(resource -> all.put(name, resource));
        }
        return all;
    }

    private static List<String> names(ProxyView view, String typeUrl) {
        List<String> names = new ArrayList<>();
        switch (typeUrl) {
            case ResourceNames.LISTENER_TYPE -> {
                names.add(ResourceNames.VIRTUAL_INBOUND);
                names.add(ResourceNames.VIRTUAL_OUTBOUND);
                names.addAll(new OutboundListeners(view).names());
            }
            case ResourceNames.ROUTE_TYPE -> {
                for (MeshService service : view.services()) {
                    for (ServicePort port : service.ports()) {
                        names.add(new ResourceNames.RoutedHost(service.host(), port.number()).name());
                    }
                }
            }
            case ResourceNames.CLUSTER_TYPE -> {
                names.add(ResourceNames.PASSTHROUGH);
                names.add(ResourceNames.BLACK_HOLE);
                names.add(ResourceNames.INBOUND_PASSTHROUGH);
                view.inboundPorts().keySet().forEach(port -> names.add(new ResourceNames.InboundCluster(port).name()));
                names.addAll(outboundClusters(view));
            }
            case ResourceNames.ENDPOINT_TYPE -> names.addAll(outboundClusters(view));
            case ResourceNames.HOST_TYPE -> view.services().forEach(service -> names.add(service.host()));
            default -> {
                // Not made here.
            }
        }
        return names;
    }

    private static List<String> outboundClusters(ProxyView view) {
        List<String> names = new ArrayList<>();
        for (MeshService service : view.services()) {
            List<DestinationRule.Subset> subsets =
                    view.destinationRule(service).map(DestinationRule::subsets).orElse(List.of());
            for (ServicePort port : service.ports()) {
                names.add(new ResourceNames.OutboundCluster(port.number(), "", service.host()).name());
                for (DestinationRule.Subset subset : subsets) {
                    names.add(new ResourceNames.OutboundCluster(port.number(), subset.name(), service.host()).name());
                }
                if (service.headless() && service.resolution() == ServiceEntry.Resolution.STATIC) {
                    service.endpoints()
                            .forEach(endpoint -> names.add(
                                    new ResourceNames.OutboundCluster(port.number(), endpoint.address(), service.host())
                                            .name()));
                }
            }
        }
        return names;
    }
}
