package dev.riser.control.translate;

import com.google.protobuf.Struct;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.model.PeerAuthentication;
import dev.riser.model.ServiceEntry;
import dev.riser.model.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who serves a cluster. */
final class EndpointTranslation {
    private final ProxyView view;

    EndpointTranslation(ProxyView view) {
        this.view = view;
    }

    /** The endpoints of a cluster whose endpoints the control plane names; nothing for other clusters. */
    Optional<ClusterLoadAssignment> endpoints(String name) {
        return OutboundTarget.find(view, name)
                .filter(target -> target.service().resolution() == ServiceEntry.Resolution.STATIC)
                .map(target -> assignment(name, target));
    }

    ClusterLoadAssignment assignment(String name, OutboundTarget target) {
        List<ServiceEndpoint> ready =
                target.endpoints().stream().filter(ServiceEndpoint::ready).toList();
        Priorities priorities = priorities(target, ready);
        TreeMap<Integer, TreeMap<String, List<ServiceEndpoint>>> groups = new TreeMap<>();
        for (ServiceEndpoint endpoint : ready) {
            groups.computeIfAbsent(priorities.of(endpoint.locality()), ignored -> new TreeMap<>())
                    .computeIfAbsent(endpoint.locality(), ignored -> new ArrayList<>())
                    .add(endpoint);
        }
        ClusterLoadAssignment.Builder assignment =
                ClusterLoadAssignment.newBuilder().setClusterName(name);
        groups.forEach((priority, localities) -> localities.forEach((locality, members) -> {
            LocalityLbEndpoints.Builder group = LocalityLbEndpoints.newBuilder().setPriority(priority);
            if (!locality.isEmpty()) {
                group.setLocality(locality(locality));
            }
            members.forEach(member -> group.addLbEndpoints(endpoint(member, target.port())));
            group.setLoadBalancingWeight(
                    Wire.uint(members.stream().mapToInt(ServiceEndpoint::weight).sum()));
            assignment.addEndpoints(group);
        }));
        return assignment.build();
    }

    private LbEndpoint endpoint(ServiceEndpoint endpoint, int servicePort) {
        int port = endpoint.ports().getOrDefault(servicePort, servicePort);
        LbEndpoint.Builder built = LbEndpoint.newBuilder()
                .setEndpoint(Endpoint.newBuilder().setAddress(Wire.address(endpoint.address(), endpoint.dialled(port))))
                .setMetadata(metadata(endpoint, port));
        if (endpoint.weight() != 1) {
            built.setLoadBalancingWeight(Wire.uint(endpoint.weight()));
        }
        return built.build();
    }

    private Metadata metadata(ServiceEndpoint endpoint, int port) {
        Metadata.Builder metadata = Metadata.newBuilder();
        if (!endpoint.workload().isEmpty()) {
            String app = endpoint.labels().getOrDefault("app", endpoint.workload());
            String version = endpoint.labels().getOrDefault("version", "");
            metadata.putFilterMetadata(
                    "istio",
                    Struct.newBuilder()
                            .putFields(
                                    "workload",
                                    Wire.text(String.join(
                                            ";",
                                            endpoint.workload(),
                                            endpoint.namespace(),
                                            app,
                                            version,
                                            endpoint.instance())))
                            .build());
        }
        String tls = mutual(endpoint, port) ? "mutual" : "none";
        Struct mode = Struct.newBuilder().putFields("tls", Wire.text(tls)).build();
        metadata.putFilterMetadata("riser", mode);
        // The name under which Envoy itself looks for what transport_socket_matches compares with.
        metadata.putFilterMetadata("envoy.transport_socket_match", mode);
        return metadata.build();
    }

    /** Whether the endpoint has a proxy that takes mutual TLS on its port. */
    boolean mutual(ServiceEndpoint endpoint, int port) {
        return endpoint.meshed() && view.peerAuthentication(endpoint, port) != PeerAuthentication.Mode.DISABLE;
    }

    private static Locality locality(String text) {
        String[] parts = text.split("/", 3);
        Locality.Builder locality = Locality.newBuilder().setRegion(parts[0]);
        if (parts.length > 1) {
            locality.setZone(parts[1]);
        }
        if (parts.length > 2) {
            locality.setSubZone(parts[2]);
        }
        return locality.build();
    }

    /** Priority by locality, without gaps; 0 is tried first. */
    private record Priorities(Map<String, Integer> byLocality) {
        int of(String locality) {
            return byLocality.getOrDefault(locality, 0);
        }
    }

    /**
     * As in Istio: near endpoints come first where the proxy's own place is known and unhealthy endpoints are ejected,
     * since without ejection nobody would ever be sent further.
     */
    private Priorities priorities(OutboundTarget target, List<ServiceEndpoint> endpoints) {
        Optional<TrafficPolicy.Locality> locality =
                target.policy().loadBalancer().flatMap(TrafficPolicy.LoadBalancer::locality);
        boolean enabled = locality.map(TrafficPolicy.Locality::enabled).orElse(true);
        String own = view.node().locality();
        if (!enabled || own.isEmpty() || target.policy().outlierDetection().isEmpty()) {
            return new Priorities(Map.of());
        }
        List<TrafficPolicy.Failover> failovers =
                locality.map(TrafficPolicy.Locality::failovers).orElse(List.of());
        Map<String, Integer> distances = new TreeMap<>();
        endpoints.forEach(
                endpoint -> distances.put(endpoint.locality(), distance(own, endpoint.locality(), failovers)));
        List<Integer> ranks = new ArrayList<>(new TreeSet<>(distances.values()));
        Map<String, Integer> priorities = new TreeMap<>();
        distances.forEach((place, distance) -> priorities.put(place, ranks.indexOf(distance)));
        return new Priorities(priorities);
    }

    private static int distance(String own, String other, List<TrafficPolicy.Failover> failovers) {
        if (own.equals(other)) {
            return 0;
        }
        String[] ownParts = own.split("/", -1);
        String[] otherParts = other.split("/", -1);
        int same = 0;
        while (same < Math.min(ownParts.length, otherParts.length) && ownParts[same].equals(otherParts[same])) {
            same++;
        }
        if (same > 0) {
            return 3 - Math.min(same, 2);
        }
        boolean failover = failovers.stream()
                .anyMatch(candidate ->
                        candidate.from().equals(ownParts[0]) && candidate.to().equals(otherParts[0]));
        return failover ? 3 : 4;
    }
}
