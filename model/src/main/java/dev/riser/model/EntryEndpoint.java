package dev.riser.model;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One workload that is described by hand, in a WorkloadEntry or inside a ServiceEntry.
 *
 * @param address an address literal or a DNS name; empty where the ServiceEntry's host itself is meant
 * @param ports the workload's port by the name of the service's port; absent names keep the service's target port
 * @param network name of its network, empty for the mesh's own
 * @param locality {@code region/zone/subzone}, empty where unknown
 * @param weight its share among the endpoints; absent means 1
 * @param serviceAccount its identity, absent means none is expected
 */
public record EntryEndpoint(
        String address,
        Map<String, Integer> ports,
        Map<String, String> labels,
        String network,
        String locality,
        OptionalInt weight,
        Optional<String> serviceAccount,
        int line) {
    public EntryEndpoint {
        ports = Map.copyOf(ports);
        labels = Map.copyOf(labels);
    }
}
