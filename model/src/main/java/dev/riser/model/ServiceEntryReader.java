package dev.riser.model;

import dev.riser.base.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads Istio's ServiceEntry and WorkloadEntry. */
final class ServiceEntryReader {
    private static final List<String> PROTOCOLS =
            List.of("HTTP", "HTTPS", "GRPC", "HTTP2", "MONGO", "MYSQL", "REDIS", "TCP", "TLS", "UDP");
    private static final Map<String, ServiceEntry.Location> LOCATIONS = locations();
    private static final Map<String, ServiceEntry.Resolution> RESOLUTIONS = resolutions();

    private ServiceEntryReader() {}

    private static Map<String, ServiceEntry.Location> locations() {
        Map<String, ServiceEntry.Location> locations = new LinkedHashMap<>();
        for (ServiceEntry.Location location : ServiceEntry.Location.values()) {
            locations.put(location.name(), location);
        }
        return locations;
    }

    private static Map<String, ServiceEntry.Resolution> resolutions() {
        Map<String, ServiceEntry.Resolution> resolutions = new LinkedHashMap<>();
        for (ServiceEntry.Resolution resolution : ServiceEntry.Resolution.values()) {
            resolutions.put(resolution.name(), resolution);
        }
        return resolutions;
    }

    static ServiceEntry read(ConfigReader.Header header, Fields spec) {
        Reading reading = spec.self().reading();
        Optional<Field> hostsField = spec.require("hosts");
        List<Field> hostItems = hostsField.map(Field::items).orElse(List.of());
        List<String> hosts = new ArrayList<>();
        for (Field item : hostItems) {
            item.host(Field.Wildcards.ALLOWED).ifPresent(host -> {
                if (host.equals("*")) {
                    item.reject("the entry would stand for every host", "a host name, or *.example.com", "");
                } else {
                    hosts.add(host.toLowerCase(Locale.ROOT));
                }
            });
        }
        if (hostsField.isPresent() && hostItems.isEmpty() && !reading.rejected()) {
            hostsField.get().reject("there is no host", "at least one", "");
        }
        List<IpBlock> addresses = spec.list("addresses", Field::ipBlock);
        Optional<Field> portsField = spec.require("ports");
        List<ServiceEntry.Port> ports =
                portsField.map(field -> field.list(ServiceEntryReader::port)).orElse(List.of());
        if (portsField.isPresent() && ports.isEmpty() && !reading.rejected()) {
            portsField.get().reject("there is no port", "at least one", "");
        }
        checkPorts(ports, reading);
        ServiceEntry.Location location = spec.take("location")
                .flatMap(field -> field.choice(LOCATIONS))
                .orElse(ServiceEntry.Location.MESH_EXTERNAL);
        Optional<Field> resolutionField = spec.take("resolution");
        ServiceEntry.Resolution resolution = ServiceEntry.Resolution.NONE;
        if (resolutionField.isPresent()) {
            if (resolutionField.get().found().equals("DYNAMIC_DNS")) {
                Fields.unsupported(resolutionField.get(), "use DNS with a full host name, or NONE");
            } else {
                resolution = resolutionField.get().choice(RESOLUTIONS).orElse(resolution);
            }
        }
        Optional<Field> endpointsField = spec.take("endpoints");
        ServiceEntry.Resolution chosen = resolution;
        List<EntryEndpoint> endpoints = endpointsField
                .map(field -> field.list(item -> endpoint(item, chosen)))
                .orElse(List.of());
        Optional<Field> selectorField = spec.take("workloadSelector");
        Optional<Map<String, String>> selector = selectorField
                .flatMap(Field::mapping)
                .map(fields -> {
                    Map<String, String> labels = fields.labels("labels");
                    fields.close();
                    return labels;
                });
        List<String> exportTo = spec.texts("exportTo");
        List<String> names = spec.texts("subjectAltNames");
        spec.close();
        checkTogether(spec, resolution, resolutionField, hostItems, endpoints, endpointsField, selectorField);
        return new ServiceEntry(
                header.key(),
                header.labels(),
                header.origin(),
                hosts,
                addresses,
                ports,
                location,
                resolution,
                endpoints,
                selector,
                exportTo,
                names);
    }

    private static void checkTogether(
            Fields spec,
            ServiceEntry.Resolution resolution,
            Optional<Field> resolutionField,
            List<Field> hostItems,
            List<EntryEndpoint> endpoints,
            Optional<Field> endpointsField,
            Optional<Field> selectorField) {
        if (spec.self().reading().rejected()) {
            return;
        }
        if (endpointsField.isPresent() && selectorField.isPresent()) {
            selectorField
                    .get()
                    .reject("endpoints are given twice", "one of endpoints, workloadSelector", "take one away");
        }
        switch (resolution) {
            case NONE ->
                endpointsField.ifPresent(field -> field.reject(
                        "endpoints have no effect with resolution NONE",
                        "",
                        "set resolution: STATIC, or DNS where they are names"));
            case STATIC -> {
                if (endpoints.isEmpty() && selectorField.isEmpty()) {
                    resolutionField.ifPresent(field -> field.reject(
                            "STATIC needs to be told who serves the host",
                            "endpoints or workloadSelector",
                            "add endpoints, or set resolution: DNS"));
                }
            }
            case DNS, DNS_ROUND_ROBIN -> {
                if (resolution == ServiceEntry.Resolution.DNS_ROUND_ROBIN && endpoints.size() > 1) {
                    endpointsField.ifPresent(field ->
                            field.reject("DNS_ROUND_ROBIN takes one endpoint", "at most one", "set resolution: DNS"));
                }
                selectorField.ifPresent(field -> field.reject(
                        "workloads are selected with resolution STATIC only", "", "set resolution: STATIC"));
            }
        }
        for (Field item : hostItems) {
            boolean wild = item.found().replace("\"", "").startsWith("*");
            boolean asked =
                    resolution == ServiceEntry.Resolution.DNS || resolution == ServiceEntry.Resolution.DNS_ROUND_ROBIN;
            if (wild && asked && endpoints.isEmpty()) {
                item.reject(
                        "a wildcard cannot be asked of DNS",
                        "a full host name",
                        "name the hosts, or set resolution: NONE");
            }
        }
    }

    private static Optional<ServiceEntry.Port> port(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        Optional<Field> numberField = fields.require("number");
        OptionalInt number = numberField.isPresent() ? numberField.get().port() : OptionalInt.empty();
        Optional<Field> nameField = fields.require("name");
        String name = nameField.flatMap(Field::nonEmptyText).orElse("");
        PortProtocol protocol = PortProtocol.of("TCP", "", name);
        Optional<Field> protocolField = fields.take("protocol");
        if (protocolField.isPresent()) {
            Optional<String> text = protocolField.get().text();
            if (text.isPresent()) {
                String upper = text.get().toUpperCase(Locale.ROOT);
                if (!PROTOCOLS.contains(upper)) {
                    protocolField
                            .get()
                            .reject(
                                    "the protocol is not known",
                                    String.join(", ", PROTOCOLS),
                                    Spelling.closest(upper, PROTOCOLS)
                                            .map(near -> "did you mean " + near + "?")
                                            .orElse("use TCP where it is none of these"));
                }
                protocol = PortProtocol.ofWord(upper);
            }
        }
        OptionalInt target = fields.integer("targetPort", 1, 65535);
        fields.close();
        int port = number.orElse(1);
        return Optional.of(new ServiceEntry.Port(name, port, protocol, target.orElse(port), item.line()));
    }

    private static void checkPorts(List<ServiceEntry.Port> ports, Reading reading) {
        Map<Integer, Integer> byNumber = new HashMap<>();
        Map<String, Integer> byName = new HashMap<>();
        for (int index = 0; index < ports.size(); index++) {
            ServiceEntry.Port port = ports.get(index);
            Integer number = byNumber.putIfAbsent(port.number(), port.line());
            if (number != null) {
                reading.reject(
                        "spec.ports[" + index + "].number",
                        port.line(),
                        Integer.toString(port.number()),
                        "",
                        "the port stands twice, on lines " + number + " and " + port.line(),
                        "");
            }
            Integer name = byName.putIfAbsent(port.name(), port.line());
            if (name != null) {
                reading.reject(
                        "spec.ports[" + index + "].name",
                        port.line(),
                        port.name(),
                        "",
                        "the name stands twice, on lines " + name + " and " + port.line(),
                        "");
            }
        }
    }

    static WorkloadEntry readWorkload(ConfigReader.Header header, Fields spec) {
        EntryEndpoint endpoint = endpoint(spec, ServiceEntry.Resolution.DNS);
        if (endpoint.address().isEmpty() && !spec.self().reading().rejected()) {
            spec.missing("address", "an address or a DNS name");
        }
        return new WorkloadEntry(header.key(), header.labels(), header.origin(), endpoint);
    }

    private static Optional<EntryEndpoint> endpoint(Field item, ServiceEntry.Resolution resolution) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        EntryEndpoint endpoint = endpoint(mapping.get(), resolution);
        if (endpoint.address().isEmpty() && !item.reading().rejected()) {
            mapping.get().missing("address", "");
        }
        return Optional.of(endpoint);
    }

    private static EntryEndpoint endpoint(Fields fields, ServiceEntry.Resolution resolution) {
        Optional<Field> addressField = fields.take("address");
        String address = addressField.flatMap(Field::nonEmptyText).orElse("");
        if (addressField.isPresent() && !address.isEmpty()) {
            if (address.startsWith("unix:")) {
                Fields.unsupported(addressField.get(), "give the server an address");
            } else if (!Names.isAddress(address)) {
                if (resolution == ServiceEntry.Resolution.STATIC) {
                    addressField
                            .get()
                            .reject("STATIC takes addresses only", "an IPv4 or IPv6 address", "set resolution: DNS");
                } else if (!Names.isHost(address) || address.startsWith("*")) {
                    addressField.get().reject("the value is neither an address nor a DNS name", "", "");
                }
            }
        }
        Map<String, Integer> ports = new LinkedHashMap<>();
        fields.take("ports")
                .map(Field::entries)
                .orElse(Map.of())
                .forEach((name, value) -> value.port().ifPresent(port -> ports.put(name, port)));
        Map<String, String> labels = fields.labels("labels");
        String network = fields.textOr("network", "");
        String locality = fields.textOr("locality", "");
        OptionalInt weight = fields.integer("weight", 0, Integer.MAX_VALUE);
        Optional<String> account = fields.take("serviceAccount").flatMap(Field::nonEmptyText);
        fields.close();
        return new EntryEndpoint(address, ports, labels, network, locality, weight, account, fields.line());
    }
}
