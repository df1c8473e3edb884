package dev.riser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Istio's {@code DestinationRule}: what clients do towards a host.
 *
 * @param host as written, see {@link HostNames#resolve}; may be a wildcard
 * @param workloadSelector labels a client must have for the rule to apply; empty means all
 * @param exportTo namespaces that may see it; empty means all, {@code .} its own
 */
public record DestinationRule(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        String host,
        TrafficPolicy trafficPolicy,
        List<Subset> subsets,
        Map<String, String> workloadSelector,
        List<String> exportTo)
        implements MeshObject {

    public DestinationRule {
        labels = Map.copyOf(labels);
        subsets = List.copyOf(subsets);
        workloadSelector = Map.copyOf(workloadSelector);
        exportTo = List.copyOf(exportTo);
    }

    /** The subset of that name. */
    public Optional<Subset> subset(String subsetName) {
        return subsets.stream()
                .filter(subset -> subset.name().equals(subsetName))
                .findFirst();
    }

    /**
     * What applies to one port of the host, or of one of its subsets, with the precedence rule of Istio: host, then its
     * port, then subset, then the subset's port; the narrower wins part by part. {@link TrafficPolicy#ports} of the
     * result is empty.
     *
     * @param subsetName the subset, or empty for the host as a whole
     * @param port the service's port number
     */
    public TrafficPolicy policyFor(String subsetName, int port) {
        TrafficPolicy ofHost = TrafficPolicy.NONE.overlaid(trafficPolicy, port);
        return subset(subsetName)
                .map(subset -> ofHost.overlaid(subset.trafficPolicy(), port))
                .orElse(ofHost);
    }

    /** Whether a client in the namespace sees this object. */
    public boolean visibleIn(String clientNamespace) {
        return Visibility.visible(exportTo, namespace(), clientNamespace);
    }

    /**
     * Some of the host's endpoints.
     *
     * @param labels which an endpoint must have; empty means all
     * @param trafficPolicy what differs from the host's policy
     */
    public record Subset(String name, Map<String, String> labels, TrafficPolicy trafficPolicy, int line) {
        public Subset {
            labels = Map.copyOf(labels);
        }
    }
}
