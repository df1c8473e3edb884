package dev.riser.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads a Kubernetes Service. Fields that concern kube-proxy or load balancers of clouds say nothing to a mesh. */
final class ServiceReader {
    private static final Map<String, Service.Type> TYPES = types();
    private static final Map<String, String> TRANSPORTS = transports();

    private ServiceReader() {}

    private static Map<String, Service.Type> types() {
        Map<String, Service.Type> types = new LinkedHashMap<>();
        types.put("ClusterIP", Service.Type.CLUSTER_IP);
        types.put("NodePort", Service.Type.NODE_PORT);
        types.put("LoadBalancer", Service.Type.LOAD_BALANCER);
        types.put("ExternalName", Service.Type.EXTERNAL_NAME);
        return types;
    }

    private static Map<String, String> transports() {
        Map<String, String> transports = new LinkedHashMap<>();
        for (String transport : List.of("TCP", "UDP", "SCTP")) {
            transports.put(transport, transport);
        }
        return transports;
    }

    static Service read(ConfigReader.Header header, Fields spec) {
        if (!Names.isLabel(header.key().name())) {
            spec.self()
                    .reading()
                    .reject(
                            "metadata.name",
                            header.origin().line(),
                            header.key().name(),
                            "lower-case letters, digits and '-', at most 63",
                            "the name of a Service must be a DNS label",
                            "");
        }
        Service.Type type =
                spec.take("type").flatMap(field -> field.choice(TYPES)).orElse(Service.Type.CLUSTER_IP);
        List<String> addresses = new ArrayList<>();
        boolean[] headless = {false};
        Optional<Field> single = spec.take("clusterIP");
        Optional<Field> several = spec.take("clusterIPs");
        List<Field> written = new ArrayList<>();
        several.ifPresentOrElse(list -> written.addAll(list.items()), () -> single.ifPresent(written::add));
        for (Field field : written) {
            Optional<String> text = field.text();
            if (text.isPresent() && text.get().equals("None")) {
                headless[0] = true;
            } else if (text.isPresent() && !text.get().isEmpty()) {
                field.address().ifPresent(addresses::add);
            }
        }
        if (headless[0] && !addresses.isEmpty()) {
            written.getFirst().reject("None cannot stand beside addresses", "None, or addresses", "");
        }
        Map<String, String> selector = spec.labels("selector");
        List<Service.Port> ports = spec.list("ports", ServiceReader::port);
        checkPorts(spec, ports);
        Optional<String> externalName = Optional.empty();
        Optional<Field> external = spec.take("externalName");
        if (type == Service.Type.EXTERNAL_NAME) {
            if (external.isEmpty()) {
                spec.missing("externalName", "a Service of type ExternalName stands for that name");
            }
            externalName = external.flatMap(field -> field.host(Field.Wildcards.REFUSED));
        } else {
            external.ifPresent(field ->
                    field.note("the field has no effect without type: ExternalName", "set the type or take it away"));
            if (ports.isEmpty() && !headless[0] && !spec.self().reading().rejected()) {
                spec.missing("ports", "");
            }
        }
        spec.take("sessionAffinity")
                .ifPresent(field -> field.text().ifPresent(affinity -> {
                    if (!affinity.equals("None")) {
                        field.note(
                                "the mesh balances each request, so session affinity has no effect",
                                "take the field away");
                    }
                }));
        boolean publish = spec.truth("publishNotReadyAddresses").orElse(false);
        spec.withoutMeaning(
                "sessionAffinityConfig",
                "ipFamilies",
                "ipFamilyPolicy",
                "externalTrafficPolicy",
                "internalTrafficPolicy",
                "externalIPs",
                "loadBalancerIP",
                "loadBalancerClass",
                "loadBalancerSourceRanges",
                "allocateLoadBalancerNodePorts",
                "healthCheckNodePort",
                "trafficDistribution");
        spec.close();
        Field exported = header.annotations().get("networking.istio.io/exportTo");
        if (exported != null) {
            exported.note("the annotation has no effect: every namespace sees the Service", "take it away");
        }
        return new Service(
                header.key(),
                header.labels(),
                header.origin(),
                type,
                addresses,
                headless[0],
                selector,
                ports,
                externalName,
                publish);
    }

    private static Optional<Service.Port> port(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        String name = fields.take("name")
                .flatMap(field -> {
                    Optional<String> text = field.text();
                    if (text.isPresent() && !Names.isLabel(text.get())) {
                        field.reject("the port's name is not valid", "lower-case letters, digits and '-'", "");
                    }
                    return text;
                })
                .orElse("");
        Optional<Field> portField = fields.require("port");
        OptionalInt port = portField.isPresent() ? portField.get().port() : OptionalInt.empty();
        String transport = fields.take("protocol")
                .flatMap(field -> field.choice(TRANSPORTS))
                .orElse("TCP");
        String appProtocol = fields.textOr("appProtocol", "");
        Service.Target target = new Service.Target.Number(port.orElse(1));
        Optional<Field> targetField = fields.take("targetPort");
        if (targetField.isPresent()) {
            Field field = targetField.get();
            if (field.isPlainNumber()) {
                OptionalInt number = field.port();
                if (number.isPresent()) {
                    target = new Service.Target.Number(number.getAsInt());
                }
            } else {
                Optional<String> named = field.text();
                if (named.isPresent()) {
                    if (named.get().length() > 15 || !Names.isLabel(named.get())) {
                        field.reject(
                                "the value is neither a port nor the name of one",
                                "1 to 65535, or a name of at most 15 lower-case letters, digits and '-'",
                                "");
                    }
                    target = new Service.Target.Named(named.get());
                }
            }
        }
        fields.withoutMeaning("nodePort");
        fields.close();
        return Optional.of(new Service.Port(name, port.orElse(1), target, transport, appProtocol, item.line()));
    }

    private static void checkPorts(Fields spec, List<Service.Port> ports) {
        Map<String, Integer> byNumber = new HashMap<>();
        Map<String, Integer> byName = new HashMap<>();
        Reading reading = spec.self().reading();
        for (int index = 0; index < ports.size(); index++) {
            Service.Port port = ports.get(index);
            Integer same = byNumber.putIfAbsent(port.transport() + port.port(), port.line());
            if (same != null) {
                reading.reject(
                        "spec.ports[" + index + "].port",
                        port.line(),
                        Integer.toString(port.port()),
                        "",
                        "the port stands twice, on lines " + same + " and " + port.line(),
                        "");
            }
            if (ports.size() > 1 && port.name().isEmpty()) {
                reading.reject(
                        "spec.ports[" + index + "].name",
                        port.line(),
                        "",
                        "",
                        "a Service with several ports must name each",
                        "");
            } else if (!port.name().isEmpty()) {
                Integer named = byName.putIfAbsent(port.name(), port.line());
                if (named != null) {
                    reading.reject(
                            "spec.ports[" + index + "].name",
                            port.line(),
                            port.name(),
                            "",
                            "the name stands twice, on lines " + named + " and " + port.line(),
                            "");
                }
            }
        }
    }
}
