package dev.riser.model;

import dev.riser.model.TrafficPolicy.Algorithm;
import dev.riser.model.TrafficPolicy.ClientTls;
import dev.riser.model.TrafficPolicy.ConnectionPool;
import dev.riser.model.TrafficPolicy.Failover;
import dev.riser.model.TrafficPolicy.KeepAlive;
import dev.riser.model.TrafficPolicy.LoadBalancer;
import dev.riser.model.TrafficPolicy.Locality;
import dev.riser.model.TrafficPolicy.OutlierDetection;
import dev.riser.model.TrafficPolicy.RetryBudget;
import dev.riser.model.TrafficPolicy.TlsMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Reads Istio's DestinationRule. */
final class DestinationRuleReader {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Map<String, Optional<Algorithm>> ALGORITHMS = algorithms();
    private static final Map<String, TlsMode> TLS_MODES = tlsModes();

    private DestinationRuleReader() {}

    private static Map<String, Optional<Algorithm>> algorithms() {
        Map<String, Optional<Algorithm>> algorithms = new LinkedHashMap<>();
        algorithms.put("LEAST_REQUEST", Optional.of(Algorithm.LEAST_REQUEST));
        algorithms.put("ROUND_ROBIN", Optional.of(Algorithm.ROUND_ROBIN));
        algorithms.put("RANDOM", Optional.of(Algorithm.RANDOM));
        algorithms.put("LEAST_CONN", Optional.of(Algorithm.LEAST_REQUEST));
        algorithms.put("UNSPECIFIED", Optional.empty());
        return algorithms;
    }

    private static Map<String, TlsMode> tlsModes() {
        Map<String, TlsMode> modes = new LinkedHashMap<>();
        for (TlsMode mode : TlsMode.values()) {
            modes.put(mode.name(), mode);
        }
        return modes;
    }

    static DestinationRule read(ConfigReader.Header header, Fields spec) {
        Optional<String> host = spec.require("host").flatMap(field -> field.host(Field.Wildcards.ALLOWED));
        TrafficPolicy policy =
                spec.take("trafficPolicy").map(DestinationRuleReader::policy).orElse(TrafficPolicy.NONE);
        List<DestinationRule.Subset> subsets = spec.list("subsets", DestinationRuleReader::subset);
        Map<String, Integer> lines = new HashMap<>();
        for (int index = 0; index < subsets.size(); index++) {
            DestinationRule.Subset subset = subsets.get(index);
            Integer before = lines.putIfAbsent(subset.name(), subset.line());
            if (before != null) {
                spec.self()
                        .reading()
                        .reject(
                                "spec.subsets[" + index + "].name",
                                subset.line(),
                                subset.name(),
                                "",
                                "the subset stands twice, on lines " + before + " and " + subset.line(),
                                "");
            }
        }
        Map<String, String> selector = spec.take("workloadSelector")
                .flatMap(Field::mapping)
                .map(fields -> {
                    Map<String, String> labels = fields.labels("matchLabels");
                    fields.close();
                    return labels;
                })
                .orElse(Map.of());
        List<String> exportTo = spec.texts("exportTo");
        spec.close();
        return new DestinationRule(
                header.key(), header.labels(), header.origin(), host.orElse(""), policy, subsets, selector, exportTo);
    }

    private static Optional<DestinationRule.Subset> subset(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        Optional<Field> nameField = fields.require("name");
        Optional<String> name = nameField.flatMap(Field::text);
        if (name.isPresent() && !Names.isSubset(name.get())) {
            nameField.ifPresent(field -> field.reject(
                    "the subset's name is not valid", "letters, digits, '-', '_' and '.', at most 128", ""));
        }
        Map<String, String> labels = fields.labels("labels");
        TrafficPolicy policy =
                fields.take("trafficPolicy").map(DestinationRuleReader::policy).orElse(TrafficPolicy.NONE);
        fields.close();
        return name.map(text -> new DestinationRule.Subset(text, labels, policy, item.line()));
    }

    private static TrafficPolicy policy(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return TrafficPolicy.NONE;
        }
        Fields fields = mapping.get();
        TrafficPolicy parts = parts(fields);
        Optional<RetryBudget> budget = fields.take("retryBudget").flatMap(DestinationRuleReader::retryBudget);
        Map<Integer, TrafficPolicy> ports = new LinkedHashMap<>();
        for (Field item : fields.take("portLevelSettings").map(Field::items).orElse(List.of())) {
            Optional<Fields> entry = item.mapping();
            if (entry.isEmpty()) {
                continue;
            }
            OptionalInt port = RouteParts.portNumber(entry.get());
            if (port.isEmpty() && !item.reading().rejected()) {
                entry.get().missing("port", "");
            }
            TrafficPolicy settings = parts(entry.get());
            entry.get().unsupported("retryBudget", "a retry budget is set for the whole host or subset");
            entry.get().close();
            if (port.isPresent() && ports.put(port.getAsInt(), settings) != null) {
                item.reject("the port " + port.getAsInt() + " stands twice", "", "take one away");
            }
        }
        fields.unsupported("proxyProtocol", "take it away");
        fields.unsupported("tunnel", "take it away");
        fields.close();
        return new TrafficPolicy(
                parts.loadBalancer(), parts.connectionPool(), parts.outlierDetection(), parts.tls(), budget, ports);
    }

    private static TrafficPolicy parts(Fields fields) {
        return new TrafficPolicy(
                fields.take("loadBalancer").flatMap(DestinationRuleReader::loadBalancer),
                fields.take("connectionPool").flatMap(DestinationRuleReader::connectionPool),
                fields.take("outlierDetection").flatMap(DestinationRuleReader::outlierDetection),
                fields.take("tls").flatMap(DestinationRuleReader::tls),
                Optional.empty(),
                Map.of());
    }

    private static Optional<LoadBalancer> loadBalancer(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        Optional<Field> simple = fields.take("simple");
        Optional<Algorithm> algorithm = Optional.empty();
        if (simple.isPresent()) {
            if (simple.get().found().equals("PASSTHROUGH")) {
                Fields.unsupported(
                        simple.get(), "use a ServiceEntry with resolution: NONE to reach the caller's own address");
            } else {
                algorithm = simple.get().choice(ALGORITHMS).flatMap(choice -> choice);
            }
        }
        fields.unsupported("consistentHash", "use simple");
        fields.unsupported("warmup", "take it away");
        fields.unsupported("warmupDurationSecs", "take it away");
        fields.unsupported("zoneAwareLbSetting", "use localityLbSetting");
        Optional<Locality> locality = fields.take("localityLbSetting").flatMap(DestinationRuleReader::locality);
        fields.close();
        return Optional.of(new LoadBalancer(algorithm, locality));
    }

    private static Optional<Locality> locality(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        boolean enabled = fields.truth("enabled").orElse(true);
        fields.unsupported("distribute", "use failover, or weights in a VirtualService");
        fields.unsupported("failoverPriority", "use failover");
        List<Failover> failovers = fields.list("failover", item -> {
            Optional<Fields> entry = item.mapping();
            if (entry.isEmpty()) {
                return Optional.empty();
            }
            Optional<String> from = entry.get().require("from").flatMap(Field::nonEmptyText);
            Optional<String> to = entry.get().require("to").flatMap(Field::nonEmptyText);
            entry.get().close();
            if (from.isPresent() && from.equals(to)) {
                item.reject("the region fails over to itself", "another region", "");
            }
            return from.flatMap(source -> to.map(target -> new Failover(source, target)));
        });
        fields.close();
        return Optional.of(new Locality(enabled, failovers));
    }

    private static Optional<ConnectionPool> connectionPool(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        OptionalInt maxConnections = OptionalInt.empty();
        Optional<Duration> connectTimeout = Optional.empty();
        Optional<Duration> tcpIdle = Optional.empty();
        Optional<KeepAlive> keepAlive = Optional.empty();
        Optional<Fields> tcp = mapping.get().mapping("tcp");
        if (tcp.isPresent()) {
            Fields fields = tcp.get();
            maxConnections = fields.integer("maxConnections", 1, Integer.MAX_VALUE);
            connectTimeout = fields.duration("connectTimeout", MILLISECOND);
            tcpIdle = fields.duration("idleTimeout", Duration.ZERO);
            keepAlive = fields.take("tcpKeepalive").flatMap(DestinationRuleReader::keepAlive);
            fields.unsupported("maxConnectionDuration", "take it away");
            fields.close();
        }
        OptionalInt pending = OptionalInt.empty();
        OptionalInt requests = OptionalInt.empty();
        OptionalInt perConnection = OptionalInt.empty();
        OptionalInt retries = OptionalInt.empty();
        Optional<Duration> httpIdle = Optional.empty();
        Optional<Fields> http = mapping.get().mapping("http");
        if (http.isPresent()) {
            Fields fields = http.get();
            pending = fields.integer("http1MaxPendingRequests", 0, Integer.MAX_VALUE);
            requests = fields.integer("http2MaxRequests", 0, Integer.MAX_VALUE);
            perConnection = fields.integer("maxRequestsPerConnection", 0, Integer.MAX_VALUE);
            retries = fields.integer("maxRetries", 0, Integer.MAX_VALUE);
            httpIdle = fields.duration("idleTimeout", Duration.ZERO);
            fields.unsupported("h2UpgradePolicy", "take it away: proxies choose the protocol between them");
            fields.unsupported("useClientProtocol", "take it away: the client's protocol is kept where it matters");
            fields.unsupported("maxConcurrentStreams", "use http2MaxRequests");
            fields.unsupported("http2KeepAlive", "use tcp.tcpKeepalive");
            fields.close();
        }
        mapping.get().close();
        return Optional.of(new ConnectionPool(
                maxConnections,
                connectTimeout,
                tcpIdle,
                keepAlive,
                pending,
                requests,
                perConnection,
                retries,
                httpIdle));
    }

    private static Optional<KeepAlive> keepAlive(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        OptionalInt probes = fields.integer("probes", 1, 127);
        Optional<Duration> time = fields.duration("time", Duration.ofSeconds(1));
        Optional<Duration> interval = fields.duration("interval", Duration.ofSeconds(1));
        fields.close();
        return Optional.of(new KeepAlive(probes, time, interval));
    }

    private static Optional<OutlierDetection> outlierDetection(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        OptionalInt of5xx = fields.integer("consecutive5xxErrors", 0, Integer.MAX_VALUE);
        OptionalInt ofGateway = fields.integer("consecutiveGatewayErrors", 0, Integer.MAX_VALUE);
        fields.unsupported("consecutiveErrors", "use consecutiveGatewayErrors or consecutive5xxErrors");
        fields.unsupported("outlierDetectionHttpErrorCodes", "use consecutive5xxErrors");
        boolean split = fields.truth("splitExternalLocalOriginErrors").orElse(false);
        Optional<Field> localField = fields.take("consecutiveLocalOriginFailures");
        OptionalInt local =
                localField.isPresent() ? localField.get().integer(0, Integer.MAX_VALUE) : OptionalInt.empty();
        if (localField.isPresent() && !split) {
            localField
                    .get()
                    .note(
                            "the field has no effect without splitExternalLocalOriginErrors",
                            "set splitExternalLocalOriginErrors: true");
        }
        Optional<Duration> interval = fields.duration("interval", MILLISECOND);
        Optional<Duration> base = fields.duration("baseEjectionTime", MILLISECOND);
        OptionalInt maxEjection = fields.integer("maxEjectionPercent", 0, 100);
        OptionalInt minHealth = fields.integer("minHealthPercent", 0, 100);
        fields.close();
        return Optional.of(
                new OutlierDetection(of5xx, ofGateway, split, local, interval, base, maxEjection, minHealth));
    }

    private static Optional<ClientTls> tls(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        TlsMode mode =
                fields.take("mode").flatMap(value -> value.choice(TLS_MODES)).orElse(TlsMode.DISABLE);
        List<Field> files = new ArrayList<>();
        Optional<String> certificate = file(fields, "clientCertificate", files);
        Optional<String> key = file(fields, "privateKey", files);
        List<Field> authorities = new ArrayList<>();
        Optional<String> authority = file(fields, "caCertificates", authorities);
        List<String> names = fields.texts("subjectAltNames");
        Optional<String> sni = fields.take("sni").flatMap(Field::nonEmptyText);
        fields.unsupported("credentialName", "name files in clientCertificate, privateKey and caCertificates");
        fields.unsupported("caCrl", "take it away");
        fields.take("insecureSkipVerify")
                .ifPresent(skip -> skip.truth().ifPresent(value -> {
                    if (value) {
                        Fields.unsupported(skip, "name the server's authority in caCertificates");
                    }
                }));
        fields.close();
        switch (mode) {
            case MUTUAL -> {
                if (certificate.isEmpty()) {
                    fields.missing("clientCertificate", "MUTUAL shows a certificate of its own");
                }
                if (key.isEmpty()) {
                    fields.missing("privateKey", "MUTUAL shows a certificate of its own");
                }
            }
            case ISTIO_MUTUAL -> {
                files.addAll(authorities);
                files.forEach(file -> file.reject(
                        "the mesh brings the certificates of ISTIO_MUTUAL itself", "", "take it away, or use MUTUAL"));
            }
            case SIMPLE ->
                files.forEach(file ->
                        file.reject("SIMPLE shows no certificate of its own", "", "take it away, or use MUTUAL"));
            case DISABLE -> {
                files.addAll(authorities);
                files.forEach(file -> file.reject("there is no TLS with DISABLE", "", "set mode to SIMPLE or MUTUAL"));
                if (!names.isEmpty() || sni.isPresent()) {
                    field.note("subjectAltNames and sni have no effect with DISABLE", "set mode, or take them away");
                }
            }
        }
        return Optional.of(new ClientTls(mode, certificate, key, authority, names, sni));
    }

    private static Optional<String> file(Fields fields, String name, List<Field> written) {
        Optional<Field> field = fields.take(name);
        field.ifPresent(written::add);
        Optional<String> path = field.flatMap(Field::nonEmptyText);
        if (path.isPresent() && !path.get().startsWith("/")) {
            field.ifPresent(value -> value.reject("the file is not given by its full path", "/path/to/file", ""));
        }
        return path;
    }

    private static Optional<RetryBudget> retryBudget(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        Optional<Field> percentField = fields.take("percent");
        OptionalDouble percent = percentField.isPresent() ? percentField.get().number(0, 100) : OptionalDouble.empty();
        OptionalInt least = fields.integer("minRetryConcurrency", 0, Integer.MAX_VALUE);
        fields.unsupported("budgetInterval", "take it away: the budget follows requests in flight");
        fields.close();
        return Optional.of(new RetryBudget(percent, least));
    }
}
