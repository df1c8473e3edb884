package dev.riser.control.world;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who serves a service.
 *
 * @param address an address literal in canonical form, or a DNS name
 * @param ports its own port by the service's port; a service port that is missing is not served here
 * @param reachedAt the port to dial by its own port, where the two differ
 * @param labels its labels
 * @param namespace its namespace
 * @param workload name of its workload, empty where unknown
 * @param instance name of its instance, empty where unknown
 * @param serviceAccount the name its identity is made from; absent means that no identity is expected
 * @param locality {@code region/zone/subzone}, empty where unknown
 * @param weight its share among the endpoints, at least 1
 * @param meshed whether a proxy stands beside it
 * @param ready whether it takes traffic
 */
public record ServiceEndpoint(
        String address,
        Map<Integer, Integer> ports,
        Map<Integer, Integer> reachedAt,
        Map<String, String> labels,
        String namespace,
        String workload,
        String instance,
        Optional<String> serviceAccount,
        String locality,
        int weight,
        boolean meshed,
        boolean ready) {
    public ServiceEndpoint {
        ports = Collections.unmodifiableMap(new TreeMap<>(ports));
        reachedAt = Collections.unmodifiableMap(new TreeMap<>(reachedAt));
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** The port to dial for one of its own. */
    public int dialled(int ownPort) {
        return reachedAt.getOrDefault(ownPort, ownPort);
    }

    /** Whether it has all the labels. */
    public boolean has(Map<String, String> wanted) {
        return Labels.covers(wanted, labels);
    }
}
