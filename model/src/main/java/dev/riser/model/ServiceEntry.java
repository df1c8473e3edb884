package dev.riser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Istio's {@code ServiceEntry}: a host that is not a Kubernetes Service.
 *
 * @param hosts DNS names; wildcards only with {@link Resolution#NONE}
 * @param addresses virtual addresses or blocks
 * @param endpoints who serves it
 * @param workloadSelector labels of workloads that serve it, instead of endpoints
 * @param exportTo namespaces that may see it; empty means all, {@code .} its own
 * @param subjectAltNames names of which the server's certificate must carry one
 */
public record ServiceEntry(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        List<String> hosts,
        List<IpBlock> addresses,
        List<Port> ports,
        Location location,
        Resolution resolution,
        List<EntryEndpoint> endpoints,
        Optional<Map<String, String>> workloadSelector,
        List<String> exportTo,
        List<String> subjectAltNames)
        implements MeshObject {

    public ServiceEntry {
        labels = Map.copyOf(labels);
        hosts = List.copyOf(hosts);
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
        endpoints = List.copyOf(endpoints);
        exportTo = List.copyOf(exportTo);
        subjectAltNames = List.copyOf(subjectAltNames);
    }

    /** Whether a client in the namespace sees this object. */
    public boolean visibleIn(String clientNamespace) {
        return Visibility.visible(exportTo, namespace(), clientNamespace);
    }

    /**
     * One port.
     *
     * @param number the number clients use
     * @param targetPort the number the server listens on, the same where not written
     */
    public record Port(String name, int number, PortProtocol protocol, int targetPort, int line) {}

    /** Whether the host lies inside or outside of the mesh. */
    public enum Location {
        MESH_EXTERNAL,
        MESH_INTERNAL
    }

    /** How addresses of the host are found. */
    public enum Resolution {
        /** The address the caller used. */
        NONE,
        /** The endpoints' addresses. */
        STATIC,
        /** All addresses DNS gives. */
        DNS,
        /** The first address DNS gives, asked again for new connections. */
        DNS_ROUND_ROBIN
    }
}
