package dev.riser.control.world;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A proxy as it describes itself, one workload each. The server has checked namespace and service account against the
 * token before anything is made from this.
 *
 * @param id {@code Node.id}
 * @param namespace namespace of the workload
 * @param workload its name
 * @param instance name of the instance
 * @param serviceAccount the name its identity is made from
 * @param labels its labels
 * @param addresses its addresses in canonical text
 * @param inboundPorts ports on which it says that the workload listens
 * @param locality {@code region/zone/subzone}, empty where unknown
 */
public record ProxyNode(
        String id,
        String namespace,
        String workload,
        String instance,
        String serviceAccount,
        Map<String, String> labels,
        List<String> addresses,
        List<Integer> inboundPorts,
        String locality) {

    public ProxyNode {
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        addresses = List.copyOf(addresses);
        inboundPorts = List.copyOf(inboundPorts);
    }

    /** Reads Envoy's description. What is missing or malformed is left empty: foreign proxies send less. */
    public static ProxyNode from(Node node) {
        Struct metadata = node.getMetadata();
        Map<String, String> labels = new TreeMap<>();
        metadata.getFieldsOrDefault("LABELS", Value.getDefaultInstance())
                .getStructValue()
                .getFieldsMap()
                .forEach((name, value) -> labels.put(name, value.getStringValue()));
        List<String> addresses = new ArrayList<>();
        words(text(metadata, "INSTANCE_IPS")).forEach(word -> IpText.parse(word).ifPresent(addresses::add));
        String[] parts = node.getId().split("~", -1);
        if (addresses.isEmpty() && parts.length == 4) {
            IpText.parse(parts[1]).ifPresent(addresses::add);
        }
        String namespace = text(metadata, "NAMESPACE");
        if (namespace.isEmpty() && parts.length == 4) {
            int dot = parts[3].indexOf('.');
            namespace = dot < 0 ? parts[3] : parts[3].substring(0, dot);
        }
        List<Integer> ports = new ArrayList<>();
        for (String word : words(text(metadata, "INBOUND_PORTS"))) {
            if (word.matches("[0-9]{1,5}")) {
                ports.add(Integer.valueOf(word));
            }
        }
        return new ProxyNode(
                node.getId(),
                namespace,
                text(metadata, "WORKLOAD_NAME"),
                text(metadata, "INSTANCE"),
                text(metadata, "SERVICE_ACCOUNT"),
                labels,
                addresses,
                ports,
                locality(node.getLocality()));
    }

    private static String locality(Locality locality) {
        String text = locality.getRegion() + "/" + locality.getZone() + "/" + locality.getSubZone();
        return text.replaceAll("/+$", "");
    }

    private static String text(Struct metadata, String name) {
        return metadata.getFieldsOrDefault(name, Value.getDefaultInstance()).getStringValue();
    }

    private static List<String> words(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
