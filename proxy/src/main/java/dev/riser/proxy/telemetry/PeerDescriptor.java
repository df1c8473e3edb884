package dev.riser.proxy.telemetry;

/**
 * One end of an exchange, as metrics and signals name it. Empty strings where unknown. Keep one instance for each peer
 * (connection, endpoint) rather than one for each request: finding a series is quickest for an instance seen before.
 *
 * @param namespace the workload's namespace
 * @param workload the workload's name (a Deployment's name on Kubernetes)
 * @param instance the pod's name or the id of a run
 * @param app the label {@code app}
 * @param version the label {@code version}
 * @param principal the verified SPIFFE id, empty without mutual TLS
 * @param service the canonical service
 */
public record PeerDescriptor(
        String namespace,
        String workload,
        String instance,
        String app,
        String version,
        String principal,
        String service) {

    /** A peer of whom nothing is known. */
    public static final PeerDescriptor UNKNOWN = new PeerDescriptor("", "", "", "", "", "", "");

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof PeerDescriptor that
                        && instance.equals(that.instance)
                        && workload.equals(that.workload)
                        && namespace.equals(that.namespace)
                        && version.equals(that.version)
                        && app.equals(that.app)
                        && service.equals(that.service)
                        && principal.equals(that.principal);
    }

    /** Of three components only, since this runs for each request; the others seldom tell two peers apart. */
    @Override
    public int hashCode() {
        return (instance.hashCode() * 31 + workload.hashCode()) * 31 + namespace.hashCode();
    }
}
