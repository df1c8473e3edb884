package dev.riser.proxy.discovery;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a proxy says about its workload when it introduces itself.
 *
 * @param namespace of the workload
 * @param workload its name
 * @param instance pod name, or the id of a run
 * @param serviceAccount must be the one its token names
 * @param labels of the workload
 * @param addresses of the instance; the first is in the id
 * @param inboundPorts the workload's ports
 * @param version of this proxy
 */
public record WorkloadNode(
        String namespace,
        String workload,
        String instance,
        String serviceAccount,
        Map<String, String> labels,
        List<InetAddress> addresses,
        List<Integer> inboundPorts,
        String version) {
    public WorkloadNode {
        labels = Map.copyOf(labels);
        addresses = List.copyOf(addresses);
        inboundPorts = List.copyOf(inboundPorts);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("a workload without an address: " + instance);
        }
    }

    /** {@code sidecar~<ip>~<instance>.<namespace>~<namespace>.svc.cluster.local}. */
    public String id() {
        return "sidecar~%s~%s.%s~%s.svc.cluster.local"
                .formatted(addresses.getFirst().getHostAddress(), instance, namespace, namespace);
    }

    /** As the ADS stream carries it. */
    public Node toNode() {
        Struct.Builder labelStruct = Struct.newBuilder();
        labels.forEach((name, value) -> labelStruct.putFields(name, text(value)));
        return Node.newBuilder()
                .setId(id())
                .setCluster(workload + "." + namespace)
                .setUserAgentName("riser")
                .setUserAgentVersion(version)
                .setMetadata(Struct.newBuilder()
                        .putFields("NAMESPACE", text(namespace))
                        .putFields("WORKLOAD_NAME", text(workload))
                        .putFields("INSTANCE", text(instance))
                        .putFields("SERVICE_ACCOUNT", text(serviceAccount))
                        .putFields(
                                "LABELS",
                                Value.newBuilder().setStructValue(labelStruct).build())
                        .putFields(
                                "INSTANCE_IPS",
                                text(addresses.stream()
                                        .map(InetAddress::getHostAddress)
                                        .collect(Collectors.joining(","))))
                        .putFields(
                                "INBOUND_PORTS",
                                text(inboundPorts.stream().map(String::valueOf).collect(Collectors.joining(","))))
                        .putFields("RISER_VERSION", text(version)))
                .build();
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
