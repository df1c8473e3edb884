package dev.riser.control.signals;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Who calls whom.
 *
 * @param nodes both ends of all arrows, by id
 * @param edges the arrows
 */
public record SignalGraph(List<Node> nodes, List<Edge> edges) {
    /** What a node stands for. */
    public enum Kind {
        WORKLOAD,
        /** A host that is reached but has no workload in the mesh. */
        SERVICE,
        /** A caller without a proxy, whose name nobody can know. */
        UNKNOWN
    }

    /**
     * @param id {@code namespace/name}
     * @param versions version labels seen, sorted
     * @param meshed whether it reported itself or was verified by mutual TLS
     */
    public record Node(String id, String namespace, String name, Kind kind, List<String> versions, boolean meshed) {}

    /**
     * @param source id of a node
     * @param destination id of a node
     * @param mutualTls whether everything on this arrow was mutual TLS
     * @param versions share of the traffic by the destination's version, adding up to 1
     * @param bytesPerSecond both directions together
     */
    public record Edge(
            String source,
            String destination,
            String service,
            String protocol,
            boolean mutualTls,
            String sourcePrincipal,
            String destinationPrincipal,
            double rps,
            OptionalDouble success,
            OptionalDouble p50,
            OptionalDouble p95,
            OptionalDouble p99,
            long requests,
            Map<String, Double> versions,
            double bytesPerSecond,
            long tcpConnections) {}
}
