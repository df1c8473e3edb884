package dev.riser.control.translate;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.model.DestinationRule;
import dev.riser.model.Origin;
import dev.riser.model.PortProtocol;
import dev.riser.model.ServiceEntry;
import dev.riser.model.TrafficPolicy;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Clusters. */
final class ClusterTranslation {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final double RETRY_BUDGET_PERCENT = 20;
    private static final int RETRY_BUDGET_MINIMUM = 3;
    /** A word that tells the mesh's TLS from an application's, as in Istio, and what is spoken. */
    private static final List<String> H2_OF_THE_MESH = List.of("istio-h2", "h2");

    /** Proxies take the second pair for upgrades; servers prefer the first. */
    private static final List<String> HTTP_OF_THE_MESH = List.of("istio-h2", "h2", "istio-http/1.1", "http/1.1");

    private static final int UNLIMITED = -1;
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    private final ProxyView view;
    private final EndpointTranslation endpoints;

    ClusterTranslation(ProxyView view) {
        this.view = view;
        this.endpoints = new EndpointTranslation(view);
    }

    /** The cluster of that name, where there is one for this proxy. */
    Optional<Cluster> cluster(String name) {
        return switch (name) {
            case ResourceNames.PASSTHROUGH, ResourceNames.INBOUND_PASSTHROUGH -> Optional.of(passthrough(name));
            case ResourceNames.BLACK_HOLE -> Optional.of(blackHole());
            default ->
                ResourceNames.InboundCluster.parse(name)
                        .flatMap(this::inbound)
                        .or(() -> OutboundTarget.find(view, name).map(this::outbound));
        };
    }

    private static Cluster passthrough(String name) {
        return originalDestination(name)
                .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Wire.any(options(Spoken.AS_CALLER, Optional.empty())))
                .build();
    }

    private static Cluster.Builder originalDestination(String name) {
        return unlimited(name)
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
    }

    private static Cluster.Builder unlimited(String name) {
        return Cluster.newBuilder()
                .setName(name)
                .setConnectTimeout(Wire.duration(CONNECT_TIMEOUT))
                .setCircuitBreakers(CircuitBreakers.newBuilder()
                        .addThresholds(CircuitBreakers.Thresholds.newBuilder()
                                .setMaxConnections(Wire.uint(UNLIMITED))
                                .setMaxPendingRequests(Wire.uint(UNLIMITED))
                                .setMaxRequests(Wire.uint(UNLIMITED))));
    }

    private static Cluster.Builder loopback(ResourceNames.InboundCluster cluster) {
        return unlimited(cluster.name())
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .setClusterName(cluster.name())
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder()
                                                .setAddress(Wire.address("127.0.0.1", cluster.port()))))));
    }

    private static Cluster blackHole() {
        return Cluster.newBuilder()
                .setName(ResourceNames.BLACK_HOLE)
                .setType(Cluster.DiscoveryType.STATIC)
                .setConnectTimeout(Wire.duration(CONNECT_TIMEOUT))
                .build();
    }

    private Optional<Cluster> inbound(ResourceNames.InboundCluster cluster) {
        PortProtocol protocol = view.inboundPorts().get(cluster.port());
        if (protocol == null) {
            return Optional.empty();
        }
        Cluster.Builder built = switch (view.settings().capture()) {
            case REDIRECTION -> originalDestination(cluster.name());
            case NONE -> loopback(cluster);
        };
        List<MeshService> services = view.servicesBehind(cluster.port());
        built.setMetadata(metadata(
                services,
                services.isEmpty()
                        ? Optional.empty()
                        : Optional.of(services.getFirst().origin()),
                "",
                0));
        spokenByWorkload(protocol)
                .ifPresent(spoken -> built.putTypedExtensionProtocolOptions(
                        HTTP_OPTIONS, Wire.any(options(spoken, Optional.empty()))));
        return Optional.of(built.build());
    }

    private static Optional<Spoken> spokenByWorkload(PortProtocol protocol) {
        return switch (protocol) {
            case HTTP -> Optional.of(Spoken.HTTP1);
            case HTTP2, GRPC -> Optional.of(Spoken.HTTP2);
            case AUTO -> Optional.of(Spoken.AS_CALLER);
            case TLS, TCP, UDP -> Optional.empty();
        };
    }

    private Cluster outbound(OutboundTarget target) {
        TrafficPolicy policy = target.policy();
        Optional<TrafficPolicy.ConnectionPool> pool = policy.connectionPool();
        Cluster.Builder built = Cluster.newBuilder()
                .setName(target.cluster().name())
                .setConnectTimeout(Wire.duration(pool.flatMap(TrafficPolicy.ConnectionPool::connectTimeout)
                        .orElse(CONNECT_TIMEOUT)))
                .setCircuitBreakers(circuitBreakers(policy))
                .setMetadata(outboundMetadata(target));
        discovery(built, target);
        policy.outlierDetection().ifPresent(detection -> outlierDetection(detection, built));
        pool.flatMap(TrafficPolicy.ConnectionPool::tcpKeepAlive)
                .ifPresent(probes -> built.setUpstreamConnectionOptions(
                        UpstreamConnectionOptions.newBuilder().setTcpKeepalive(keepAlive(probes))));
        Optional<Spoken> spoken = spoken(target);
        spoken.ifPresent(value -> built.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Wire.any(options(value, pool))));
        security(built, target, spoken);
        if (isDns(target.service())) {
            built.setRespectDnsTtl(true);
        }
        return built.build();
    }

    private static boolean isDns(MeshService service) {
        return service.resolution() == ServiceEntry.Resolution.DNS
                || service.resolution() == ServiceEntry.Resolution.DNS_ROUND_ROBIN;
    }

    private void discovery(Cluster.Builder built, OutboundTarget target) {
        switch (target.service().resolution()) {
            case STATIC ->
                built.setType(Cluster.DiscoveryType.EDS)
                        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder()
                                .setEdsConfig(Wire.ads())
                                .setServiceName(target.cluster().name()))
                        .setLbPolicy(algorithm(target.policy()));
            case DNS ->
                built.setType(Cluster.DiscoveryType.STRICT_DNS)
                        .setDnsLookupFamily(Cluster.DnsLookupFamily.ALL)
                        .setLoadAssignment(endpoints.assignment(target.cluster().name(), target))
                        .setLbPolicy(algorithm(target.policy()));
            case DNS_ROUND_ROBIN ->
                built.setType(Cluster.DiscoveryType.LOGICAL_DNS)
                        .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
                        .setLoadAssignment(endpoints.assignment(target.cluster().name(), target))
                        .setLbPolicy(algorithm(target.policy()));
            case NONE ->
                built.setType(Cluster.DiscoveryType.ORIGINAL_DST).setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
        }
    }

    private static Cluster.LbPolicy algorithm(TrafficPolicy policy) {
        return switch (policy.loadBalancer()
                .flatMap(TrafficPolicy.LoadBalancer::algorithm)
                .orElse(TrafficPolicy.Algorithm.LEAST_REQUEST)) {
            case LEAST_REQUEST -> Cluster.LbPolicy.LEAST_REQUEST;
            case ROUND_ROBIN -> Cluster.LbPolicy.ROUND_ROBIN;
            case RANDOM -> Cluster.LbPolicy.RANDOM;
        };
    }

    /** Without limits unless the user sets some; retries are always within a budget. */
    private static CircuitBreakers circuitBreakers(TrafficPolicy policy) {
        Optional<TrafficPolicy.ConnectionPool> pool = policy.connectionPool();
        CircuitBreakers.Thresholds.Builder limits = CircuitBreakers.Thresholds.newBuilder()
                .setMaxConnections(
                        Wire.uint(pool.map(limit -> limit.maxConnections().orElse(UNLIMITED))
                                .orElse(UNLIMITED)))
                .setMaxPendingRequests(Wire.uint(
                        pool.map(limit -> limit.http1MaxPendingRequests().orElse(UNLIMITED))
                                .orElse(UNLIMITED)))
                .setMaxRequests(
                        Wire.uint(pool.map(limit -> limit.http2MaxRequests().orElse(UNLIMITED))
                                .orElse(UNLIMITED)));
        int maxRetries = pool.map(limit -> limit.maxRetries().orElse(UNLIMITED)).orElse(UNLIMITED);
        if (maxRetries != UNLIMITED && policy.retryBudget().isEmpty()) {
            limits.setMaxRetries(Wire.uint(maxRetries));
        } else {
            double percent = policy.retryBudget()
                    .map(budget -> budget.percent().orElse(RETRY_BUDGET_PERCENT))
                    .orElse(RETRY_BUDGET_PERCENT);
            int minimum = policy.retryBudget()
                    .map(budget -> budget.minRetryConcurrency().orElse(RETRY_BUDGET_MINIMUM))
                    .orElse(RETRY_BUDGET_MINIMUM);
            limits.setRetryBudget(CircuitBreakers.Thresholds.RetryBudget.newBuilder()
                    .setBudgetPercent(Percent.newBuilder().setValue(percent))
                    .setMinRetryConcurrency(Wire.uint(minimum)));
        }
        return CircuitBreakers.newBuilder().addThresholds(limits).build();
    }

    private static void outlierDetection(TrafficPolicy.OutlierDetection detection, Cluster.Builder cluster) {
        OutlierDetection.Builder built = OutlierDetection.newBuilder();
        detection.consecutive5xxErrors().ifPresent(count -> {
            built.setConsecutive5Xx(Wire.uint(count));
            built.setEnforcingConsecutive5Xx(Wire.uint(count == 0 ? 0 : 100));
        });
        detection.consecutiveGatewayErrors().ifPresent(count -> {
            built.setConsecutiveGatewayFailure(Wire.uint(count));
            built.setEnforcingConsecutiveGatewayFailure(Wire.uint(count == 0 ? 0 : 100));
        });
        // Istio has no ejection by success rate.
        built.setEnforcingSuccessRate(Wire.uint(0));
        if (detection.splitExternalLocalOriginErrors()) {
            built.setSplitExternalLocalOriginErrors(true);
            detection.consecutiveLocalOriginFailures().ifPresent(count -> {
                built.setConsecutiveLocalOriginFailure(Wire.uint(count));
                built.setEnforcingConsecutiveLocalOriginFailure(Wire.uint(count == 0 ? 0 : 100));
            });
            built.setEnforcingLocalOriginSuccessRate(Wire.uint(0));
        }
        detection.interval().ifPresent(interval -> built.setInterval(Wire.duration(interval)));
        detection.baseEjectionTime().ifPresent(time -> built.setBaseEjectionTime(Wire.duration(time)));
        detection.maxEjectionPercent().ifPresent(percent -> built.setMaxEjectionPercent(Wire.uint(percent)));
        cluster.setOutlierDetection(built);
        cluster.setCommonLbConfig(Cluster.CommonLbConfig.newBuilder()
                .setHealthyPanicThreshold(Percent.newBuilder()
                        .setValue(detection.minHealthPercent().orElse(0))));
    }

    private static TcpKeepalive keepAlive(TrafficPolicy.KeepAlive probes) {
        TcpKeepalive.Builder built = TcpKeepalive.newBuilder();
        probes.probes().ifPresent(count -> built.setKeepaliveProbes(Wire.uint(count)));
        probes.time().ifPresent(time -> built.setKeepaliveTime(Wire.uint((int) time.toSeconds())));
        probes.interval().ifPresent(time -> built.setKeepaliveInterval(Wire.uint((int) time.toSeconds())));
        return built.build();
    }

    /** Which HTTP goes to a cluster. */
    private enum Spoken {
        HTTP1,
        HTTP2,
        /** The one in which the request came. */
        AS_CALLER
    }

    /** Between proxies HTTP/2; else as declared, and as the caller does where that leaves a choice. */
    private Optional<Spoken> spoken(OutboundTarget target) {
        boolean originates = originates(target.policy());
        return switch (target.declared().protocol()) {
            case HTTP2, GRPC -> Optional.of(Spoken.HTTP2);
            case HTTP, AUTO ->
                Optional.of(originates ? Spoken.HTTP1 : everyEndpointMutual(target) ? Spoken.HTTP2 : Spoken.AS_CALLER);
            case TLS -> originates ? Optional.of(Spoken.HTTP1) : Optional.empty();
            case TCP, UDP -> Optional.empty();
        };
    }

    /** A service without endpoints counts as meshed, so that its cluster does not change when the first one comes. */
    private boolean everyEndpointMutual(OutboundTarget target) {
        if (mode(target.policy()).equals(Optional.of(TrafficPolicy.TlsMode.DISABLE))) {
            return false;
        }
        return target.endpoints().isEmpty()
                ? !target.service().external()
                : target.endpoints().stream().allMatch(endpoint -> mutual(endpoint, target.port()));
    }

    private boolean mutual(ServiceEndpoint endpoint, int servicePort) {
        return endpoints.mutual(endpoint, endpoint.ports().getOrDefault(servicePort, servicePort));
    }

    private static Optional<TrafficPolicy.TlsMode> mode(TrafficPolicy policy) {
        return policy.tls().map(TrafficPolicy.ClientTls::mode);
    }

    private static boolean originates(TrafficPolicy policy) {
        return mode(policy)
                .map(mode -> mode == TrafficPolicy.TlsMode.SIMPLE || mode == TrafficPolicy.TlsMode.MUTUAL)
                .orElse(false);
    }

    private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions options(
            Spoken spoken, Optional<TrafficPolicy.ConnectionPool> pool) {
        var options = io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder();
        switch (spoken) {
            case HTTP1 ->
                options.getExplicitHttpConfigBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
            case HTTP2 ->
                options.getExplicitHttpConfigBuilder()
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
            case AS_CALLER ->
                options.getUseDownstreamProtocolConfigBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
        }
        HttpProtocolOptions.Builder common = HttpProtocolOptions.newBuilder();
        pool.flatMap(TrafficPolicy.ConnectionPool::httpIdleTimeout)
                .ifPresent(timeout -> common.setIdleTimeout(Wire.duration(timeout)));
        pool.ifPresent(limits -> limits.maxRequestsPerConnection()
                .ifPresent(count -> common.setMaxRequestsPerConnection(Wire.uint(count))));
        if (!common.build().equals(HttpProtocolOptions.getDefaultInstance())) {
            options.setCommonHttpProtocolOptions(common);
        }
        return options.build();
    }

    private void security(Cluster.Builder built, OutboundTarget target, Optional<Spoken> spoken) {
        List<String> alpn = alpn(target, spoken);
        Optional<TrafficPolicy.ClientTls> tls = target.policy().tls();
        MeshService service = target.service();
        if (tls.isEmpty()) {
            boolean mesh = !service.external() || service.meshed();
            if (mesh && service.resolution() == ServiceEntry.Resolution.STATIC) {
                built.addTransportSocketMatches(Cluster.TransportSocketMatch.newBuilder()
                        .setName("mutual")
                        .setMatch(Struct.newBuilder().putFields("tls", Wire.text("mutual")))
                        .setTransportSocket(mutual(target, List.of(), Optional.empty(), alpn)));
                built.addTransportSocketMatches(Cluster.TransportSocketMatch.newBuilder()
                        .setName("plaintext")
                        .setMatch(Struct.getDefaultInstance())
                        .setTransportSocket(TransportSecurity.plaintext()));
            }
            return;
        }
        TrafficPolicy.ClientTls said = tls.get();
        switch (said.mode()) {
            case DISABLE -> built.setTransportSocket(TransportSecurity.plaintext());
            case ISTIO_MUTUAL -> built.setTransportSocket(mutual(target, said.subjectAltNames(), said.sni(), alpn));
            case SIMPLE, MUTUAL -> {
                String host = service.host().startsWith("*") ? "" : service.host();
                List<String> names =
                        said.subjectAltNames().isEmpty() ? service.subjectAltNames() : said.subjectAltNames();
                built.setTransportSocket(TransportSecurity.client(
                        view.settings(), said, said.sni().orElse(host), names, alpn));
            }
        }
    }

    private io.envoyproxy.envoy.config.core.v3.TransportSocket mutual(
            OutboundTarget target, List<String> names, Optional<String> serverName, List<String> alpn) {
        TreeSet<String> identities =
                new TreeSet<>(names.isEmpty() ? target.service().subjectAltNames() : names);
        if (identities.isEmpty()) {
            // Those of the whole service, not of the subset alone, so that a subset that empties and fills keeps its
            // TLS.
            for (ServiceEndpoint endpoint : target.service().endpoints()) {
                endpoint.serviceAccount()
                        .ifPresent(account -> identities.add(view.settings().spiffeId(endpoint.namespace(), account)));
            }
        }
        return TransportSecurity.mutualClient(
                view.settings(), identities, serverName.orElse(target.cluster().serverName()), alpn);
    }

    /** Empty where a cluster carries both requests and bytes: then what is carried decides. */
    private static List<String> alpn(OutboundTarget target, Optional<Spoken> spoken) {
        if (originates(target.policy())) {
            return spoken.map(value -> switch (value) {
                        case HTTP1, AS_CALLER -> List.of("http/1.1");
                        case HTTP2 -> List.of("h2");
                    })
                    .orElse(List.of());
        }
        return switch (target.declared().protocol()) {
            case HTTP2, GRPC -> H2_OF_THE_MESH;
            case HTTP -> spoken.equals(Optional.of(Spoken.HTTP2)) ? HTTP_OF_THE_MESH : List.of();
            case AUTO -> List.of();
            case TLS, TCP, UDP -> List.of("istio");
        };
    }

    private static Metadata outboundMetadata(OutboundTarget target) {
        Optional<DestinationRule> rule = target.rule();
        if (rule.isEmpty()) {
            return metadata(
                    List.of(target.service()),
                    Optional.of(target.service().origin()),
                    "",
                    target.service().origin().line());
        }
        Origin origin = rule.get().origin();
        if (target.subset().isEmpty()) {
            return metadata(List.of(target.service()), Optional.of(origin), "", origin.line());
        }
        DestinationRule.Subset subset = target.subset().get();
        return metadata(
                List.of(target.service()),
                Optional.of(origin),
                "subsets[" + rule.get().subsets().indexOf(subset) + "]",
                subset.line());
    }

    private static Metadata metadata(List<MeshService> services, Optional<Origin> origin, String rule, int line) {
        ListValue.Builder list = ListValue.newBuilder();
        for (MeshService service : services) {
            list.addValues(Value.newBuilder()
                    .setStructValue(Struct.newBuilder()
                            .putFields("host", Wire.text(service.host()))
                            .putFields("name", Wire.text(service.name()))
                            .putFields("namespace", Wire.text(service.namespace()))));
        }
        Metadata.Builder metadata = Metadata.newBuilder();
        if (!services.isEmpty()) {
            metadata.putFilterMetadata(
                    "istio",
                    Struct.newBuilder()
                            .putFields(
                                    "services",
                                    Value.newBuilder().setListValue(list).build())
                            .build());
        }
        origin.ifPresent(found ->
                metadata.putFilterMetadata("riser", Wire.originStruct(found, rule, line == 0 ? found.line() : line)));
        return metadata.build();
    }
}
