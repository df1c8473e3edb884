package dev.riser.control.world;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One running copy of a workload, as registered by {@code riser run} or found by an orchestrator.
 *
 * @param id unique in the mesh
 * @param namespace its namespace
 * @param name the workload's name, shared by all its copies
 * @param serviceAccount the name its identity is made from
 * @param services names of Services in its namespace that it serves, beside those whose selector fits its labels
 * @param labels its labels
 * @param addresses address literals, IPv4 first
 * @param ports where it listens
 * @param meshed whether a proxy stands beside it
 * @param ready whether it takes traffic
 */
public record WorkloadInstance(
        String id,
        String namespace,
        String name,
        String serviceAccount,
        List<String> services,
        Map<String, String> labels,
        List<String> addresses,
        List<WorkloadPort> ports,
        boolean meshed,
        boolean ready) {
    public WorkloadInstance {
        services = List.copyOf(services);
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        addresses = addresses.stream().map(IpText::canonical).toList();
        ports = List.copyOf(ports);
    }

    /** The port of that number. */
    public Optional<WorkloadPort> port(int number) {
        return ports.stream().filter(port -> port.number() == number).findFirst();
    }

    /** This instance with another readiness. */
    public WorkloadInstance withReady(boolean newReady) {
        return new WorkloadInstance(
                id, namespace, name, serviceAccount, services, labels, addresses, ports, meshed, newReady);
    }
}
