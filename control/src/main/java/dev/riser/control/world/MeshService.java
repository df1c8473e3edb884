package dev.riser.control.world;

import dev.riser.model.IpBlock;
import dev.riser.model.Origin;
import dev.riser.model.ServiceEntry;
import java.util.List;
import java.util.Optional;

/**
 * One host that workloads can call, wherever it was declared.
 *
 * @param host full host name, lower case; a wildcard only with {@link ServiceEntry.Resolution#NONE}
 * @param namespace namespace of the object that declares it
 * @param name short name for metrics: the Service's name, or the host of a ServiceEntry
 * @param kind what declares it
 * @param addresses virtual addresses in canonical text, IPv4 first
 * @param blocks ranges of addresses that lead to it
 * @param headless whether clients call its endpoints themselves
 * @param ports what clients use
 * @param resolution how its endpoints are found
 * @param external whether it lies outside of the mesh
 * @param exportTo namespaces that may see it; empty means all
 * @param subjectAltNames names of which the server's certificate must carry one, empty leaves the choice to the mesh
 * @param endpoints who serves it, in a stable order, whether ready or not
 * @param origin where it was declared
 */
public record MeshService(
        String host,
        String namespace,
        String name,
        Kind kind,
        List<String> addresses,
        List<IpBlock> blocks,
        boolean headless,
        List<ServicePort> ports,
        ServiceEntry.Resolution resolution,
        boolean external,
        List<String> exportTo,
        List<String> subjectAltNames,
        List<ServiceEndpoint> endpoints,
        Origin origin) {

    public MeshService {
        addresses = List.copyOf(addresses);
        blocks = List.copyOf(blocks);
        ports = List.copyOf(ports);
        exportTo = List.copyOf(exportTo);
        subjectAltNames = List.copyOf(subjectAltNames);
        endpoints = List.copyOf(endpoints);
    }

    /** What declares a service. */
    public enum Kind {
        SERVICE,
        SERVICE_ENTRY,
        /** Nobody: a workload was started as serving it. */
        IMPLICIT
    }

    /** The port of that number. */
    public Optional<ServicePort> port(int number) {
        return ports.stream().filter(port -> port.number() == number).findFirst();
    }

    /** Whether a client in the namespace sees it. */
    public boolean visibleIn(String clientNamespace) {
        return exportTo.isEmpty()
                || exportTo.contains("*")
                || exportTo.contains(clientNamespace)
                || exportTo.contains(".") && clientNamespace.equals(namespace);
    }

    /** Whether it has an endpoint with a proxy. */
    public boolean meshed() {
        return endpoints.stream().anyMatch(ServiceEndpoint::meshed);
    }
}
