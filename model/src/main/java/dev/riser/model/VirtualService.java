package dev.riser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Istio's {@code VirtualService}, as far as it concerns the mesh: one that is bound to gateways only is not read into a
 * record, and rules or matches that concern gateways only are left out.
 *
 * @param hosts names and wildcards as written; empty for one that others delegate to
 * @param http rules for requests, of which the first that matches counts
 * @param tls rules for TLS that passes through, by server name
 * @param tcp rules for bytes
 * @param exportTo namespaces that may see it; empty means all, {@code .} its own
 */
public record VirtualService(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        List<String> hosts,
        List<HttpRule> http,
        List<TlsRule> tls,
        List<TcpRule> tcp,
        List<String> exportTo)
        implements MeshObject {

    public VirtualService {
        labels = Map.copyOf(labels);
        hosts = List.copyOf(hosts);
        http = List.copyOf(http);
        tls = List.copyOf(tls);
        tcp = List.copyOf(tcp);
        exportTo = List.copyOf(exportTo);
    }

    /** Whether a client in the namespace sees this object. */
    public boolean visibleIn(String clientNamespace) {
        return Visibility.visible(exportTo, namespace(), clientNamespace);
    }

    /**
     * One entry of {@code tls}.
     *
     * @param matches alternatives; never empty
     * @param targets by weight; never empty
     */
    public record TlsRule(int index, int line, List<TlsMatch> matches, List<WeightedDestination> targets) {
        public TlsRule {
            matches = List.copyOf(matches);
            targets = List.copyOf(targets);
        }
    }

    /**
     * Conditions on a TLS connection, which must all hold.
     *
     * @param sniHosts server names or wildcards; never empty
     */
    public record TlsMatch(
            List<String> sniHosts,
            List<IpBlock> destinationSubnets,
            OptionalInt port,
            Map<String, String> sourceLabels,
            Optional<String> sourceNamespace,
            int line) {
        public TlsMatch {
            sniHosts = List.copyOf(sniHosts);
            destinationSubnets = List.copyOf(destinationSubnets);
            sourceLabels = Map.copyOf(sourceLabels);
        }
    }

    /**
     * One entry of {@code tcp}.
     *
     * @param matches alternatives; empty means every connection
     * @param targets by weight; never empty
     */
    public record TcpRule(int index, int line, List<TcpMatch> matches, List<WeightedDestination> targets) {
        public TcpRule {
            matches = List.copyOf(matches);
            targets = List.copyOf(targets);
        }
    }

    /** Conditions on a connection, which must all hold. */
    public record TcpMatch(
            List<IpBlock> destinationSubnets,
            OptionalInt port,
            Map<String, String> sourceLabels,
            Optional<String> sourceNamespace,
            int line) {
        public TcpMatch {
            destinationSubnets = List.copyOf(destinationSubnets);
            sourceLabels = Map.copyOf(sourceLabels);
        }
    }
}
