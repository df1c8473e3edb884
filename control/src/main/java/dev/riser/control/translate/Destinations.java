package dev.riser.control.translate;

import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServicePort;
import dev.riser.model.Destination;
import dev.riser.model.WeightedDestination;
import java.util.List;
import java.util.Optional;

/** From what an object calls a destination to the cluster that is it. */
final class Destinations {
    private final ProxyView view;
    private final String namespace;
    private final int calledPort;

    /**
     * Reads destinations of one object.
     *
     * @param namespace the object's
     * @param calledPort the port the client called
     */
    Destinations(ProxyView view, String namespace, int calledPort) {
        this.view = view;
        this.namespace = namespace;
        this.calledPort = calledPort;
    }

    /** Without a port in the destination it is the service's only one, else the one that was called. */
    String cluster(Destination destination) {
        String host = view.resolve(destination.host(), namespace);
        List<ServicePort> ports = view.service(host).map(MeshService::ports).orElse(List.of());
        int port = destination.port().isPresent()
                ? destination.port().getAsInt()
                : ports.size() == 1 ? ports.getFirst().number() : calledPort;
        return new ResourceNames.OutboundCluster(port, destination.subset().orElse(""), host).name();
    }

    /** Targets of a relay of bytes; several entries for one cluster are kept apart, as they were written. */
    List<TcpConnections.Target> targets(List<WeightedDestination> destinations) {
        if (destinations.size() == 1) {
            return List.of(
                    new TcpConnections.Target(cluster(destinations.getFirst().destination()), 1));
        }
        return destinations.stream()
                .map(destination -> new TcpConnections.Target(cluster(destination.destination()), destination.weight()))
                .toList();
    }

    /** Whether the proxy is a caller that a match means. */
    boolean callerMatches(java.util.Map<String, String> sourceLabels, Optional<String> sourceNamespace) {
        return dev.riser.control.world.Labels.covers(sourceLabels, view.node().labels())
                && (sourceNamespace.isEmpty()
                        || sourceNamespace.get().equals(view.node().namespace()));
    }
}
