package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.riser.proxy.balance.BalanceSettings;
import dev.riser.proxy.balance.CircuitBreakerLimits;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.balance.OutlierSettings;
import dev.riser.proxy.snapshot.CompiledCluster.Discovery;
import dev.riser.proxy.snapshot.CompiledCluster.DnsSettings;
import dev.riser.proxy.snapshot.CompiledCluster.HttpVersion;
import dev.riser.proxy.snapshot.CompiledCluster.ServiceName;
import dev.riser.proxy.snapshot.CompiledCluster.SocketKeepalive;
import dev.riser.proxy.snapshot.CompiledCluster.TransportMatch;
import dev.riser.proxy.snapshot.CompiledCluster.UpstreamHttp;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.RuntimeDouble;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Compiles clusters. */
final class ClusterCompiler {
    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /** Where the configuration is silent. Source: Envoy. */
    private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofHours(1);
    private static final int DEFAULT_RESPONSE_HEADERS_KILOBYTES = 60;

    private final Inspection inspection;
    private final TlsCompiler tls;
    private final HttpOptionsCompiler httpOptions;

    ClusterCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.tls = new TlsCompiler(inspection);
        this.httpOptions = new HttpOptionsCompiler(inspection);
    }

    /** HTTP settings, gathered from the old fields and the new message. */
    private static final class Http {
        HttpVersion version = HttpVersion.HTTP1;
        Http1Settings http1 = Http1Settings.DEFAULT;
        Http2Settings http2 = Http2Settings.DEFAULT;
        Duration idleTimeout = DEFAULT_IDLE_TIMEOUT;
        Duration maxConnectionDuration = Duration.ZERO;
        Duration maxStreamDuration = Duration.ZERO;
        int maxRequestsPerConnection;
        int maxResponseHeadersKilobytes = DEFAULT_RESPONSE_HEADERS_KILOBYTES;
        boolean autoServerName;
        boolean verifyAutoServerName;
    }

    CompiledCluster compile(Cluster cluster) {
        // Of these, statistics, buffer sizes and merge windows change no outcome; active health is not checked at all.
        inspection.only(
                cluster,
                "",
                Set.of(
                        "transport_socket_matches",
                        "name",
                        "alt_stat_name",
                        "type",
                        "eds_cluster_config",
                        "connect_timeout",
                        "per_connection_buffer_limit_bytes",
                        "lb_policy",
                        "load_assignment",
                        "max_requests_per_connection",
                        "circuit_breakers",
                        "upstream_http_protocol_options",
                        "common_http_protocol_options",
                        "http_protocol_options",
                        "http2_protocol_options",
                        "typed_extension_protocol_options",
                        "dns_refresh_rate",
                        "respect_dns_ttl",
                        "dns_lookup_family",
                        "outlier_detection",
                        "original_dst_lb_config",
                        "least_request_lb_config",
                        "round_robin_lb_config",
                        "common_lb_config",
                        "transport_socket",
                        "metadata",
                        "protocol_selection",
                        "ignore_health_on_host_removal",
                        "load_balancing_policy",
                        "track_timeout_budgets",
                        "track_cluster_stats",
                        "upstream_connection_options",
                        "connection_pool_per_downstream_connection"));
        if (cluster.getName().isEmpty()) {
            inspection.reject("name", "is empty");
        }
        Http http = http(cluster);
        List<TransportMatch> matches = new ArrayList<>();
        for (int i = 0; i < cluster.getTransportSocketMatchesCount(); i++) {
            var match = cluster.getTransportSocketMatches(i);
            String at = at("", "transport_socket_matches", i);
            inspection.only(match, at, Set.of("name", "match", "transport_socket"));
            Map<String, String> labels = EndpointCompiler.strings(match.getMatch());
            if (labels.size() != match.getMatch().getFieldsCount()) {
                inspection.reject(at(at, "match"), "this proxy compares only strings");
            }
            matches.add(new TransportMatch(
                    match.getName(), labels, tls.upstream(match.getTransportSocket(), at(at, "transport_socket"))));
        }
        return new CompiledCluster(
                cluster.getName(),
                discovery(cluster),
                cluster.hasConnectTimeout() ? connectTimeout(cluster.getConnectTimeout()) : DEFAULT_CONNECT_TIMEOUT,
                balance(cluster),
                new UpstreamHttp(http.version, http.http1, http.http2),
                cluster.hasTransportSocket()
                        ? tls.upstream(cluster.getTransportSocket(), "transport_socket")
                        : UpstreamTransport.Plaintext.INSTANCE,
                matches,
                http.idleTimeout,
                http.maxConnectionDuration,
                http.maxRequestsPerConnection,
                http.maxStreamDuration,
                http.maxResponseHeadersKilobytes,
                keepalive(cluster),
                cluster.getConnectionPoolPerDownstreamConnection(),
                http.autoServerName,
                http.verifyAutoServerName,
                dns(cluster),
                services(cluster.getMetadata()),
                Inspection.origin(cluster.getMetadata()));
    }

    private Duration connectTimeout(com.google.protobuf.Duration given) {
        Duration timeout = inspection.duration(given, "connect_timeout");
        if (timeout.isZero()) {
            inspection.reject("connect_timeout", "must be more than nothing");
        }
        return timeout;
    }

    private Discovery discovery(Cluster cluster) {
        if (cluster.hasEdsClusterConfig() && cluster.getType() != Cluster.DiscoveryType.EDS) {
            inspection.reject("eds_cluster_config", "the type is not EDS");
        }
        if (cluster.hasOriginalDstLbConfig() && cluster.getType() != Cluster.DiscoveryType.ORIGINAL_DST) {
            inspection.reject("original_dst_lb_config", "the type is not ORIGINAL_DST");
        }
        boolean provided = cluster.getLbPolicy() == Cluster.LbPolicy.CLUSTER_PROVIDED;
        if (provided != (cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST)) {
            inspection.reject("lb_policy", "CLUSTER_PROVIDED and the type ORIGINAL_DST go together");
        }
        return switch (cluster.getType()) {
            case STATIC -> new CompiledCluster.Static(endpoints(cluster, EndpointCompiler.Names.REJECTED));
            case STRICT_DNS -> new CompiledCluster.StrictDns(endpoints(cluster, EndpointCompiler.Names.ALLOWED));
            case LOGICAL_DNS -> {
                EndpointSet endpoints = endpoints(cluster, EndpointCompiler.Names.ALLOWED);
                if (endpoints.size() != 1) {
                    inspection.reject("load_assignment", "LOGICAL_DNS needs exactly one endpoint");
                }
                yield new CompiledCluster.LogicalDns(endpoints);
            }
            case EDS -> {
                if (cluster.hasLoadAssignment()) {
                    inspection.reject("load_assignment", "the type EDS gets its endpoints elsewhere");
                }
                var config = cluster.getEdsClusterConfig();
                inspection.only(config, "eds_cluster_config", Set.of("eds_config", "service_name"));
                TlsCompiler.aggregated(
                        config.getEdsConfig(), config.hasEdsConfig(), "eds_cluster_config.eds_config", inspection);
                yield new CompiledCluster.ByName(
                        config.getServiceName().isEmpty() ? cluster.getName() : config.getServiceName());
            }
            case ORIGINAL_DST -> {
                if (cluster.hasLoadAssignment()) {
                    inspection.reject("load_assignment", "the type ORIGINAL_DST makes its endpoints itself");
                }
                var config = cluster.getOriginalDstLbConfig();
                inspection.only(config, "original_dst_lb_config", Set.of("upstream_port_override"));
                yield new CompiledCluster.OriginalDestination(inspection.atMost(
                        config.getUpstreamPortOverride().getValue(),
                        65535,
                        "original_dst_lb_config.upstream_port_override"));
            }
            case UNRECOGNIZED -> throw new Inspection.Unusable("type", "is unknown");
        };
    }

    private EndpointSet endpoints(Cluster cluster, EndpointCompiler.Names names) {
        ClusterLoadAssignment assignment = cluster.getLoadAssignment();
        EndpointSet compiled = new EndpointCompiler(inspection).compile(assignment, "load_assignment", names);
        return new EndpointSet(
                cluster.getName(), compiled.groups(), compiled.overprovisioningPercent(), compiled.drops());
    }

    private BalanceSettings balance(Cluster cluster) {
        boolean[] localityWeighted = {false};
        BalanceSettings.Policy policy = policy(cluster, localityWeighted);
        var common = cluster.getCommonLbConfig();
        inspection.only(
                common,
                "common_lb_config",
                Set.of("healthy_panic_threshold", "locality_weighted_lb_config", "update_merge_window"));
        int panic = BalanceSettings.DEFAULT.panicPercent();
        if (common.hasHealthyPanicThreshold()) {
            double given = common.getHealthyPanicThreshold().getValue();
            if (given < 0 || given > 100) {
                inspection.reject("common_lb_config.healthy_panic_threshold", "is not between 0 and 100");
            }
            panic = (int) given;
        }
        CircuitBreakerLimits ordinary = CircuitBreakerLimits.DEFAULT;
        CircuitBreakerLimits high = CircuitBreakerLimits.DEFAULT;
        CircuitBreakers breakers = cluster.getCircuitBreakers();
        inspection.only(breakers, "circuit_breakers", Set.of("thresholds"));
        for (int i = breakers.getThresholdsCount() - 1; i >= 0; i--) {
            CircuitBreakers.Thresholds thresholds = breakers.getThresholds(i);
            CircuitBreakerLimits limits = limits(thresholds, at("circuit_breakers", "thresholds", i));
            switch (thresholds.getPriority()) {
                case DEFAULT -> ordinary = limits;
                case HIGH -> high = limits;
                case UNRECOGNIZED -> inspection.reject(at("circuit_breakers", "thresholds", i), "unknown priority");
            }
        }
        return new BalanceSettings(
                policy,
                panic,
                localityWeighted[0] || common.hasLocalityWeightedLbConfig(),
                ordinary,
                high,
                cluster.hasOutlierDetection() ? outlier(cluster.getOutlierDetection()) : null);
    }

    private BalanceSettings.Policy policy(Cluster cluster, boolean[] localityWeighted) {
        if (cluster.hasLoadBalancingPolicy()) {
            return extension(cluster, localityWeighted);
        }
        if (cluster.hasRoundRobinLbConfig()) {
            inspection.only(cluster.getRoundRobinLbConfig(), "round_robin_lb_config", Set.of());
        }
        return switch (cluster.getLbPolicy()) {
            case ROUND_ROBIN -> new BalanceSettings.RoundRobin();
            case RANDOM -> new BalanceSettings.Random();
            case LEAST_REQUEST -> {
                var config = cluster.getLeastRequestLbConfig();
                inspection.only(config, "least_request_lb_config", Set.of("choice_count", "active_request_bias"));
                bias(config.getActiveRequestBias(), config.hasActiveRequestBias(), "least_request_lb_config");
                yield leastRequest(config.getChoiceCount(), config.hasChoiceCount(), "least_request_lb_config");
            }
            case CLUSTER_PROVIDED -> new BalanceSettings.OriginalDestination();
            case RING_HASH, MAGLEV ->
                throw new Inspection.Unusable(
                        "lb_policy",
                        "this proxy has no consistent hashing (" + cluster.getLbPolicy()
                                + "); it has ROUND_ROBIN, RANDOM and LEAST_REQUEST");
            case LOAD_BALANCING_POLICY_CONFIG, UNRECOGNIZED ->
                throw new Inspection.Unusable("lb_policy", "is none that this proxy knows");
        };
    }

    /** The first policy of the list that we know, as the field asks for. */
    private BalanceSettings.Policy extension(Cluster cluster, boolean[] localityWeighted) {
        var policies = cluster.getLoadBalancingPolicy();
        inspection.only(policies, "load_balancing_policy", Set.of("policies"));
        for (int i = 0; i < policies.getPoliciesCount(); i++) {
            String path = at("load_balancing_policy", "policies", i);
            inspection.only(policies.getPolicies(i), path, Set.of("typed_extension_config"));
            Any config = policies.getPolicies(i).getTypedExtensionConfig().getTypedConfig();
            String at = at(path, "typed_extension_config.typed_config");
            switch (Inspection.typeOf(config)) {
                case "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin" -> {
                    RoundRobin roundRobin = inspection.unpack(config, RoundRobin.class, at);
                    inspection.only(roundRobin, at, Set.of("locality_lb_config"));
                    localityWeighted[0] = locality(roundRobin.getLocalityLbConfig(), at);
                    return new BalanceSettings.RoundRobin();
                }
                case "envoy.extensions.load_balancing_policies.random.v3.Random" -> {
                    Random random = inspection.unpack(config, Random.class, at);
                    inspection.only(random, at, Set.of("locality_lb_config"));
                    localityWeighted[0] = locality(random.getLocalityLbConfig(), at);
                    return new BalanceSettings.Random();
                }
                case "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest" -> {
                    LeastRequest least = inspection.unpack(config, LeastRequest.class, at);
                    inspection.only(least, at, Set.of("choice_count", "active_request_bias", "locality_lb_config"));
                    localityWeighted[0] = locality(least.getLocalityLbConfig(), at);
                    bias(least.getActiveRequestBias(), least.hasActiveRequestBias(), at);
                    return leastRequest(least.getChoiceCount(), least.hasChoiceCount(), at);
                }
                default -> {}
            }
        }
        throw new Inspection.Unusable(
                "load_balancing_policy", "has no policy that this proxy knows: round_robin, random or least_request");
    }

    private boolean locality(LocalityLbConfig config, String path) {
        inspection.only(config, at(path, "locality_lb_config"), Set.of("locality_weighted_lb_config"));
        return config.hasLocalityWeightedLbConfig();
    }

    private void bias(RuntimeDouble bias, boolean given, String path) {
        if (given && bias.getDefaultValue() != 1.0) {
            inspection.reject(at(path, "active_request_bias"), "this proxy knows only 1.0");
        }
    }

    private BalanceSettings.LeastRequest leastRequest(UInt32Value choices, boolean given, String path) {
        int count = given ? Inspection.count(choices.getValue()) : 2;
        if (count < 2) {
            inspection.reject(at(path, "choice_count"), "is less than 2");
        }
        return new BalanceSettings.LeastRequest(Math.clamp(count, 2, 100));
    }

    private CircuitBreakerLimits limits(CircuitBreakers.Thresholds thresholds, String path) {
        inspection.only(
                thresholds,
                path,
                Set.of(
                        "priority",
                        "max_connections",
                        "max_pending_requests",
                        "max_requests",
                        "max_retries",
                        "retry_budget",
                        "track_remaining"));
        CircuitBreakerLimits defaults = CircuitBreakerLimits.DEFAULT;
        CircuitBreakerLimits.RetryBudget budget = null;
        if (thresholds.hasRetryBudget()) {
            var given = thresholds.getRetryBudget();
            inspection.only(given, at(path, "retry_budget"), Set.of("budget_percent", "min_retry_concurrency"));
            double percent = given.hasBudgetPercent() ? given.getBudgetPercent().getValue() : 20;
            if (percent < 0 || percent > 100) {
                inspection.reject(at(path, "retry_budget.budget_percent"), "is not between 0 and 100");
            }
            budget = new CircuitBreakerLimits.RetryBudget(
                    percent, count(given.getMinRetryConcurrency(), given.hasMinRetryConcurrency(), 3));
        }
        return new CircuitBreakerLimits(
                count(thresholds.getMaxConnections(), thresholds.hasMaxConnections(), defaults.connections()),
                count(thresholds.getMaxPendingRequests(), thresholds.hasMaxPendingRequests(), defaults.pending()),
                count(thresholds.getMaxRequests(), thresholds.hasMaxRequests(), defaults.requests()),
                count(thresholds.getMaxRetries(), thresholds.hasMaxRetries(), defaults.retries()),
                budget);
    }

    private static int count(UInt32Value value, boolean given, int otherwise) {
        return given ? Inspection.count(value.getValue()) : otherwise;
    }

    private OutlierSettings outlier(OutlierDetection outlier) {
        String path = "outlier_detection";
        // There are no active checks that could bring an endpoint back early.
        inspection.only(
                outlier,
                path,
                Set.of(
                        "consecutive_5xx",
                        "interval",
                        "base_ejection_time",
                        "max_ejection_percent",
                        "enforcing_consecutive_5xx",
                        "enforcing_success_rate",
                        "success_rate_minimum_hosts",
                        "success_rate_request_volume",
                        "success_rate_stdev_factor",
                        "consecutive_gateway_failure",
                        "enforcing_consecutive_gateway_failure",
                        "split_external_local_origin_errors",
                        "consecutive_local_origin_failure",
                        "enforcing_consecutive_local_origin_failure",
                        "enforcing_local_origin_success_rate",
                        "failure_percentage_threshold",
                        "enforcing_failure_percentage",
                        "enforcing_failure_percentage_local_origin",
                        "failure_percentage_minimum_hosts",
                        "failure_percentage_request_volume",
                        "max_ejection_time",
                        "max_ejection_time_jitter",
                        "successful_active_health_check_uneject_host",
                        "always_eject_one_host"));
        if (outlier.getEnforcingLocalOriginSuccessRate().getValue() > 0) {
            inspection.reject(
                    at(path, "enforcing_local_origin_success_rate"),
                    "success rates are of responses and local failures together");
        }
        if (outlier.getEnforcingFailurePercentageLocalOrigin().getValue() > 0) {
            inspection.reject(
                    at(path, "enforcing_failure_percentage_local_origin"),
                    "failure percentages are of responses and local failures together");
        }
        OutlierSettings defaults = OutlierSettings.DEFAULT;
        Duration base = outlier.hasBaseEjectionTime()
                ? positive(outlier.getBaseEjectionTime(), at(path, "base_ejection_time"))
                : defaults.baseEjectionTime();
        return new OutlierSettings(
                count(outlier.getConsecutive5Xx(), outlier.hasConsecutive5Xx(), defaults.consecutiveServerErrors()),
                percent(
                        outlier.getEnforcingConsecutive5Xx(),
                        outlier.hasEnforcingConsecutive5Xx(),
                        defaults.enforceServerErrors(),
                        at(path, "enforcing_consecutive_5xx")),
                count(
                        outlier.getConsecutiveGatewayFailure(),
                        outlier.hasConsecutiveGatewayFailure(),
                        defaults.consecutiveGatewayErrors()),
                percent(
                        outlier.getEnforcingConsecutiveGatewayFailure(),
                        outlier.hasEnforcingConsecutiveGatewayFailure(),
                        defaults.enforceGatewayErrors(),
                        at(path, "enforcing_consecutive_gateway_failure")),
                outlier.getSplitExternalLocalOriginErrors(),
                count(
                        outlier.getConsecutiveLocalOriginFailure(),
                        outlier.hasConsecutiveLocalOriginFailure(),
                        defaults.consecutiveLocalOrigin()),
                percent(
                        outlier.getEnforcingConsecutiveLocalOriginFailure(),
                        outlier.hasEnforcingConsecutiveLocalOriginFailure(),
                        defaults.enforceLocalOrigin(),
                        at(path, "enforcing_consecutive_local_origin_failure")),
                outlier.hasInterval() ? positive(outlier.getInterval(), at(path, "interval")) : defaults.interval(),
                base,
                outlier.hasMaxEjectionTime()
                        ? positive(outlier.getMaxEjectionTime(), at(path, "max_ejection_time"))
                        : defaults.maxEjectionTime(),
                inspection.duration(outlier.getMaxEjectionTimeJitter(), at(path, "max_ejection_time_jitter")),
                percent(
                        outlier.getMaxEjectionPercent(),
                        outlier.hasMaxEjectionPercent(),
                        defaults.maxEjectionPercent(),
                        at(path, "max_ejection_percent")),
                outlier.getAlwaysEjectOneHost().getValue(),
                new OutlierSettings.SuccessRate(
                        percent(
                                outlier.getEnforcingSuccessRate(),
                                outlier.hasEnforcingSuccessRate(),
                                defaults.successRate().enforce(),
                                at(path, "enforcing_success_rate")),
                        count(
                                outlier.getSuccessRateMinimumHosts(),
                                outlier.hasSuccessRateMinimumHosts(),
                                defaults.successRate().minimumHosts()),
                        count(
                                outlier.getSuccessRateRequestVolume(),
                                outlier.hasSuccessRateRequestVolume(),
                                defaults.successRate().minimumRequests()),
                        count(
                                outlier.getSuccessRateStdevFactor(),
                                outlier.hasSuccessRateStdevFactor(),
                                defaults.successRate().deviationThousandths())),
                new OutlierSettings.FailurePercentage(
                        percent(
                                outlier.getEnforcingFailurePercentage(),
                                outlier.hasEnforcingFailurePercentage(),
                                defaults.failurePercentage().enforce(),
                                at(path, "enforcing_failure_percentage")),
                        percent(
                                outlier.getFailurePercentageThreshold(),
                                outlier.hasFailurePercentageThreshold(),
                                defaults.failurePercentage().threshold(),
                                at(path, "failure_percentage_threshold")),
                        count(
                                outlier.getFailurePercentageMinimumHosts(),
                                outlier.hasFailurePercentageMinimumHosts(),
                                defaults.failurePercentage().minimumHosts()),
                        count(
                                outlier.getFailurePercentageRequestVolume(),
                                outlier.hasFailurePercentageRequestVolume(),
                                defaults.failurePercentage().minimumRequests())));
    }

    private Duration positive(com.google.protobuf.Duration given, String path) {
        Duration duration = inspection.duration(given, path);
        if (duration.isZero()) {
            inspection.reject(path, "must be more than nothing");
        }
        return duration;
    }

    private int percent(UInt32Value value, boolean given, int otherwise, String path) {
        return given ? inspection.atMost(value.getValue(), 100, path) : otherwise;
    }

    @SuppressWarnings("deprecation") // the old fields of the cluster are still sent and mean the same
    private Http http(Cluster cluster) {
        Http http = new Http();
        Map<String, Any> extensions = cluster.getTypedExtensionProtocolOptionsMap();
        for (Map.Entry<String, Any> extension : extensions.entrySet()) {
            String at = at("", "typed_extension_protocol_options", extension.getKey());
            if (!Inspection.typeOf(extension.getValue()).equals(HTTP_OPTIONS)) {
                inspection.reject(at, "this proxy knows only " + HTTP_OPTIONS);
                continue;
            }
            options(http, inspection.unpack(extension.getValue(), HttpProtocolOptions.class, at), at);
        }
        if (!extensions.isEmpty()) {
            Map<String, Boolean> old = new TreeMap<>();
            old.put("common_http_protocol_options", cluster.hasCommonHttpProtocolOptions());
            old.put("http_protocol_options", cluster.hasHttpProtocolOptions());
            old.put("http2_protocol_options", cluster.hasHttp2ProtocolOptions());
            old.put("upstream_http_protocol_options", cluster.hasUpstreamHttpProtocolOptions());
            old.forEach((field, set) -> {
                if (set) {
                    inspection.reject(field, "is set beside typed_extension_protocol_options");
                }
            });
            return http;
        }
        if (cluster.hasCommonHttpProtocolOptions()) {
            common(http, cluster.getCommonHttpProtocolOptions(), "common_http_protocol_options");
        }
        if (cluster.hasHttpProtocolOptions()) {
            http.http1 = httpOptions.http1(cluster.getHttpProtocolOptions(), "http_protocol_options");
        }
        if (cluster.hasHttp2ProtocolOptions()) {
            http.version = HttpVersion.HTTP2;
            http.http2 = httpOptions.http2(cluster.getHttp2ProtocolOptions(), "http2_protocol_options");
        }
        if (cluster.hasUpstreamHttpProtocolOptions()) {
            upstream(http, cluster.getUpstreamHttpProtocolOptions(), "upstream_http_protocol_options");
        }
        if (cluster.getProtocolSelection() == Cluster.ClusterProtocolSelection.USE_DOWNSTREAM_PROTOCOL) {
            http.version = HttpVersion.AS_DOWNSTREAM;
        }
        if (cluster.hasMaxRequestsPerConnection()) {
            http.maxRequestsPerConnection =
                    Inspection.count(cluster.getMaxRequestsPerConnection().getValue());
        }
        return http;
    }

    private void options(Http http, HttpProtocolOptions options, String path) {
        inspection.only(
                options,
                path,
                Set.of(
                        "common_http_protocol_options",
                        "upstream_http_protocol_options",
                        "explicit_http_config",
                        "use_downstream_protocol_config",
                        "auto_config"));
        if (options.hasCommonHttpProtocolOptions()) {
            common(http, options.getCommonHttpProtocolOptions(), at(path, "common_http_protocol_options"));
        }
        if (options.hasUpstreamHttpProtocolOptions()) {
            upstream(http, options.getUpstreamHttpProtocolOptions(), at(path, "upstream_http_protocol_options"));
        }
        switch (options.getUpstreamProtocolOptionsCase()) {
            case EXPLICIT_HTTP_CONFIG -> {
                var config = options.getExplicitHttpConfig();
                String at = at(path, "explicit_http_config");
                inspection.only(config, at, Set.of("http_protocol_options", "http2_protocol_options"));
                if (config.hasHttp2ProtocolOptions()) {
                    http.version = HttpVersion.HTTP2;
                    http.http2 = httpOptions.http2(config.getHttp2ProtocolOptions(), at(at, "http2_protocol_options"));
                } else {
                    http.version = HttpVersion.HTTP1;
                    http.http1 = httpOptions.http1(config.getHttpProtocolOptions(), at(at, "http_protocol_options"));
                }
            }
            case USE_DOWNSTREAM_PROTOCOL_CONFIG -> {
                var config = options.getUseDownstreamProtocolConfig();
                String at = at(path, "use_downstream_protocol_config");
                inspection.only(config, at, Set.of("http_protocol_options", "http2_protocol_options"));
                http.version = HttpVersion.AS_DOWNSTREAM;
                http.http1 = httpOptions.http1(config.getHttpProtocolOptions(), at(at, "http_protocol_options"));
                http.http2 = httpOptions.http2(config.getHttp2ProtocolOptions(), at(at, "http2_protocol_options"));
            }
            case AUTO_CONFIG -> {
                var config = options.getAutoConfig();
                String at = at(path, "auto_config");
                inspection.only(config, at, Set.of("http_protocol_options", "http2_protocol_options"));
                http.version = HttpVersion.NEGOTIATED;
                http.http1 = httpOptions.http1(config.getHttpProtocolOptions(), at(at, "http_protocol_options"));
                http.http2 = httpOptions.http2(config.getHttp2ProtocolOptions(), at(at, "http2_protocol_options"));
            }
            case UPSTREAMPROTOCOLOPTIONS_NOT_SET -> inspection.reject(path, "names no protocol");
        }
    }

    private void common(Http http, io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions options, String path) {
        inspection.only(
                options,
                path,
                Set.of(
                        "idle_timeout",
                        "max_connection_duration",
                        "max_response_headers_kb",
                        "max_stream_duration",
                        "max_requests_per_connection"));
        if (options.hasIdleTimeout()) {
            http.idleTimeout = inspection.duration(options.getIdleTimeout(), at(path, "idle_timeout"));
        }
        http.maxConnectionDuration =
                inspection.duration(options.getMaxConnectionDuration(), at(path, "max_connection_duration"));
        http.maxStreamDuration = inspection.duration(options.getMaxStreamDuration(), at(path, "max_stream_duration"));
        http.maxRequestsPerConnection =
                Inspection.count(options.getMaxRequestsPerConnection().getValue());
        if (options.hasMaxResponseHeadersKb()) {
            http.maxResponseHeadersKilobytes = inspection.atMost(
                    options.getMaxResponseHeadersKb().getValue(), 8192, at(path, "max_response_headers_kb"));
        }
    }

    private void upstream(
            Http http, io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions options, String path) {
        inspection.only(options, path, Set.of("auto_sni", "auto_san_validation"));
        http.autoServerName = options.getAutoSni();
        http.verifyAutoServerName = options.getAutoSanValidation();
    }

    private @org.jspecify.annotations.Nullable SocketKeepalive keepalive(Cluster cluster) {
        var options = cluster.getUpstreamConnectionOptions();
        inspection.only(options, "upstream_connection_options", Set.of("tcp_keepalive"));
        if (!options.hasTcpKeepalive()) {
            return null;
        }
        var keepalive = options.getTcpKeepalive();
        inspection.only(
                keepalive,
                "upstream_connection_options.tcp_keepalive",
                Set.of("keepalive_probes", "keepalive_time", "keepalive_interval"));
        return new SocketKeepalive(
                Inspection.count(keepalive.getKeepaliveProbes().getValue()),
                Duration.ofSeconds(Inspection.count(keepalive.getKeepaliveTime().getValue())),
                Duration.ofSeconds(
                        Inspection.count(keepalive.getKeepaliveInterval().getValue())));
    }

    @SuppressWarnings("deprecation") // the old fields of DNS are still sent and mean the same
    private DnsSettings dns(Cluster cluster) {
        DnsSettings.Family family = switch (cluster.getDnsLookupFamily()) {
            case AUTO -> DnsSettings.Family.AUTO;
            case V4_ONLY -> DnsSettings.Family.V4_ONLY;
            case V6_ONLY -> DnsSettings.Family.V6_ONLY;
            case V4_PREFERRED -> DnsSettings.Family.V4_PREFERRED;
            case ALL -> DnsSettings.Family.ALL;
            case UNRECOGNIZED -> {
                inspection.reject("dns_lookup_family", "is unknown");
                yield DnsSettings.Family.AUTO;
            }
        };
        return new DnsSettings(
                family,
                cluster.hasDnsRefreshRate()
                        ? positive(cluster.getDnsRefreshRate(), "dns_refresh_rate")
                        : DnsSettings.DEFAULT.refreshRate(),
                cluster.getRespectDnsTtl());
    }

    private static List<ServiceName> services(Metadata metadata) {
        Struct istio = metadata.getFilterMetadataMap().get("istio");
        Value services = istio == null ? null : istio.getFieldsMap().get("services");
        List<ServiceName> names = new ArrayList<>();
        if (services != null) {
            for (Value service : services.getListValue().getValuesList()) {
                Struct fields = service.getStructValue();
                names.add(new ServiceName(
                        Inspection.text(fields, "host"),
                        Inspection.text(fields, "name"),
                        Inspection.text(fields, "namespace")));
            }
        }
        return names;
    }
}
