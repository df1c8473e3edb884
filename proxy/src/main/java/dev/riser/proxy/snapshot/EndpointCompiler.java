package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.proxy.balance.Endpoint;
import dev.riser.proxy.balance.EndpointAddress;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.Fraction;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compiles load assignments. */
final class EndpointCompiler {
    private final Inspection inspection;
    private final MatcherCompiler matchers;

    EndpointCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
    }

    /** Whether addresses may be names. */
    enum Names {
        ALLOWED,
        REJECTED
    }

    EndpointSet compile(ClusterLoadAssignment assignment, String path, Names names) {
        inspection.only(assignment, path, Set.of("cluster_name", "endpoints", "policy"));
        ClusterLoadAssignment.Policy policy = assignment.getPolicy();
        String policyPath = at(path, "policy");
        inspection.only(policy, policyPath, Set.of("drop_overloads", "overprovisioning_factor"));
        int overprovisioning = EndpointSet.DEFAULT_OVERPROVISIONING_PERCENT;
        if (policy.hasOverprovisioningFactor()) {
            overprovisioning =
                    Inspection.count(policy.getOverprovisioningFactor().getValue());
            if (overprovisioning < 100) {
                inspection.reject(at(policyPath, "overprovisioning_factor"), "is less than 100");
            }
        }
        List<Fraction> drops = new ArrayList<>();
        for (int i = 0; i < policy.getDropOverloadsCount(); i++) {
            var drop = policy.getDropOverloads(i);
            String at = at(policyPath, "drop_overloads", i);
            inspection.only(drop, at, Set.of("category", "drop_percentage"));
            drops.add(matchers.fraction(drop.getDropPercentage(), at(at, "drop_percentage")));
        }
        List<EndpointSet.Group> groups = new ArrayList<>();
        Set<EndpointAddress> seen = new HashSet<>();
        TreeSet<Integer> priorities = new TreeSet<>();
        for (int i = 0; i < assignment.getEndpointsCount(); i++) {
            LocalityLbEndpoints group = assignment.getEndpoints(i);
            String at = at(path, "endpoints", i);
            priorities.add(inspection.atMost(group.getPriority(), 128, at(at, "priority")));
            groups.add(group(group, at, names, seen));
        }
        for (int priority = 0; priority < priorities.size(); priority++) {
            if (!priorities.contains(priority)) {
                inspection.reject(at(path, "endpoints"), "there is no priority " + priority + ", but a higher one");
                break;
            }
        }
        return new EndpointSet(assignment.getClusterName(), groups, overprovisioning, drops);
    }

    private EndpointSet.Group group(LocalityLbEndpoints group, String path, Names names, Set<EndpointAddress> seen) {
        inspection.only(
                group, path, Set.of("locality", "metadata", "lb_endpoints", "load_balancing_weight", "priority"));
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < group.getLbEndpointsCount(); i++) {
            Endpoint endpoint = endpoint(group.getLbEndpoints(i), at(path, "lb_endpoints", i), names);
            // An address that is named twice is one endpoint, as in Envoy: the first description holds.
            if (seen.add(endpoint.address())) {
                endpoints.add(endpoint);
            }
        }
        var locality = group.getLocality();
        inspection.only(locality, at(path, "locality"), Set.of("region", "zone", "sub_zone"));
        return new EndpointSet.Group(
                new EndpointSet.Locality(locality.getRegion(), locality.getZone(), locality.getSubZone()),
                group.getPriority(),
                Inspection.count(group.getLoadBalancingWeight().getValue()),
                endpoints);
    }

    private Endpoint endpoint(LbEndpoint endpoint, String path, Names names) {
        inspection.only(endpoint, path, Set.of("endpoint", "health_status", "metadata", "load_balancing_weight"));
        var where = endpoint.getEndpoint();
        String at = at(path, "endpoint");
        inspection.only(where, at, Set.of("address", "hostname"));
        EndpointAddress address = address(where.getAddress(), at(at, "address"), names);
        int weight = 1;
        if (endpoint.hasLoadBalancingWeight()) {
            weight = Inspection.count(endpoint.getLoadBalancingWeight().getValue());
            if (weight < 1) {
                inspection.reject(at(path, "load_balancing_weight"), "is less than 1");
                weight = 1;
            }
        }
        Map<String, Struct> metadata = metadata(endpoint.getMetadata());
        Map<String, String> labels = new HashMap<>();
        labels.putAll(strings(metadata.get("riser")));
        labels.putAll(strings(metadata.get("envoy.transport_socket_match")));
        return new Endpoint(
                address,
                where.getHostname(),
                health(endpoint.getHealthStatus(), path),
                weight,
                strings(metadata.get("istio")).getOrDefault("workload", ""),
                strings(metadata.get("riser")).getOrDefault("tls", ""),
                labels);
    }

    private static Map<String, Struct> metadata(Metadata metadata) {
        return metadata.getFilterMetadataMap();
    }

    static Map<String, String> strings(@org.jspecify.annotations.Nullable Struct struct) {
        if (struct == null) {
            return Map.of();
        }
        Map<String, String> strings = new HashMap<>();
        for (Map.Entry<String, Value> field : struct.getFieldsMap().entrySet()) {
            if (field.getValue().hasStringValue()) {
                strings.put(field.getKey(), field.getValue().getStringValue());
            }
        }
        return strings;
    }

    private Endpoint.Health health(HealthStatus status, String path) {
        return switch (status) {
            case UNKNOWN, HEALTHY -> Endpoint.Health.HEALTHY;
            case DEGRADED -> Endpoint.Health.DEGRADED;
            case UNHEALTHY, DRAINING, TIMEOUT -> Endpoint.Health.UNHEALTHY;
            case UNRECOGNIZED -> {
                inspection.reject(at(path, "health_status"), "is unknown");
                yield Endpoint.Health.UNHEALTHY;
            }
        };
    }

    private EndpointAddress address(Address address, String path, Names names) {
        SocketAddress socket = socket(address, path, inspection);
        EndpointAddress compiled = new EndpointAddress(socket.getAddress(), socket.getPortValue());
        if (socket.getPortValue() < 1) {
            inspection.reject(at(path, "socket_address.port_value"), "is not between 1 and 65535");
        }
        if (names == Names.REJECTED && compiled.socketAddress() == null) {
            inspection.reject(at(path, "socket_address.address"), "\"" + socket.getAddress() + "\" is no IP address");
        }
        return compiled;
    }

    static SocketAddress socket(Address address, String path, Inspection inspection) {
        if (!address.hasSocketAddress()) {
            throw new Inspection.Unusable(path, "this proxy knows only socket addresses");
        }
        SocketAddress socket = address.getSocketAddress();
        String at = at(path, "socket_address");
        inspection.only(socket, at, Set.of("protocol", "address", "port_value", "ipv4_compat"));
        if (socket.getProtocolValue() != SocketAddress.Protocol.TCP_VALUE) {
            inspection.reject(at(at, "protocol"), "this proxy knows only TCP");
        }
        if (socket.getAddress().isEmpty()) {
            inspection.reject(at(at, "address"), "is empty");
        }
        inspection.atMost(socket.getPortValue(), 65535, at(at, "port_value"));
        return socket;
    }
}
