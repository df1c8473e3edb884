package dev.riser.proxy.balance;

import java.util.Map;

/**
 * An endpoint as discovery describes it.
 *
 * @param address where it is
 * @param hostname its name, empty where it has none
 * @param health what discovery says
 * @param weight its share, at least 1
 * @param workload {@code <workload>;<namespace>;<app>;<version>;<instance>}, empty where unknown
 * @param tls {@code mutual}, {@code none}, or empty where the endpoint is not of the mesh
 * @param transportLabels of {@code envoy.transport_socket_match} and, for strings, of {@code riser}
 */
public record Endpoint(
        EndpointAddress address,
        String hostname,
        Health health,
        int weight,
        String workload,
        String tls,
        Map<String, String> transportLabels) {

    /** Copies the map. */
    public Endpoint {
        transportLabels = Map.copyOf(transportLabels);
    }

    /** An endpoint of which nothing is known but its address. */
    public static Endpoint of(EndpointAddress address) {
        return new Endpoint(address, "", Health.HEALTHY, 1, "", "", Map.of());
    }

    /** What discovery says about an endpoint. */
    public enum Health {
        HEALTHY,
        DEGRADED,
        /** Unhealthy, draining or timed out. */
        UNHEALTHY
    }

    /** Whether all of these labels are the endpoint's. */
    public boolean hasTransportLabels(Map<String, String> wanted) {
        return wanted.isEmpty() || transportLabels.entrySet().containsAll(wanted.entrySet());
    }

    /** The same endpoint elsewhere. */
    public Endpoint at(EndpointAddress elsewhere) {
        return new Endpoint(elsewhere, hostname, health, weight, workload, tls, transportLabels);
    }
}
