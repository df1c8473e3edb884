package dev.riser.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Kubernetes {@code Service}.
 *
 * @param type how it is reached
 * @param clusterIps its virtual addresses, IPv4 or IPv6 literals; empty where none was written, and for a headless one
 * @param headless whether {@code clusterIP: None} was written
 * @param selector labels of the workloads that serve it; empty means that none is selected
 * @param ports its ports
 * @param externalName the DNS name it stands for, only with {@link Type#EXTERNAL_NAME}
 * @param publishNotReadyAddresses whether workloads that are not ready are endpoints too
 */
public record Service(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        Type type,
        List<String> clusterIps,
        boolean headless,
        Map<String, String> selector,
        List<Port> ports,
        Optional<String> externalName,
        boolean publishNotReadyAddresses)
        implements MeshObject {

    public Service {
        labels = Map.copyOf(labels);
        clusterIps = List.copyOf(clusterIps);
        selector = Map.copyOf(selector);
        ports = List.copyOf(ports);
    }

    /** The full host name, {@code name.namespace.svc.cluster.local}. */
    public String host() {
        return HostNames.ofService(name(), namespace());
    }

    /** {@code spec.type}. */
    public enum Type {
        CLUSTER_IP,
        NODE_PORT,
        LOAD_BALANCER,
        EXTERNAL_NAME
    }

    /**
     * One port.
     *
     * @param name its name, empty where none
     * @param port the number clients use
     * @param target where the workload listens
     * @param transport {@code TCP}, {@code UDP} or {@code SCTP}
     * @param appProtocol the field as written, empty where absent
     * @param line its line in the file
     */
    public record Port(String name, int port, Target target, String transport, String appProtocol, int line) {
        /** The declared protocol. */
        public PortProtocol protocol() {
            return PortProtocol.of(transport, appProtocol, name);
        }
    }

    /** {@code targetPort}: a number, or the name of a port of the workload. */
    public sealed interface Target {
        /** The workload's port itself. */
        @SuppressWarnings("AvoidCommonTypeNames") // always written Target.Number
        record Number(int port) implements Target {}

        /** The workload's port of that name. */
        record Named(String name) implements Target {}
    }
}
