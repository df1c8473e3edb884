package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.route.Fault;
import dev.riser.proxy.route.LocalRateLimit;
import dev.riser.proxy.route.PathRules;
import dev.riser.proxy.snapshot.HttpConnection.ForwardClientCert;
import dev.riser.proxy.snapshot.HttpConnection.Routes;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles HTTP connection managers. Where the configuration is silent, Envoy's defaults hold. */
final class HttpConnectionCompiler {
    private static final Duration IDLE_TIMEOUT = Duration.ofHours(1);
    private static final Duration STREAM_IDLE_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration DELAYED_CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final int REQUEST_HEADERS_KILOBYTES = 60;
    private static final int HEADERS_COUNT = 100;
    private static final int PATH_TAG_LENGTH = 256;

    private final Inspection inspection;

    HttpConnectionCompiler(Inspection inspection) {
        this.inspection = inspection;
    }

    /** What the HTTP filters say. */
    private static final class Filters {
        final List<RbacFilter> rbac = new ArrayList<>();

        @Nullable
        Fault fault;

        @Nullable
        LocalRateLimit rateLimit;

        boolean cors;
        boolean router;
        boolean suppressEnvoyHeaders;
    }

    HttpConnection compile(HttpConnectionManager manager, String path) {
        // The statistics prefix is passed on; everything else here is honoured.
        inspection.only(
                manager,
                path,
                Set.of(
                        "codec_type",
                        "stat_prefix",
                        "rds",
                        "route_config",
                        "http_filters",
                        "tracing",
                        "common_http_protocol_options",
                        "http_protocol_options",
                        "http2_protocol_options",
                        "server_name",
                        "server_header_transformation",
                        "max_request_headers_kb",
                        "stream_idle_timeout",
                        "request_timeout",
                        "request_headers_timeout",
                        "drain_timeout",
                        "delayed_close_timeout",
                        "access_log",
                        "use_remote_address",
                        "xff_num_trusted_hops",
                        "skip_xff_append",
                        "via",
                        "generate_request_id",
                        "preserve_external_request_id",
                        "always_set_request_id_in_response",
                        "forward_client_cert_details",
                        "set_current_client_cert_details",
                        "proxy_100_continue",
                        "upgrade_configs",
                        "normalize_path",
                        "merge_slashes",
                        "path_with_escaped_slashes_action",
                        "strip_matching_host_port",
                        "strip_any_host_port",
                        "stream_error_on_invalid_http_message"));
        Filters filters = filters(manager.getHttpFiltersList(), path);
        HttpProtocolOptions common = manager.getCommonHttpProtocolOptions();
        String commonPath = at(path, "common_http_protocol_options");
        inspection.only(
                common,
                commonPath,
                Set.of(
                        "idle_timeout",
                        "max_connection_duration",
                        "max_headers_count",
                        "max_stream_duration",
                        "headers_with_underscores_action",
                        "max_requests_per_connection"));
        HttpOptionsCompiler options = new HttpOptionsCompiler(inspection);
        return new HttpConnection(
                codec(manager, path),
                manager.getStatPrefix(),
                routes(manager, path),
                filters.rbac,
                filters.fault,
                filters.cors,
                filters.rateLimit,
                filters.suppressEnvoyHeaders,
                new AccessLogCompiler(inspection).compile(manager.getAccessLogList(), path, "access_log"),
                manager.getServerName(),
                serverHeader(manager, path),
                upgrades(manager, path),
                new PathRules(
                        manager.getNormalizePath().getValue(),
                        manager.getMergeSlashes(),
                        escapedSlashes(manager, path)),
                manager.getStripAnyHostPort()
                        ? HttpConnection.StripPort.ANY
                        : manager.getStripMatchingHostPort()
                                ? HttpConnection.StripPort.MATCHING
                                : HttpConnection.StripPort.KEEP,
                manager.getUseRemoteAddress().getValue(),
                Inspection.count(manager.getXffNumTrustedHops()),
                manager.getSkipXffAppend(),
                manager.getVia(),
                common.hasIdleTimeout()
                        ? inspection.duration(common.getIdleTimeout(), at(commonPath, "idle_timeout"))
                        : IDLE_TIMEOUT,
                inspection.duration(common.getMaxConnectionDuration(), at(commonPath, "max_connection_duration")),
                Inspection.count(common.getMaxRequestsPerConnection().getValue()),
                manager.hasStreamIdleTimeout()
                        ? inspection.duration(manager.getStreamIdleTimeout(), at(path, "stream_idle_timeout"))
                        : STREAM_IDLE_TIMEOUT,
                inspection.duration(manager.getRequestTimeout(), at(path, "request_timeout")),
                inspection.duration(manager.getRequestHeadersTimeout(), at(path, "request_headers_timeout")),
                manager.hasDrainTimeout()
                        ? inspection.duration(manager.getDrainTimeout(), at(path, "drain_timeout"))
                        : DRAIN_TIMEOUT,
                manager.hasDelayedCloseTimeout()
                        ? inspection.duration(manager.getDelayedCloseTimeout(), at(path, "delayed_close_timeout"))
                        : DELAYED_CLOSE_TIMEOUT,
                inspection.duration(common.getMaxStreamDuration(), at(commonPath, "max_stream_duration")),
                manager.hasMaxRequestHeadersKb()
                        ? inspection.atMost(
                                manager.getMaxRequestHeadersKb().getValue(), 8192, at(path, "max_request_headers_kb"))
                        : REQUEST_HEADERS_KILOBYTES,
                common.hasMaxHeadersCount()
                        ? Inspection.count(common.getMaxHeadersCount().getValue())
                        : HEADERS_COUNT,
                underscores(common, commonPath),
                options.http1(manager.getHttpProtocolOptions(), at(path, "http_protocol_options")),
                options.http2(manager.getHttp2ProtocolOptions(), at(path, "http2_protocol_options")),
                new HttpConnection.RequestId(
                        !manager.hasGenerateRequestId()
                                || manager.getGenerateRequestId().getValue(),
                        manager.getPreserveExternalRequestId(),
                        manager.getAlwaysSetRequestIdInResponse()),
                forwardClientCert(manager, path),
                tracing(manager, path),
                manager.getProxy100Continue(),
                manager.getStreamErrorOnInvalidHttpMessage().getValue());
    }

    private HttpConnection.Codec codec(HttpConnectionManager manager, String path) {
        return switch (manager.getCodecType()) {
            case AUTO -> HttpConnection.Codec.AUTO;
            case HTTP1 -> HttpConnection.Codec.HTTP1;
            case HTTP2 -> HttpConnection.Codec.HTTP2;
            case HTTP3, UNRECOGNIZED ->
                throw new Inspection.Unusable(at(path, "codec_type"), "this proxy speaks HTTP/1 and HTTP/2");
        };
    }

    private Routes routes(HttpConnectionManager manager, String path) {
        return switch (manager.getRouteSpecifierCase()) {
            case RDS -> {
                String at = at(path, "rds");
                inspection.only(manager.getRds(), at, Set.of("config_source", "route_config_name"));
                TlsCompiler.aggregated(
                        manager.getRds().getConfigSource(),
                        manager.getRds().hasConfigSource(),
                        at(at, "config_source"),
                        inspection);
                if (manager.getRds().getRouteConfigName().isEmpty()) {
                    inspection.reject(at(at, "route_config_name"), "is empty");
                }
                yield new HttpConnection.ByName(manager.getRds().getRouteConfigName());
            }
            case ROUTE_CONFIG ->
                new HttpConnection.Inline(
                        new RouteCompiler(inspection).compile(manager.getRouteConfig(), at(path, "route_config")));
            case SCOPED_ROUTES, ROUTESPECIFIER_NOT_SET ->
                throw new Inspection.Unusable(path, "has no routes in a way that this proxy knows");
        };
    }

    private Filters filters(List<HttpFilter> filters, String path) {
        Filters found = new Filters();
        FilterOverrideCompiler settings = new FilterOverrideCompiler(inspection);
        for (int i = 0; i < filters.size(); i++) {
            HttpFilter filter = filters.get(i);
            String at = at(path, "http_filters", i);
            inspection.only(filter, at, Set.of("name", "typed_config", "is_optional"));
            if (found.router) {
                inspection.reject(at, "stands behind the router");
                break;
            }
            Any config = filter.getTypedConfig();
            String configPath = at(at, "typed_config");
            switch (Inspection.typeOf(config)) {
                case "envoy.extensions.filters.http.rbac.v3.RBAC" ->
                    found.rbac.add(new RbacCompiler(inspection)
                            .http(inspection.unpack(config, RBAC.class, configPath), configPath));
                case "envoy.extensions.filters.http.fault.v3.HTTPFault" -> {
                    once(found.fault != null, at);
                    found.fault = settings.fault(inspection.unpack(config, HTTPFault.class, configPath), configPath);
                }
                case "envoy.extensions.filters.http.cors.v3.Cors" -> {
                    once(found.cors, at);
                    found.cors = true;
                }
                case "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit" -> {
                    once(found.rateLimit != null, at);
                    found.rateLimit = settings.rateLimit(
                            inspection.unpack(
                                    config,
                                    io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit.class,
                                    configPath),
                            configPath);
                }
                case "envoy.extensions.filters.http.router.v3.Router" -> {
                    found.router = true;
                    Router router = inspection.unpack(config, Router.class, configPath);
                    // Statistics and child spans change no outcome.
                    inspection.only(
                            router,
                            configPath,
                            Set.of(
                                    "dynamic_stats",
                                    "start_child_span",
                                    "suppress_envoy_headers",
                                    "suppress_grpc_request_failure_code_stats"));
                    found.suppressEnvoyHeaders = router.getSuppressEnvoyHeaders();
                }
                default -> {
                    if (!filter.getIsOptional()) {
                        inspection.reject(
                                at,
                                "this proxy has no HTTP filter \"" + filter.getName() + "\" with the configuration "
                                        + Inspection.typeOf(config));
                    }
                }
            }
        }
        if (!found.router) {
            inspection.reject(at(path, "http_filters"), "need the router as the last one");
        }
        return found;
    }

    private void once(boolean already, String path) {
        if (already) {
            inspection.reject(path, "this proxy runs such a filter only once");
        }
    }

    private HttpConnection.ServerHeader serverHeader(HttpConnectionManager manager, String path) {
        return switch (manager.getServerHeaderTransformation()) {
            case OVERWRITE -> HttpConnection.ServerHeader.OVERWRITE;
            case APPEND_IF_ABSENT -> HttpConnection.ServerHeader.APPEND_IF_ABSENT;
            case PASS_THROUGH -> HttpConnection.ServerHeader.PASS_THROUGH;
            case UNRECOGNIZED -> throw new Inspection.Unusable(at(path, "server_header_transformation"), "is unknown");
        };
    }

    private Map<String, Boolean> upgrades(HttpConnectionManager manager, String path) {
        Map<String, Boolean> upgrades = new HashMap<>();
        for (int i = 0; i < manager.getUpgradeConfigsCount(); i++) {
            var config = manager.getUpgradeConfigs(i);
            String at = at(path, "upgrade_configs", i);
            inspection.only(config, at, Set.of("upgrade_type", "enabled"));
            String protocol = config.getUpgradeType().toLowerCase(Locale.ROOT);
            boolean enabled = !config.hasEnabled() || config.getEnabled().getValue();
            if (protocol.equals("connect") && enabled) {
                inspection.reject(at, "this proxy does not open CONNECT tunnels");
            }
            upgrades.put(protocol, enabled);
        }
        return upgrades;
    }

    private PathRules.EscapedSlashes escapedSlashes(HttpConnectionManager manager, String path) {
        return switch (manager.getPathWithEscapedSlashesAction()) {
            case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED -> PathRules.EscapedSlashes.KEEP_UNCHANGED;
            case REJECT_REQUEST -> PathRules.EscapedSlashes.REJECT_REQUEST;
            case UNESCAPE_AND_REDIRECT -> PathRules.EscapedSlashes.UNESCAPE_AND_REDIRECT;
            case UNESCAPE_AND_FORWARD -> PathRules.EscapedSlashes.UNESCAPE_AND_FORWARD;
            case UNRECOGNIZED ->
                throw new Inspection.Unusable(at(path, "path_with_escaped_slashes_action"), "is unknown");
        };
    }

    private HttpConnection.Underscores underscores(HttpProtocolOptions options, String path) {
        return switch (options.getHeadersWithUnderscoresAction()) {
            case ALLOW -> HttpConnection.Underscores.ALLOW;
            case REJECT_REQUEST -> HttpConnection.Underscores.REJECT_REQUEST;
            case DROP_HEADER -> HttpConnection.Underscores.DROP_HEADER;
            case UNRECOGNIZED ->
                throw new Inspection.Unusable(at(path, "headers_with_underscores_action"), "is unknown");
        };
    }

    private ForwardClientCert forwardClientCert(HttpConnectionManager manager, String path) {
        ForwardClientCert.Mode mode = switch (manager.getForwardClientCertDetails()) {
            case SANITIZE -> ForwardClientCert.Mode.SANITIZE;
            case FORWARD_ONLY -> ForwardClientCert.Mode.FORWARD_ONLY;
            case APPEND_FORWARD -> ForwardClientCert.Mode.APPEND_FORWARD;
            case SANITIZE_SET -> ForwardClientCert.Mode.SANITIZE_SET;
            case ALWAYS_FORWARD_ONLY -> ForwardClientCert.Mode.ALWAYS_FORWARD_ONLY;
            case UNRECOGNIZED -> throw new Inspection.Unusable(at(path, "forward_client_cert_details"), "is unknown");
        };
        var details = manager.getSetCurrentClientCertDetails();
        Set<ForwardClientCert.Detail> set = EnumSet.noneOf(ForwardClientCert.Detail.class);
        if (details.getSubject().getValue()) {
            set.add(ForwardClientCert.Detail.SUBJECT);
        }
        if (details.getCert()) {
            set.add(ForwardClientCert.Detail.CERT);
        }
        if (details.getChain()) {
            set.add(ForwardClientCert.Detail.CHAIN);
        }
        if (details.getDns()) {
            set.add(ForwardClientCert.Detail.DNS);
        }
        if (details.getUri()) {
            set.add(ForwardClientCert.Detail.URI);
        }
        return new ForwardClientCert(mode, set);
    }

    private HttpConnection.@Nullable Tracing tracing(HttpConnectionManager manager, String path) {
        if (!manager.hasTracing()) {
            return null;
        }
        var tracing = manager.getTracing();
        inspection.only(
                tracing,
                at(path, "tracing"),
                Set.of("client_sampling", "random_sampling", "overall_sampling", "max_path_tag_length"));
        return new HttpConnection.Tracing(
                tracing.hasClientSampling() ? tracing.getClientSampling().getValue() : 100,
                tracing.hasRandomSampling() ? tracing.getRandomSampling().getValue() : 100,
                tracing.hasOverallSampling() ? tracing.getOverallSampling().getValue() : 100,
                tracing.hasMaxPathTagLength()
                        ? Inspection.count(tracing.getMaxPathTagLength().getValue())
                        : PATH_TAG_LENGTH);
    }
}
