package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import dev.riser.proxy.route.Cors;
import dev.riser.proxy.route.Fault;
import dev.riser.proxy.route.FilterOverrides;
import dev.riser.proxy.route.FilterOverrides.AccessOverride;
import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.HeaderChanges;
import dev.riser.proxy.route.LocalRateLimit;
import dev.riser.proxy.route.StringMatch;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.type.v3.TokenBucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles the settings of HTTP filters, of the chain and of {@code typed_per_filter_config}. */
final class FilterOverrideCompiler {
    private static final Cors NO_CORS = new Cors(List.of(), "", "", "", "", null, false, true, Fraction.NONE);
    private static final LocalRateLimit NO_LIMIT =
            new LocalRateLimit("", 0, 0, Duration.ZERO, 429, Fraction.NONE, Fraction.NONE, false, HeaderChanges.NONE);

    private final Inspection inspection;
    private final MatcherCompiler matchers;

    FilterOverrideCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
    }

    FilterOverrides overrides(Map<String, Any> configs, String path) {
        FilterOverrides overrides = FilterOverrides.NONE;
        for (Map.Entry<String, Any> config : configs.entrySet()) {
            String at = at(path, "typed_per_filter_config", config.getKey());
            overrides = one(config.getKey(), config.getValue(), at).orElse(overrides);
        }
        return overrides;
    }

    private FilterOverrides one(String filter, Any config, String path) {
        String type = Inspection.typeOf(config);
        return switch (type) {
            case "envoy.config.route.v3.FilterConfig" -> {
                FilterConfig wrapper = inspection.unpack(config, FilterConfig.class, path);
                inspection.only(wrapper, path, Set.of("config", "disabled"));
                yield wrapper.getDisabled()
                        ? off(filter, wrapper.getConfig(), path)
                        : one(filter, wrapper.getConfig(), at(path, "config"));
            }
            case "envoy.extensions.filters.http.fault.v3.HTTPFault" ->
                new FilterOverrides(null, fault(inspection.unpack(config, HTTPFault.class, path), path), null, null);
            case "envoy.extensions.filters.http.cors.v3.CorsPolicy" ->
                new FilterOverrides(null, null, cors(inspection.unpack(config, CorsPolicy.class, path), path), null);
            case "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit" ->
                new FilterOverrides(
                        null,
                        null,
                        null,
                        rateLimit(
                                inspection.unpack(
                                        config,
                                        io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
                                                .class,
                                        path),
                                path));
            case "envoy.extensions.filters.http.rbac.v3.RBACPerRoute" -> {
                RBACPerRoute perRoute = inspection.unpack(config, RBACPerRoute.class, path);
                inspection.only(perRoute, path, Set.of("rbac"));
                AccessOverride access = perRoute.hasRbac()
                        ? new RbacCompiler(inspection).http(perRoute.getRbac(), at(path, "rbac"))
                        : new AccessOverride.Off();
                yield new FilterOverrides(access, null, null, null);
            }
            default -> {
                inspection.reject(path, "this proxy has no filter with the configuration " + type);
                yield FilterOverrides.NONE;
            }
        };
    }

    /** A filter that is switched off: known by its configuration or, without one, by its customary name. */
    private FilterOverrides off(String filter, Any config, String path) {
        String hint = Inspection.typeOf(config) + " " + filter;
        if (hint.contains(".http.rbac")) {
            return new FilterOverrides(new AccessOverride.Off(), null, null, null);
        }
        if (hint.contains(".http.fault")) {
            return new FilterOverrides(null, Fault.NONE, null, null);
        }
        if (hint.contains(".http.cors")) {
            return new FilterOverrides(null, null, NO_CORS, null);
        }
        if (hint.contains(".http.local_ratelimit")) {
            return new FilterOverrides(null, null, null, NO_LIMIT);
        }
        inspection.reject(path, "this proxy has no filter of this name that it could switch off");
        return FilterOverrides.NONE;
    }

    Fault fault(HTTPFault fault, String path) {
        // Statistics of clients (disable_downstream_cluster_stats) and runtime keys do not exist here.
        inspection.only(
                fault,
                path,
                Set.of(
                        "delay",
                        "abort",
                        "upstream_cluster",
                        "headers",
                        "max_active_faults",
                        "disable_downstream_cluster_stats"));
        Duration delay = Duration.ZERO;
        Fraction delayed = Fraction.NONE;
        if (fault.hasDelay()) {
            FaultDelay given = fault.getDelay();
            inspection.only(given, at(path, "delay"), Set.of("fixed_delay", "percentage"));
            delay = inspection.duration(given.getFixedDelay(), at(path, "delay.fixed_delay"));
            delayed = matchers.fraction(given.getPercentage(), at(path, "delay.percentage"));
        }
        int status = 0;
        int grpcStatus = -1;
        Fraction aborted = Fraction.NONE;
        if (fault.hasAbort()) {
            FaultAbort given = fault.getAbort();
            inspection.only(given, at(path, "abort"), Set.of("http_status", "grpc_status", "percentage"));
            aborted = matchers.fraction(given.getPercentage(), at(path, "abort.percentage"));
            if (given.hasHttpStatus()) {
                status = given.getHttpStatus();
                if (status < 200 || status > 599) {
                    inspection.reject(at(path, "abort.http_status"), "is not between 200 and 599");
                }
            }
            if (given.hasGrpcStatus()) {
                grpcStatus = inspection.atMost(given.getGrpcStatus(), 16, at(path, "abort.grpc_status"));
            }
        }
        long maxActive = fault.hasMaxActiveFaults()
                ? Integer.toUnsignedLong(fault.getMaxActiveFaults().getValue())
                : Long.MAX_VALUE;
        return new Fault(
                delay,
                delayed,
                status,
                grpcStatus,
                aborted,
                matchers.headers(fault.getHeadersList(), path, "headers"),
                fault.getUpstreamCluster(),
                maxActive);
    }

    private Cors cors(CorsPolicy cors, String path) {
        inspection.only(
                cors,
                path,
                Set.of(
                        "allow_origin_string_match",
                        "allow_methods",
                        "allow_headers",
                        "expose_headers",
                        "max_age",
                        "allow_credentials",
                        "filter_enabled",
                        "allow_private_network_access",
                        "forward_not_matching_preflights"));
        List<StringMatch> origins = new ArrayList<>();
        for (int i = 0; i < cors.getAllowOriginStringMatchCount(); i++) {
            origins.add(matchers.string(cors.getAllowOriginStringMatch(i), at(path, "allow_origin_string_match", i)));
        }
        return new Cors(
                origins,
                cors.getAllowMethods(),
                cors.getAllowHeaders(),
                cors.getExposeHeaders(),
                cors.getMaxAge(),
                cors.hasAllowCredentials() ? cors.getAllowCredentials().getValue() : null,
                cors.getAllowPrivateNetworkAccess().getValue(),
                !cors.hasForwardNotMatchingPreflights()
                        || cors.getForwardNotMatchingPreflights().getValue(),
                cors.hasFilterEnabled()
                        ? matchers.fraction(cors.getFilterEnabled(), at(path, "filter_enabled"))
                        : Fraction.ALL);
    }

    LocalRateLimit rateLimit(
            io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit limit, String path) {
        inspection.only(
                limit,
                path,
                Set.of(
                        "stat_prefix",
                        "status",
                        "token_bucket",
                        "filter_enabled",
                        "filter_enforced",
                        "response_headers_to_add",
                        "local_rate_limit_per_downstream_connection"));
        int status = limit.hasStatus() ? limit.getStatus().getCodeValue() : 429;
        if (status < 400 || status > 599) {
            status = 429;
        }
        TokenBucket bucket = limit.getTokenBucket();
        String bucketPath = at(path, "token_bucket");
        inspection.only(bucket, bucketPath, Set.of("max_tokens", "tokens_per_fill", "fill_interval"));
        Duration interval = inspection.duration(bucket.getFillInterval(), at(bucketPath, "fill_interval"));
        if (limit.hasTokenBucket() && interval.toMillis() < 50) {
            inspection.reject(at(bucketPath, "fill_interval"), "is less than 50 ms");
        }
        if (limit.hasTokenBucket() && bucket.getMaxTokens() <= 0) {
            inspection.reject(at(bucketPath, "max_tokens"), "is not between 1 and 2147483647");
        }
        return new LocalRateLimit(
                limit.getStatPrefix(),
                bucket.getMaxTokens(),
                bucket.hasTokensPerFill() ? bucket.getTokensPerFill().getValue() : 1,
                interval,
                status,
                limit.hasFilterEnabled()
                        ? matchers.fraction(limit.getFilterEnabled(), at(path, "filter_enabled"))
                        : Fraction.NONE,
                limit.hasFilterEnforced()
                        ? matchers.fraction(limit.getFilterEnforced(), at(path, "filter_enforced"))
                        : Fraction.NONE,
                limit.getLocalRateLimitPerDownstreamConnection(),
                matchers.changes(limit.getResponseHeadersToAddList(), List.of(), path, "response"));
    }
}
