package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import dev.riser.proxy.route.DirectResponse;
import dev.riser.proxy.route.FilterOverrides;
import dev.riser.proxy.route.ForwardAction;
import dev.riser.proxy.route.ForwardAction.ClusterTarget;
import dev.riser.proxy.route.ForwardAction.Mirror;
import dev.riser.proxy.route.ForwardAction.Upgrade;
import dev.riser.proxy.route.ForwardAction.WeightedCluster;
import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.HeaderChanges;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.HostRewrite;
import dev.riser.proxy.route.PathMatch;
import dev.riser.proxy.route.PathRewrite;
import dev.riser.proxy.route.QueryMatch;
import dev.riser.proxy.route.RedirectAction;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RetryPolicy;
import dev.riser.proxy.route.Route;
import dev.riser.proxy.route.RouteAction;
import dev.riser.proxy.route.RouteTable;
import dev.riser.proxy.route.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy.RetryHostPredicate;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.UpgradeConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles route configurations. */
final class RouteCompiler {
    /** Of the whole request, where a route is silent. Source: Envoy. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15);

    /** Of the body of a direct response, where the configuration is silent. Source: Envoy. */
    private static final int MOST_BODY_BYTES = 4096;

    private final Inspection inspection;
    private final MatcherCompiler matchers;
    private final FilterOverrideCompiler overrides;
    private int mostBodyBytes = MOST_BODY_BYTES;

    RouteCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
        this.overrides = new FilterOverrideCompiler(inspection);
    }

    /** What routes inherit from their virtual host and the table. */
    private record Inherited(
            io.envoyproxy.envoy.config.route.v3.@Nullable RetryPolicy retry, String retryPath, List<Mirror> mirrors) {}

    RouteTable compile(RouteConfiguration configuration, String path) {
        inspection.only(
                configuration,
                path,
                Set.of(
                        "name",
                        "virtual_hosts",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "most_specific_header_mutations_wins",
                        "validate_clusters",
                        "max_direct_response_body_size_bytes",
                        "request_mirror_policies",
                        "ignore_port_in_host_matching",
                        "typed_per_filter_config",
                        "metadata"));
        if (configuration.getValidateClusters().getValue()) {
            inspection.reject(at(path, "validate_clusters"), "clusters come on demand and cannot be validated here");
        }
        if (configuration.hasMaxDirectResponseBodySizeBytes()) {
            mostBodyBytes = Inspection.count(
                    configuration.getMaxDirectResponseBodySizeBytes().getValue());
        }
        List<Mirror> mirrors = mirrors(configuration.getRequestMirrorPoliciesList(), path);
        List<VirtualHost> hosts = new ArrayList<>();
        Map<String, String> owners = new HashMap<>();
        Set<String> names = new java.util.HashSet<>();
        for (int i = 0; i < configuration.getVirtualHostsCount(); i++) {
            var host = configuration.getVirtualHosts(i);
            String hostPath = at(path, "virtual_hosts", i);
            if (!names.add(host.getName())) {
                inspection.reject(at(hostPath, "name"), "\"" + host.getName() + "\" names two virtual hosts");
            }
            domains(host, hostPath, owners);
            hosts.add(virtualHost(host, hostPath, mirrors));
        }
        return new RouteTable(
                configuration.getName(),
                hosts,
                matchers.changes(
                        configuration.getRequestHeadersToAddList(),
                        configuration.getRequestHeadersToRemoveList(),
                        path,
                        "request"),
                matchers.changes(
                        configuration.getResponseHeadersToAddList(),
                        configuration.getResponseHeadersToRemoveList(),
                        path,
                        "response"),
                overrides.overrides(configuration.getTypedPerFilterConfigMap(), path),
                configuration.getMostSpecificHeaderMutationsWins(),
                configuration.getIgnorePortInHostMatching(),
                Inspection.origin(configuration.getMetadata()));
    }

    private void domains(
            io.envoyproxy.envoy.config.route.v3.VirtualHost host, String path, Map<String, String> owners) {
        if (host.getDomainsCount() == 0) {
            inspection.reject(at(path, "domains"), "is empty");
        }
        for (int i = 0; i < host.getDomainsCount(); i++) {
            String domain = host.getDomains(i).toLowerCase(Locale.ROOT);
            String at = at(path, "domains", i);
            String owner = owners.putIfAbsent(domain, host.getName());
            if (owner != null) {
                inspection.reject(at, "\"" + domain + "\" stands in the virtual host \"" + owner + "\" already");
            }
            if (domain.isEmpty()) {
                inspection.reject(at, "is empty");
            }
            String inner = domain.startsWith("*") ? domain.substring(1) : domain;
            inner = inner.endsWith("*") && !domain.startsWith("*") ? inner.substring(0, inner.length() - 1) : inner;
            if (inner.indexOf('*') >= 0) {
                inspection.reject(at, "\"" + domain + "\" has a \"*\" that is neither its start nor its end alone");
            }
        }
    }

    private VirtualHost virtualHost(
            io.envoyproxy.envoy.config.route.v3.VirtualHost host, String path, List<Mirror> tableMirrors) {
        inspection.only(
                host,
                path,
                Set.of(
                        "name",
                        "domains",
                        "routes",
                        "require_tls",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "typed_per_filter_config",
                        "include_request_attempt_count",
                        "include_attempt_count_in_response",
                        "retry_policy",
                        "request_mirror_policies",
                        "metadata"));
        VirtualHost.TlsRequirement requireTls = switch (host.getRequireTls()) {
            case NONE -> VirtualHost.TlsRequirement.NONE;
            case ALL -> VirtualHost.TlsRequirement.ALL;
            case EXTERNAL_ONLY, UNRECOGNIZED -> {
                inspection.reject(
                        at(path, "require_tls"), "this proxy does not tell external requests from internal ones");
                yield VirtualHost.TlsRequirement.ALL;
            }
        };
        List<Mirror> own = mirrors(host.getRequestMirrorPoliciesList(), path);
        Inherited inherited = new Inherited(
                host.hasRetryPolicy() ? host.getRetryPolicy() : null,
                at(path, "retry_policy"),
                own.isEmpty() ? tableMirrors : own);
        List<Route> routes = new ArrayList<>();
        for (int i = 0; i < host.getRoutesCount(); i++) {
            routes.add(route(host.getRoutes(i), at(path, "routes", i), inherited));
        }
        return new VirtualHost(
                host.getName(),
                host.getDomainsList(),
                routes,
                matchers.changes(
                        host.getRequestHeadersToAddList(), host.getRequestHeadersToRemoveList(), path, "request"),
                matchers.changes(
                        host.getResponseHeadersToAddList(), host.getResponseHeadersToRemoveList(), path, "response"),
                overrides.overrides(host.getTypedPerFilterConfigMap(), path),
                requireTls,
                host.getIncludeRequestAttemptCount(),
                host.getIncludeAttemptCountInResponse(),
                Inspection.origin(host.getMetadata()));
    }

    private Route route(io.envoyproxy.envoy.config.route.v3.Route route, String path, Inherited inherited) {
        inspection.only(
                route,
                path,
                Set.of(
                        "name",
                        "match",
                        "route",
                        "redirect",
                        "direct_response",
                        "metadata",
                        "decorator",
                        "typed_per_filter_config",
                        "request_headers_to_add",
                        "request_headers_to_remove",
                        "response_headers_to_add",
                        "response_headers_to_remove",
                        "stat_prefix"));
        inspection.only(route.getDecorator(), at(path, "decorator"), Set.of("operation"));
        RouteMatch match = route.getMatch();
        String matchPath = at(path, "match");
        inspection.only(
                match,
                matchPath,
                Set.of(
                        "prefix",
                        "path",
                        "safe_regex",
                        "path_separated_prefix",
                        "case_sensitive",
                        "runtime_fraction",
                        "headers",
                        "query_parameters",
                        "grpc"));
        List<QueryMatch> queries = new ArrayList<>();
        for (int i = 0; i < match.getQueryParametersCount(); i++) {
            queries.add(matchers.query(match.getQueryParameters(i), at(matchPath, "query_parameters", i)));
        }
        List<HeaderMatch> headers = matchers.headers(match.getHeadersList(), matchPath, "headers");
        Fraction fraction = match.hasRuntimeFraction()
                ? matchers.fraction(match.getRuntimeFraction(), at(matchPath, "runtime_fraction"))
                : null;
        PathMatch pathMatch = pathMatch(match, matchPath);
        RouteAction action = switch (route.getActionCase()) {
            case ROUTE -> forward(route.getRoute(), at(path, "route"), inherited);
            case REDIRECT -> redirect(route.getRedirect(), at(path, "redirect"));
            case DIRECT_RESPONSE -> direct(route.getDirectResponse(), at(path, "direct_response"));
            case FILTER_ACTION, NON_FORWARDING_ACTION, ACTION_NOT_SET ->
                throw new Inspection.Unusable(path, "has no action that this proxy knows");
        };
        return new Route(
                route.getName(),
                pathMatch,
                headers,
                queries,
                fraction,
                match.hasGrpc(),
                action,
                matchers.changes(
                        route.getRequestHeadersToAddList(), route.getRequestHeadersToRemoveList(), path, "request"),
                matchers.changes(
                        route.getResponseHeadersToAddList(), route.getResponseHeadersToRemoveList(), path, "response"),
                overrides.overrides(route.getTypedPerFilterConfigMap(), path),
                Inspection.origin(route.getMetadata()),
                route.getDecorator().getOperation());
    }

    private PathMatch pathMatch(RouteMatch match, String path) {
        boolean ignoreCase =
                match.hasCaseSensitive() && !match.getCaseSensitive().getValue();
        return switch (match.getPathSpecifierCase()) {
            case PREFIX -> new PathMatch.Prefix(match.getPrefix(), ignoreCase);
            case PATH -> new PathMatch.Exact(match.getPath(), ignoreCase);
            case SAFE_REGEX -> new PathMatch.Regex(matchers.regex(match.getSafeRegex(), at(path, "safe_regex")));
            case PATH_SEPARATED_PREFIX -> {
                String prefix = match.getPathSeparatedPrefix();
                if (prefix.length() < 2
                        || prefix.charAt(0) != '/'
                        || prefix.endsWith("/")
                        || prefix.indexOf('?') >= 0
                        || prefix.indexOf('#') >= 0) {
                    inspection.reject(
                            at(path, "path_separated_prefix"),
                            "\"" + prefix
                                    + "\" must start with \"/\", not end with it, and hold neither \"?\" nor \"#\"");
                }
                yield new PathMatch.Segments(prefix, ignoreCase);
            }
            case CONNECT_MATCHER, PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET ->
                throw new Inspection.Unusable(path, "has no path condition that this proxy knows");
        };
    }

    @SuppressWarnings("deprecation") // max_grpc_timeout is still what control planes send
    private ForwardAction forward(
            io.envoyproxy.envoy.config.route.v3.RouteAction action, String path, Inherited inherited) {
        // A hash policy has an effect only with a balancer that hashes, and clusters with one are rejected.
        inspection.only(
                action,
                path,
                Set.of(
                        "cluster",
                        "cluster_header",
                        "weighted_clusters",
                        "cluster_not_found_response_code",
                        "prefix_rewrite",
                        "regex_rewrite",
                        "host_rewrite_literal",
                        "auto_host_rewrite",
                        "host_rewrite_header",
                        "host_rewrite_path_regex",
                        "append_x_forwarded_host",
                        "timeout",
                        "idle_timeout",
                        "retry_policy",
                        "request_mirror_policies",
                        "priority",
                        "hash_policy",
                        "max_grpc_timeout",
                        "grpc_timeout_offset",
                        "upgrade_configs",
                        "max_stream_duration"));
        Duration streamDuration = null;
        Duration grpcMax = null;
        Duration grpcOffset = Duration.ZERO;
        if (action.hasMaxGrpcTimeout()) {
            grpcMax = inspection.duration(action.getMaxGrpcTimeout(), at(path, "max_grpc_timeout"));
            grpcOffset = inspection.duration(action.getGrpcTimeoutOffset(), at(path, "grpc_timeout_offset"));
        }
        if (action.hasMaxStreamDuration()) {
            var duration = action.getMaxStreamDuration();
            String at = at(path, "max_stream_duration");
            inspection.only(
                    duration,
                    at,
                    Set.of("max_stream_duration", "grpc_timeout_header_max", "grpc_timeout_header_offset"));
            if (duration.hasMaxStreamDuration()) {
                streamDuration = inspection.duration(duration.getMaxStreamDuration(), at(at, "max_stream_duration"));
            }
            if (duration.hasGrpcTimeoutHeaderMax()) {
                grpcMax = inspection.duration(duration.getGrpcTimeoutHeaderMax(), at(at, "grpc_timeout_header_max"));
                grpcOffset = inspection.duration(
                        duration.getGrpcTimeoutHeaderOffset(), at(at, "grpc_timeout_header_offset"));
            }
        }
        List<Mirror> mirrors = mirrors(action.getRequestMirrorPoliciesList(), path);
        return new ForwardAction(
                target(action, path),
                pathRewrite(action, path),
                hostRewrite(action, path),
                action.getAppendXForwardedHost(),
                action.hasTimeout() ? inspection.duration(action.getTimeout(), at(path, "timeout")) : DEFAULT_TIMEOUT,
                action.hasIdleTimeout() ? inspection.duration(action.getIdleTimeout(), at(path, "idle_timeout")) : null,
                streamDuration,
                grpcMax,
                grpcOffset,
                action.hasRetryPolicy()
                        ? retry(action.getRetryPolicy(), at(path, "retry_policy"))
                        : inherited.retry() == null
                                ? RetryPolicy.NONE
                                : retry(inherited.retry(), inherited.retryPath()),
                mirrors.isEmpty() ? inherited.mirrors() : mirrors,
                upgrades(action.getUpgradeConfigsList(), path),
                action.getPriorityValue() == 1,
                switch (action.getClusterNotFoundResponseCode()) {
                    case SERVICE_UNAVAILABLE -> 503;
                    case NOT_FOUND -> 404;
                    case INTERNAL_SERVER_ERROR -> 500;
                    case UNRECOGNIZED -> {
                        inspection.reject(at(path, "cluster_not_found_response_code"), "is unknown");
                        yield 503;
                    }
                });
    }

    private ClusterTarget target(io.envoyproxy.envoy.config.route.v3.RouteAction action, String path) {
        return switch (action.getClusterSpecifierCase()) {
            case CLUSTER -> new ForwardAction.Named(action.getCluster());
            case CLUSTER_HEADER ->
                new ForwardAction.FromHeader(
                        AsciiString.cached(action.getClusterHeader().toLowerCase(Locale.ROOT)));
            case WEIGHTED_CLUSTERS -> weighted(action.getWeightedClusters(), at(path, "weighted_clusters"));
            case CLUSTER_SPECIFIER_PLUGIN, INLINE_CLUSTER_SPECIFIER_PLUGIN, CLUSTERSPECIFIER_NOT_SET ->
                throw new Inspection.Unusable(path, "names no cluster in a way that this proxy knows");
        };
    }

    @SuppressWarnings("deprecation") // total_weight is still sent
    private ForwardAction.Weighted weighted(io.envoyproxy.envoy.config.route.v3.WeightedCluster weighted, String path) {
        // Weights cannot be overridden at run time, so the prefix of runtime keys changes nothing.
        inspection.only(weighted, path, Set.of("clusters", "total_weight", "runtime_key_prefix"));
        List<WeightedCluster> clusters = new ArrayList<>();
        long total = 0;
        for (int i = 0; i < weighted.getClustersCount(); i++) {
            ClusterWeight cluster = weighted.getClusters(i);
            String at = at(path, "clusters", i);
            inspection.only(
                    cluster,
                    at,
                    Set.of(
                            "name",
                            "weight",
                            "request_headers_to_add",
                            "request_headers_to_remove",
                            "response_headers_to_add",
                            "response_headers_to_remove",
                            "typed_per_filter_config",
                            "host_rewrite_literal"));
            if (cluster.getName().isEmpty()) {
                inspection.reject(at(at, "name"), "is empty");
            }
            long weight = Integer.toUnsignedLong(cluster.getWeight().getValue());
            total += weight;
            HeaderChanges request = matchers.changes(
                    cluster.getRequestHeadersToAddList(), cluster.getRequestHeadersToRemoveList(), at, "request");
            HeaderChanges response = matchers.changes(
                    cluster.getResponseHeadersToAddList(), cluster.getResponseHeadersToRemoveList(), at, "response");
            FilterOverrides filters = overrides.overrides(cluster.getTypedPerFilterConfigMap(), at);
            clusters.add(new WeightedCluster(
                    cluster.getName(),
                    weight,
                    request,
                    response,
                    cluster.getHostRewriteLiteral().isEmpty()
                            ? HostRewrite.Keep.INSTANCE
                            : new HostRewrite.Literal(cluster.getHostRewriteLiteral()),
                    filters));
        }
        if (total == 0) {
            inspection.reject(at(path, "clusters"), "no cluster has a weight");
        }
        if (total > 0xffff_ffffL) {
            inspection.reject(at(path, "clusters"), "weights add up to more than 4294967295");
        }
        if (weighted.hasTotalWeight()
                && Integer.toUnsignedLong(weighted.getTotalWeight().getValue()) != total) {
            inspection.reject(at(path, "total_weight"), "weights add up to " + total);
        }
        return new ForwardAction.Weighted(clusters);
    }

    private PathRewrite pathRewrite(io.envoyproxy.envoy.config.route.v3.RouteAction action, String path) {
        if (action.hasRegexRewrite()) {
            if (!action.getPrefixRewrite().isEmpty()) {
                inspection.reject(at(path, "regex_rewrite"), "prefix_rewrite and regex_rewrite are both set");
            }
            return matchers.substitution(action.getRegexRewrite(), at(path, "regex_rewrite"));
        }
        return action.getPrefixRewrite().isEmpty()
                ? PathRewrite.Keep.INSTANCE
                : new PathRewrite.ReplacePrefix(action.getPrefixRewrite());
    }

    private HostRewrite hostRewrite(io.envoyproxy.envoy.config.route.v3.RouteAction action, String path) {
        return switch (action.getHostRewriteSpecifierCase()) {
            case HOST_REWRITE_LITERAL -> new HostRewrite.Literal(action.getHostRewriteLiteral());
            case AUTO_HOST_REWRITE ->
                action.getAutoHostRewrite().getValue() ? new HostRewrite.FromEndpoint() : HostRewrite.Keep.INSTANCE;
            case HOST_REWRITE_HEADER ->
                new HostRewrite.FromHeader(
                        AsciiString.cached(action.getHostRewriteHeader().toLowerCase(Locale.ROOT)));
            case HOST_REWRITE_PATH_REGEX -> {
                PathRewrite.ReplaceRegex rewrite =
                        matchers.substitution(action.getHostRewritePathRegex(), at(path, "host_rewrite_path_regex"));
                yield new HostRewrite.FromPath(rewrite.pattern(), rewrite.substitution());
            }
            case HOSTREWRITESPECIFIER_NOT_SET -> HostRewrite.Keep.INSTANCE;
        };
    }

    private List<Mirror> mirrors(List<RequestMirrorPolicy> policies, String path) {
        List<Mirror> mirrors = new ArrayList<>();
        for (int i = 0; i < policies.size(); i++) {
            RequestMirrorPolicy policy = policies.get(i);
            String at = at(path, "request_mirror_policies", i);
            // trace_sampled: copies are never traced here, which is what the field's usual value asks for.
            inspection.only(
                    policy,
                    at,
                    Set.of(
                            "cluster",
                            "cluster_header",
                            "runtime_fraction",
                            "trace_sampled",
                            "disable_shadow_host_suffix_append"));
            if (policy.getTraceSampled().getValue()) {
                inspection.reject(at(at, "trace_sampled"), "copies of requests are not traced");
            }
            if (policy.getCluster().isEmpty() == policy.getClusterHeader().isEmpty()) {
                inspection.reject(at, "needs one of cluster and cluster_header");
            }
            mirrors.add(new Mirror(
                    policy.getCluster(),
                    policy.getClusterHeader().isEmpty()
                            ? null
                            : AsciiString.cached(policy.getClusterHeader().toLowerCase(Locale.ROOT)),
                    policy.hasRuntimeFraction()
                            ? matchers.fraction(policy.getRuntimeFraction(), at(at, "runtime_fraction"))
                            : Fraction.ALL,
                    !policy.getDisableShadowHostSuffixAppend()));
        }
        return mirrors;
    }

    private List<Upgrade> upgrades(List<UpgradeConfig> configs, String path) {
        List<Upgrade> upgrades = new ArrayList<>();
        for (int i = 0; i < configs.size(); i++) {
            UpgradeConfig config = configs.get(i);
            String at = at(path, "upgrade_configs", i);
            inspection.only(config, at, Set.of("upgrade_type", "enabled"));
            String protocol = config.getUpgradeType().toLowerCase(Locale.ROOT);
            boolean enabled = !config.hasEnabled() || config.getEnabled().getValue();
            if (protocol.equals("connect") && enabled) {
                inspection.reject(at, "this proxy does not open CONNECT tunnels");
            }
            upgrades.add(new Upgrade(protocol, enabled));
        }
        return upgrades;
    }

    private RetryPolicy retry(io.envoyproxy.envoy.config.route.v3.RetryPolicy policy, String path) {
        inspection.only(
                policy,
                path,
                Set.of(
                        "retry_on",
                        "num_retries",
                        "per_try_timeout",
                        "per_try_idle_timeout",
                        "retry_host_predicate",
                        "host_selection_retry_max_attempts",
                        "retriable_status_codes",
                        "retry_back_off",
                        "retriable_headers",
                        "retriable_request_headers"));
        EnumSet<RetryCondition> conditions = EnumSet.noneOf(RetryCondition.class);
        for (String word : com.google.common.base.Splitter.on(',')
                .trimResults()
                .omitEmptyStrings()
                .split(policy.getRetryOn())) {
            RetryCondition condition = RetryCondition.ofWord(word);
            if (condition == null) {
                inspection.reject(at(path, "retry_on"), "\"" + word + "\" is no condition that this proxy knows");
            } else {
                conditions.add(condition);
            }
        }
        List<Integer> codes = new ArrayList<>();
        for (int i = 0; i < policy.getRetriableStatusCodesCount(); i++) {
            codes.add(policy.getRetriableStatusCodes(i));
        }
        Duration base = RetryPolicy.DEFAULT_BACKOFF_BASE;
        Duration most = base.multipliedBy(10);
        if (policy.hasRetryBackOff()) {
            var backoff = policy.getRetryBackOff();
            String at = at(path, "retry_back_off");
            inspection.only(backoff, at, Set.of("base_interval", "max_interval"));
            Duration given = inspection.duration(backoff.getBaseInterval(), at(at, "base_interval"));
            if (given.isZero()) {
                inspection.reject(at(at, "base_interval"), "must be more than nothing");
            }
            base = given.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : given;
            most = base.multipliedBy(10);
            if (backoff.hasMaxInterval()) {
                most = inspection.duration(backoff.getMaxInterval(), at(at, "max_interval"));
                if (most.compareTo(base) < 0) {
                    inspection.reject(at(at, "max_interval"), "is less than base_interval");
                }
            }
        }
        boolean avoidPrevious = false;
        for (int i = 0; i < policy.getRetryHostPredicateCount(); i++) {
            RetryHostPredicate predicate = policy.getRetryHostPredicate(i);
            String at = at(path, "retry_host_predicate", i);
            inspection.only(predicate, at, Set.of("name", "typed_config"));
            String type = Inspection.typeOf(predicate.getTypedConfig());
            boolean previous = type.isEmpty()
                    ? predicate.getName().equals("envoy.retry_host_predicates.previous_hosts")
                    : type.equals("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate");
            if (previous) {
                avoidPrevious = true;
            } else {
                inspection.reject(at, "\"" + predicate.getName() + "\" is no predicate that this proxy knows");
            }
        }
        long attempts = policy.getHostSelectionRetryMaxAttempts();
        return new RetryPolicy(
                conditions,
                policy.hasNumRetries() ? Inspection.count(policy.getNumRetries().getValue()) : 1,
                inspection.duration(policy.getPerTryTimeout(), at(path, "per_try_timeout")),
                inspection.duration(policy.getPerTryIdleTimeout(), at(path, "per_try_idle_timeout")),
                codes,
                matchers.headers(policy.getRetriableHeadersList(), path, "retriable_headers"),
                matchers.headers(policy.getRetriableRequestHeadersList(), path, "retriable_request_headers"),
                base,
                most,
                avoidPrevious,
                attempts <= 0 ? 1 : (int) Math.min(attempts, 100));
    }

    private RedirectAction redirect(io.envoyproxy.envoy.config.route.v3.RedirectAction redirect, String path) {
        inspection.only(
                redirect,
                path,
                Set.of(
                        "https_redirect",
                        "scheme_redirect",
                        "host_redirect",
                        "port_redirect",
                        "path_redirect",
                        "prefix_rewrite",
                        "regex_rewrite",
                        "response_code",
                        "strip_query"));
        String scheme = redirect.getHttpsRedirect() ? "https" : redirect.getSchemeRedirect();
        RedirectAction.Path newPath = switch (redirect.getPathRewriteSpecifierCase()) {
            case PATH_REDIRECT -> new RedirectAction.Replaced(redirect.getPathRedirect());
            case PREFIX_REWRITE ->
                new RedirectAction.Rewritten(new PathRewrite.ReplacePrefix(redirect.getPrefixRewrite()));
            case REGEX_REWRITE ->
                new RedirectAction.Rewritten(
                        matchers.substitution(redirect.getRegexRewrite(), at(path, "regex_rewrite")));
            case PATHREWRITESPECIFIER_NOT_SET -> new RedirectAction.Rewritten(PathRewrite.Keep.INSTANCE);
        };
        int status = switch (redirect.getResponseCode()) {
            case MOVED_PERMANENTLY -> 301;
            case FOUND -> 302;
            case SEE_OTHER -> 303;
            case TEMPORARY_REDIRECT -> 307;
            case PERMANENT_REDIRECT -> 308;
            case UNRECOGNIZED -> {
                inspection.reject(at(path, "response_code"), "is unknown");
                yield 301;
            }
        };
        return new RedirectAction(
                scheme,
                redirect.getHostRedirect(),
                inspection.atMost(redirect.getPortRedirect(), 65535, at(path, "port_redirect")),
                newPath,
                status,
                redirect.getStripQuery());
    }

    private DirectResponse direct(io.envoyproxy.envoy.config.route.v3.DirectResponseAction direct, String path) {
        inspection.only(direct, path, Set.of("status", "body"));
        if (direct.getStatus() < 200 || direct.getStatus() > 599) {
            inspection.reject(at(path, "status"), "is not between 200 and 599");
        }
        byte[] body = matchers.inline(direct.getBody(), at(path, "body"));
        if (body.length > mostBodyBytes) {
            inspection.reject(at(path, "body"), "is longer than " + mostBodyBytes + " bytes");
        }
        return new DirectResponse(direct.getStatus(), body);
    }
}
