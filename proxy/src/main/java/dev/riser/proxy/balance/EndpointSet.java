package dev.riser.proxy.balance;

import dev.riser.proxy.route.Fraction;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The endpoints of a cluster.
 *
 * @param clusterName name of the load assignment
 * @param groups endpoints by locality and priority; priorities are 0 to n without gap
 * @param overprovisioningPercent how much of a priority's load its healthy endpoints are thought to bear; 140: at 72 % healthy
 *     nothing spills
 * @param drops shares of requests that are refused, each independent of the others
 */
public record EndpointSet(String clusterName, List<Group> groups, int overprovisioningPercent, List<Fraction> drops) {

    /** Source: Envoy's kDefaultOverProvisioningFactor. */
    public static final int DEFAULT_OVERPROVISIONING_PERCENT = 140;

    /** Copies the lists. */
    public EndpointSet {
        groups = List.copyOf(groups);
        drops = List.copyOf(drops);
    }

    /** Endpoints of one priority and no locality. */
    public static EndpointSet of(String clusterName, List<Endpoint> endpoints) {
        List<Group> groups = endpoints.isEmpty() ? List.of() : List.of(new Group(Locality.NOWHERE, 0, 0, endpoints));
        return new EndpointSet(clusterName, groups, DEFAULT_OVERPROVISIONING_PERCENT, List.of());
    }

    /**
     * Endpoints at one place.
     *
     * @param locality where
     * @param priority 0 is the first choice
     * @param weight the locality's share where localities are weighted; 0: none
     * @param endpoints may be empty
     */
    public record Group(Locality locality, int priority, int weight, List<Endpoint> endpoints) {
        /** Copies the list. */
        public Group {
            endpoints = List.copyOf(endpoints);
        }
    }

    /** A place. */
    public record Locality(String region, String zone, String subZone) {
        /** No place given. */
        public static final Locality NOWHERE = new Locality("", "", "");
    }

    /** How many endpoints there are. */
    public int size() {
        int size = 0;
        for (Group group : groups) {
            size += group.endpoints().size();
        }
        return size;
    }

    /** Host names in it that are yet to be resolved, each once. */
    public List<String> hostNames() {
        return groups.stream()
                .flatMap(group -> group.endpoints().stream())
                .filter(endpoint -> endpoint.address().socketAddress() == null)
                .map(endpoint -> endpoint.address().host())
                .distinct()
                .toList();
    }

    /**
     * The same with every host name replaced by its addresses. An endpoint whose name has no address is left out; one
     * without host name of its own is called by the name that was resolved.
     */
    public EndpointSet resolved(Function<String, List<InetAddress>> addresses) {
        List<Group> resolved = new ArrayList<>();
        for (Group group : groups) {
            List<Endpoint> endpoints = new ArrayList<>();
            for (Endpoint endpoint : group.endpoints()) {
                if (endpoint.address().socketAddress() != null) {
                    endpoints.add(endpoint);
                    continue;
                }
                String name = endpoint.address().host();
                for (InetAddress address : addresses.apply(name)) {
                    endpoints.add(new Endpoint(
                            new EndpointAddress(
                                    address.getHostAddress(), endpoint.address().port()),
                            endpoint.hostname().isEmpty() ? name : endpoint.hostname(),
                            endpoint.health(),
                            endpoint.weight(),
                            endpoint.workload(),
                            endpoint.tls(),
                            endpoint.transportLabels()));
                }
            }
            resolved.add(new Group(group.locality(), group.priority(), group.weight(), endpoints));
        }
        return new EndpointSet(clusterName, resolved, overprovisioningPercent, drops);
    }
}
