package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.snapshot.CompiledListener.Direction;
import dev.riser.proxy.snapshot.FilterChain.Terminal;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Compiles listeners. */
final class ListenerCompiler {
    /** Where the configuration is silent. Source: Envoy. */
    private static final Duration DEFAULT_INSPECTOR_TIMEOUT = Duration.ofSeconds(15);

    private static final Duration DEFAULT_TCP_IDLE_TIMEOUT = Duration.ofHours(1);

    private static final String HTTP_CONNECTION_MANAGER =
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    private static final String TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    private static final String NETWORK_RBAC = "envoy.extensions.filters.network.rbac.v3.RBAC";

    private final Inspection inspection;
    private final MatcherCompiler matchers;
    private final TlsCompiler tls;

    ListenerCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
        this.tls = new TlsCompiler(inspection);
    }

    /** What the listener filters ask for. */
    private static final class Inspectors {
        boolean tls;
        boolean http;
        boolean originalDestination;
        boolean proxyProtocol;
        boolean proxyProtocolOptional;
    }

    @SuppressWarnings("deprecation") // deprecated_v1.bind_to_port and reuse_port are still sent
    CompiledListener compile(Listener listener) {
        // Of these, buffer sizes, backlogs, how sockets share connections and how they drain change no outcome.
        inspection.only(
                listener,
                "",
                Set.of(
                        "name",
                        "address",
                        "additional_addresses",
                        "stat_prefix",
                        "filter_chains",
                        "use_original_dst",
                        "default_filter_chain",
                        "per_connection_buffer_limit_bytes",
                        "metadata",
                        "deprecated_v1",
                        "drain_type",
                        "listener_filters",
                        "listener_filters_timeout",
                        "continue_on_listener_filters_timeout",
                        "transparent",
                        "freebind",
                        "traffic_direction",
                        "connection_balance_config",
                        "reuse_port",
                        "enable_reuse_port",
                        "access_log",
                        "tcp_backlog_size",
                        "max_connections_to_accept_per_socket_event",
                        "bind_to_port",
                        "ignore_global_conn_limit",
                        "bypass_overload_manager"));
        if (listener.getTransparent().getValue()) {
            inspection.reject("transparent", "this proxy has no transparent sockets");
        }
        if (listener.getFreebind().getValue()) {
            inspection.reject("freebind", "this proxy binds only to addresses that are there");
        }
        Inspectors inspectors = inspectors(listener.getListenerFiltersList());
        List<ListenerAddress> additional = new ArrayList<>();
        for (int i = 0; i < listener.getAdditionalAddressesCount(); i++) {
            String at = at("", "additional_addresses", i);
            inspection.only(listener.getAdditionalAddresses(i), at, Set.of("address"));
            additional.add(address(listener.getAdditionalAddresses(i).getAddress(), at(at, "address")));
        }
        List<FilterChain> chains = new ArrayList<>();
        Map<FilterChainMatch, Integer> seen = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < listener.getFilterChainsCount(); i++) {
            String at = at("", "filter_chains", i);
            FilterChain chain = chain(listener.getFilterChains(i), at);
            Integer same = seen.putIfAbsent(chain.match(), i);
            if (same != null) {
                inspection.reject(at(at, "filter_chain_match"), "is the same as that of filter_chains[" + same + "]");
            }
            if (!chain.name().isEmpty() && !names.add(chain.name())) {
                inspection.reject(at(at, "name"), "\"" + chain.name() + "\" names two filter chains");
            }
            needs(chain.match(), inspectors);
            chains.add(chain);
        }
        if (chains.isEmpty() && !listener.hasDefaultFilterChain()) {
            inspection.reject("filter_chains", "is empty, and there is no default_filter_chain");
        }
        return new CompiledListener(
                listener.getName(),
                address(listener.getAddress(), "address"),
                additional,
                bindToPort(listener),
                switch (listener.getTrafficDirection()) {
                    case UNSPECIFIED -> Direction.UNSPECIFIED;
                    case INBOUND -> Direction.INBOUND;
                    case OUTBOUND -> Direction.OUTBOUND;
                    case UNRECOGNIZED -> throw new Inspection.Unusable("traffic_direction", "is unknown");
                },
                chains,
                listener.hasDefaultFilterChain()
                        ? chain(listener.getDefaultFilterChain(), "default_filter_chain")
                        : null,
                listener.getUseOriginalDst().getValue(),
                inspectors.originalDestination || listener.getUseOriginalDst().getValue(),
                inspectors.tls,
                inspectors.http,
                listener.hasListenerFiltersTimeout()
                        ? inspection.duration(listener.getListenerFiltersTimeout(), "listener_filters_timeout")
                        : DEFAULT_INSPECTOR_TIMEOUT,
                listener.getContinueOnListenerFiltersTimeout(),
                inspectors.proxyProtocol,
                inspectors.proxyProtocolOptional,
                new AccessLogCompiler(inspection).compile(listener.getAccessLogList(), "", "access_log"),
                listener.getStatPrefix(),
                Inspection.origin(listener.getMetadata()));
    }

    @SuppressWarnings("deprecation") // deprecated_v1.bind_to_port is still sent
    private static boolean bindToPort(Listener listener) {
        if (listener.hasBindToPort()) {
            return listener.getBindToPort().getValue();
        }
        return !listener.getDeprecatedV1().hasBindToPort()
                || listener.getDeprecatedV1().getBindToPort().getValue();
    }

    /** Conditions that only an inspector can answer switch it on, as in Envoy, so that no chain is missed in silence. */
    private static void needs(FilterChainMatch match, Inspectors inspectors) {
        if (match.transportProtocol().equals("tls") || !match.serverNames().isEmpty()) {
            inspectors.tls = true;
        }
    }

    private ListenerAddress address(Address address, String path) {
        SocketAddress socket = EndpointCompiler.socket(address, path, inspection);
        if (dev.riser.proxy.route.IpAddress.parse(socket.getAddress()) == null) {
            inspection.reject(at(path, "socket_address.address"), "\"" + socket.getAddress() + "\" is no IP address");
        }
        return new ListenerAddress(socket.getAddress(), socket.getPortValue());
    }

    private Inspectors inspectors(List<ListenerFilter> filters) {
        Inspectors inspectors = new Inspectors();
        for (int i = 0; i < filters.size(); i++) {
            ListenerFilter filter = filters.get(i);
            String at = at("", "listener_filters", i);
            inspection.only(filter, at, Set.of("name", "typed_config"));
            Any config = filter.getTypedConfig();
            String type = Inspection.typeOf(config);
            switch (type.isEmpty() ? filter.getName() : type) {
                case "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
                        "envoy.filters.listener.tls_inspector" -> inspectors.tls = true;
                case "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
                        "envoy.filters.listener.http_inspector" -> inspectors.http = true;
                case "envoy.extensions.filters.listener.original_dst.v3.OriginalDst",
                        "envoy.filters.listener.original_dst" -> inspectors.originalDestination = true;
                case "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
                        "envoy.filters.listener.proxy_protocol" -> {
                    inspectors.proxyProtocol = true;
                    if (!type.isEmpty()) {
                        String configPath = at(at, "typed_config");
                        ProxyProtocol options = inspection.unpack(config, ProxyProtocol.class, configPath);
                        inspection.only(
                                options, configPath, Set.of("allow_requests_without_proxy_protocol", "stat_prefix"));
                        inspectors.proxyProtocolOptional = options.getAllowRequestsWithoutProxyProtocol();
                    }
                }
                default -> inspection.reject(at, "this proxy has no listener filter " + filter.getName());
            }
        }
        return inspectors;
    }

    private FilterChain chain(io.envoyproxy.envoy.config.listener.v3.FilterChain chain, String path) {
        inspection.only(
                chain,
                path,
                Set.of(
                        "filter_chain_match",
                        "filters",
                        "metadata",
                        "transport_socket",
                        "transport_socket_connect_timeout",
                        "name"));
        List<RbacFilter> rbac = new ArrayList<>();
        Terminal terminal = null;
        for (int i = 0; i < chain.getFiltersCount(); i++) {
            Filter filter = chain.getFilters(i);
            String at = at(path, "filters", i);
            inspection.only(filter, at, Set.of("name", "typed_config"));
            if (terminal != null) {
                inspection.reject(at, "stands behind the last filter that this proxy can run");
                break;
            }
            Any config = filter.getTypedConfig();
            String configPath = at(at, "typed_config");
            switch (Inspection.typeOf(config)) {
                case NETWORK_RBAC ->
                    rbac.add(new RbacCompiler(inspection)
                            .network(inspection.unpack(config, RBAC.class, configPath), configPath));
                case HTTP_CONNECTION_MANAGER ->
                    terminal = new HttpConnectionCompiler(inspection)
                            .compile(inspection.unpack(config, HttpConnectionManager.class, configPath), configPath);
                case TCP_PROXY ->
                    terminal = tcpProxy(
                            inspection.unpack(
                                    config,
                                    io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.class,
                                    configPath),
                            configPath);
                default ->
                    inspection.reject(
                            at,
                            "this proxy has no network filter \"" + filter.getName() + "\" with the configuration "
                                    + Inspection.typeOf(config));
            }
        }
        if (terminal == null) {
            throw new Inspection.Unusable(
                    at(path, "filters"), "need an HTTP connection manager or a TCP proxy as the last one");
        }
        return new FilterChain(
                chain.getName(),
                match(chain.getFilterChainMatch(), at(path, "filter_chain_match")),
                chain.hasTransportSocket()
                        ? tls.downstream(chain.getTransportSocket(), at(path, "transport_socket"))
                        : null,
                inspection.duration(
                        chain.getTransportSocketConnectTimeout(), at(path, "transport_socket_connect_timeout")),
                rbac,
                terminal,
                Inspection.origin(chain.getMetadata()));
    }

    private FilterChainMatch match(io.envoyproxy.envoy.config.listener.v3.FilterChainMatch match, String path) {
        inspection.only(
                match,
                path,
                Set.of(
                        "destination_port",
                        "prefix_ranges",
                        "direct_source_prefix_ranges",
                        "source_type",
                        "source_prefix_ranges",
                        "source_ports",
                        "server_names",
                        "transport_protocol",
                        "application_protocols"));
        List<String> serverNames = new ArrayList<>();
        for (int i = 0; i < match.getServerNamesCount(); i++) {
            String name = match.getServerNames(i).toLowerCase(Locale.ROOT);
            if (name.indexOf('*') > 0 || (name.startsWith("*") && !name.startsWith("*."))) {
                inspection.reject(
                        at(path, "server_names", i), "\"" + name + "\" may have \"*\" only as its first label");
            }
            serverNames.add(name);
        }
        return new FilterChainMatch(
                inspection.atMost(match.getDestinationPort().getValue(), 65535, at(path, "destination_port")),
                matchers.ranges(match.getPrefixRangesList(), path, "prefix_ranges"),
                serverNames,
                match.getTransportProtocol(),
                match.getApplicationProtocolsList(),
                matchers.ranges(match.getDirectSourcePrefixRangesList(), path, "direct_source_prefix_ranges"),
                switch (match.getSourceType()) {
                    case ANY -> FilterChainMatch.SourceType.ANY;
                    case SAME_IP_OR_LOOPBACK -> FilterChainMatch.SourceType.SAME_IP_OR_LOOPBACK;
                    case EXTERNAL -> FilterChainMatch.SourceType.EXTERNAL;
                    case UNRECOGNIZED -> throw new Inspection.Unusable(at(path, "source_type"), "is unknown");
                },
                matchers.ranges(match.getSourcePrefixRangesList(), path, "source_prefix_ranges"),
                match.getSourcePortsList());
    }

    private Terminal tcpProxy(io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy proxy, String path) {
        // A hash policy has an effect only with a balancer that hashes, and clusters with one are rejected.
        inspection.only(
                proxy,
                path,
                Set.of(
                        "stat_prefix",
                        "cluster",
                        "weighted_clusters",
                        "idle_timeout",
                        "access_log",
                        "max_connect_attempts",
                        "hash_policy",
                        "max_downstream_connection_duration"));
        List<TcpProxy.WeightedCluster> clusters = new ArrayList<>();
        switch (proxy.getClusterSpecifierCase()) {
            case CLUSTER -> clusters.add(new TcpProxy.WeightedCluster(proxy.getCluster(), 1));
            case WEIGHTED_CLUSTERS -> {
                var weighted = proxy.getWeightedClusters();
                for (int i = 0; i < weighted.getClustersCount(); i++) {
                    String at = at(path, "weighted_clusters.clusters", i);
                    inspection.only(weighted.getClusters(i), at, Set.of("name", "weight"));
                    if (weighted.getClusters(i).getWeight() == 0) {
                        inspection.reject(at(at, "weight"), "is less than 1");
                    }
                    clusters.add(new TcpProxy.WeightedCluster(
                            weighted.getClusters(i).getName(),
                            Integer.toUnsignedLong(weighted.getClusters(i).getWeight())));
                }
            }
            case CLUSTERSPECIFIER_NOT_SET -> throw new Inspection.Unusable(path, "names no cluster");
        }
        if (clusters.isEmpty()) {
            throw new Inspection.Unusable(path, "names no cluster");
        }
        return new TcpProxy(
                proxy.getStatPrefix(),
                clusters,
                proxy.hasIdleTimeout()
                        ? inspection.duration(proxy.getIdleTimeout(), at(path, "idle_timeout"))
                        : DEFAULT_TCP_IDLE_TIMEOUT,
                inspection.duration(
                        proxy.getMaxDownstreamConnectionDuration(), at(path, "max_downstream_connection_duration")),
                proxy.hasMaxConnectAttempts()
                        ? Math.max(
                                1,
                                Inspection.count(proxy.getMaxConnectAttempts().getValue()))
                        : 1,
                new AccessLogCompiler(inspection).compile(proxy.getAccessLogList(), path, "access_log"));
    }
}
