package dev.riser.model;

import java.util.Map;

/**
 * Istio's {@code WorkloadEntry}: a workload that no orchestrator starts.
 *
 * @param labels those of the metadata; the workload's own are {@code endpoint().labels()}
 */
public record WorkloadEntry(ObjectKey key, Map<String, String> labels, Origin origin, EntryEndpoint endpoint)
        implements MeshObject {
    public WorkloadEntry {
        labels = Map.copyOf(labels);
    }
}
