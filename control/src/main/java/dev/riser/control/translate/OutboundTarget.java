package dev.riser.control.translate;

import dev.riser.control.world.IpText;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.control.world.ServicePort;
import dev.riser.model.DestinationRule;
import dev.riser.model.TrafficPolicy;
import java.util.List;
import java.util.Optional;

/**
 * What an outbound cluster stands for.
 *
 * @param cluster its name
 * @param service the service
 * @param declared the service's port
 * @param rule the DestinationRule that applies
 * @param subset the subset, absent for the service as a whole and for a single endpoint
 * @param policy what applies to this port and subset
 * @param endpoints those that belong to it and serve the port, whether ready or not
 */
record OutboundTarget(
        ResourceNames.OutboundCluster cluster,
        MeshService service,
        ServicePort declared,
        Optional<DestinationRule> rule,
        Optional<DestinationRule.Subset> subset,
        TrafficPolicy policy,
        List<ServiceEndpoint> endpoints) {

    /** The service's port number. */
    int port() {
        return declared.number();
    }

    /** Finds it by the cluster's name; nothing where host, port or subset is not there for this proxy. */
    static Optional<OutboundTarget> find(ProxyView view, String clusterName) {
        return ResourceNames.OutboundCluster.parse(clusterName)
                .flatMap(cluster -> view.service(cluster.host()).flatMap(service -> of(view, cluster, service)));
    }

    private static Optional<OutboundTarget> of(
            ProxyView view, ResourceNames.OutboundCluster cluster, MeshService service) {
        Optional<ServicePort> port = service.port(cluster.port());
        if (port.isEmpty()) {
            return Optional.empty();
        }
        Optional<DestinationRule> rule = view.destinationRule(service);
        List<ServiceEndpoint> serving = service.endpoints().stream()
                .filter(endpoint -> endpoint.ports().containsKey(cluster.port()))
                .toList();
        Optional<DestinationRule.Subset> subset = Optional.empty();
        String subsetName = cluster.subset();
        if (!subsetName.isEmpty()) {
            Optional<String> single = IpText.parse(subsetName);
            subset = rule.flatMap(candidate -> candidate.subset(cluster.subset()));
            if (single.isPresent()) {
                serving = serving.stream()
                        .filter(endpoint -> endpoint.address().equals(single.get()))
                        .toList();
                subsetName = "";
                if (serving.isEmpty()) {
                    return Optional.empty();
                }
            } else if (subset.isPresent()) {
                DestinationRule.Subset found = subset.get();
                serving = serving.stream()
                        .filter(endpoint -> endpoint.has(found.labels()))
                        .toList();
            } else {
                return Optional.empty();
            }
        }
        String named = subsetName;
        TrafficPolicy policy =
                rule.map(found -> found.policyFor(named, cluster.port())).orElse(TrafficPolicy.NONE);
        return Optional.of(new OutboundTarget(cluster, service, port.get(), rule, subset, policy, serving));
    }
}
