package dev.riser.control.translate;

import dev.riser.control.world.MeshService;
import dev.riser.control.world.MeshSettings;
import dev.riser.control.world.ProxyView;
import dev.riser.model.PeerAuthentication;
import dev.riser.model.PortProtocol;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.AdditionalAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The listener for what reaches a workload. */
final class InboundListeners {
    private static final List<String> HTTP_BETWEEN_PROXIES = List.of("h2", "http/1.1");
    private static final List<String> BYTES_BETWEEN_PROXIES = List.of("istio");

    /** Where plaintext is allowed, so is TLS of an application, which may well offer h2: only the mesh offers these. */
    private static final List<String> HTTP_OF_THE_MESH = List.of("istio-h2", "istio-http/1.1");

    private static final List<String> ANY_HTTP = Stream.concat(HTTP_OF_THE_MESH.stream(), HTTP_BETWEEN_PROXIES.stream())
            .toList();

    private final ProxyView view;
    private final List<HttpFilter> requestGuards;
    private final List<Filter> byteGuards;

    InboundListeners(ProxyView view) {
        this.view = view;
        Guards guards = new Guards(view);
        this.requestGuards = guards.forRequests();
        this.byteGuards = guards.forBytes();
    }

    Listener virtualInbound() {
        Listener.Builder listener = Listener.newBuilder()
                .setName(ResourceNames.VIRTUAL_INBOUND)
                .setTrafficDirection(TrafficDirection.INBOUND);
        switch (view.settings().capture()) {
            case REDIRECTION ->
                listener.setAddress(Wire.address("0.0.0.0", ResourceNames.INBOUND_PORT))
                        .addListenerFilters(ListenerFilter.newBuilder()
                                .setName("envoy.filters.listener.original_dst")
                                .setTypedConfig(Wire.any(OriginalDst.getDefaultInstance())));
            case NONE -> addressPorts(listener);
        }
        boolean plaintext = false;
        boolean plaintextOfUndeclared = false;
        List<FilterChain> chains = new ArrayList<>();
        for (Map.Entry<Integer, PortProtocol> entry : view.inboundPorts().entrySet()) {
            PeerAuthentication.Mode mode = view.peerAuthentication(entry.getKey());
            Port port = new Port(
                    entry.getKey(),
                    entry.getValue(),
                    view.reachedAt(entry.getKey()).orElseThrow());
            boolean open = mode == PeerAuthentication.Mode.PERMISSIVE || mode == PeerAuthentication.Mode.DISABLE;
            if (mode != PeerAuthentication.Mode.DISABLE) {
                chains.addAll(mutual(port, open));
            }
            if (open) {
                chains.addAll(plaintext(port, mode));
                plaintext = true;
                plaintextOfUndeclared |= port.protocol() == PortProtocol.AUTO;
            }
        }
        PeerAuthentication.Mode undeclared = view.peerAuthentication(0);
        if (view.settings().capture() == MeshSettings.Capture.REDIRECTION
                && (undeclared == PeerAuthentication.Mode.PERMISSIVE
                        || undeclared == PeerAuthentication.Mode.DISABLE)) {
            // A port that nobody declared works as without a mesh where plaintext is allowed anyway.
            chains.add(FilterChain.newBuilder()
                    .setName(ResourceNames.INBOUND_PASSTHROUGH)
                    .addAllFilters(byteGuards)
                    .addFilters(TcpConnections.to(ResourceNames.INBOUND_PASSTHROUGH))
                    .build());
            plaintext = true;
        }
        if (chains.isEmpty()) {
            // A workload without ports: Envoy takes no listener without a chain, and nobody has business here.
            chains.add(FilterChain.newBuilder()
                    .setName("inbound-none")
                    .setFilterChainMatch(FilterChainMatch.newBuilder().setTransportProtocol("tls"))
                    .addFilters(TcpConnections.to(ResourceNames.BLACK_HOLE))
                    .setTransportSocket(TransportSecurity.mutualServer(view.settings(), BYTES_BETWEEN_PROXIES))
                    .build());
        }
        listener.addListenerFilters(OutboundListeners.tlsInspector());
        if (plaintextOfUndeclared) {
            listener.addListenerFilters(OutboundListeners.httpInspector());
        }
        if (plaintext) {
            listener.setListenerFiltersTimeout(Wire.duration(OutboundListeners.LOOK))
                    .setContinueOnListenerFiltersTimeout(true);
        } else {
            listener.setListenerFiltersTimeout(Wire.duration(OutboundListeners.HELLO));
        }
        return listener.addAllFilterChains(chains).build();
    }

    /** Nothing is redirected: a socket for each port, at the workload's own loopback address. */
    private void addressPorts(Listener.Builder listener) {
        String own = view.node().addresses().getFirst();
        List<Integer> ports = view.inboundPorts().keySet().stream()
                .map(port -> view.reachedAt(port).orElseThrow())
                .toList();
        listener.setAddress(Wire.address(own, ports.isEmpty() ? ResourceNames.INBOUND_PORT : ports.getFirst()));
        ports.stream()
                .skip(1)
                .forEach(port -> listener.addAdditionalAddresses(
                        AdditionalAddress.newBuilder().setAddress(Wire.address(own, port))));
    }

    /**
     * A port of the workload.
     *
     * @param reachedAt where its connections arrive
     */
    private record Port(int number, PortProtocol protocol, int reachedAt) {
        String cluster() {
            return new ResourceNames.InboundCluster(number).name();
        }

        FilterChainMatch.Builder match() {
            return FilterChainMatch.newBuilder().setDestinationPort(Wire.uint(reachedAt));
        }
    }

    /**
     * Chains that demand a certificate.
     *
     * @param open whether plaintext is allowed beside: then TLS of the application itself must not be taken for ours, so
     *     that ours is told by its ALPN
     */
    private List<FilterChain> mutual(Port port, boolean open) {
        FilterChainMatch.Builder tls = port.match().setTransportProtocol("tls");
        return switch (port.protocol()) {
            case HTTP, HTTP2, GRPC ->
                List.of(chain(port, "mutual", tls, http(port))
                        .setTransportSocket(TransportSecurity.mutualServer(view.settings(), HTTP_BETWEEN_PROXIES))
                        .build());
            case TLS, TCP, UDP ->
                List.of(chain(
                                port,
                                "mutual",
                                open ? tls.addAllApplicationProtocols(BYTES_BETWEEN_PROXIES) : tls,
                                bytes(port))
                        .setTransportSocket(TransportSecurity.mutualServer(view.settings(), BYTES_BETWEEN_PROXIES))
                        .build());
            case AUTO ->
                List.of(
                        chain(
                                        port,
                                        "mutual-http",
                                        tls.clone().addAllApplicationProtocols(open ? HTTP_OF_THE_MESH : ANY_HTTP),
                                        http(port))
                                .setTransportSocket(
                                        TransportSecurity.mutualServer(view.settings(), HTTP_BETWEEN_PROXIES))
                                .build(),
                        chain(
                                        port,
                                        "mutual-tcp",
                                        open ? tls.addAllApplicationProtocols(BYTES_BETWEEN_PROXIES) : tls,
                                        bytes(port))
                                .setTransportSocket(
                                        TransportSecurity.mutualServer(view.settings(), BYTES_BETWEEN_PROXIES))
                                .build());
        };
    }

    /**
     * Chains for callers without a proxy. Chains are chosen criterion by criterion without a way back: a chain without
     * transport protocol would be out of reach as soon as another chain of the port names the connection's.
     */
    private List<FilterChain> plaintext(Port port, PeerAuthentication.Mode mode) {
        List<FilterChain> chains = new ArrayList<>();
        switch (port.protocol()) {
            case HTTP, HTTP2, GRPC ->
                chains.add(chain(port, "plaintext", raw(port), http(port)).build());
            case TLS, TCP, UDP ->
                chains.add(chain(port, "plaintext", raw(port), bytes(port)).build());
            case AUTO -> {
                chains.add(chain(
                                port,
                                "plaintext-http",
                                raw(port).addAllApplicationProtocols(OutboundListeners.HTTP_WORDS),
                                http(port))
                        .build());
                chains.add(chain(port, "plaintext-tcp", raw(port), bytes(port)).build());
            }
        }
        if (mode == PeerAuthentication.Mode.DISABLE || !port.protocol().isHttp()) {
            // TLS that is not ours is the application's own business.
            chains.add(chain(port, "tls", port.match().setTransportProtocol("tls"), bytes(port))
                    .build());
        }
        return chains;
    }

    private static FilterChainMatch.Builder raw(Port port) {
        return port.match().setTransportProtocol("raw_buffer");
    }

    private FilterChain.Builder chain(Port port, String kind, FilterChainMatch.Builder match, List<Filter> filters) {
        FilterChain.Builder chain = FilterChain.newBuilder()
                .setName("inbound|" + port.number() + "|" + kind)
                .setFilterChainMatch(match)
                .addAllFilters(filters);
        List<MeshService> services = view.servicesBehind(port.number());
        if (!services.isEmpty()) {
            chain.setMetadata(Wire.origin(services.getFirst().origin()));
        }
        return chain;
    }

    private List<Filter> bytes(Port port) {
        List<Filter> filters = new ArrayList<>(byteGuards);
        filters.add(TcpConnections.to(port.cluster()));
        return filters;
    }

    private List<Filter> http(Port port) {
        Route.Builder route = Route.newBuilder()
                .setName("default")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder().setCluster(port.cluster()).setTimeout(Wire.duration(Duration.ZERO)));
        VirtualHost.Builder host = VirtualHost.newBuilder()
                .setName("inbound|http|" + port.number())
                .addDomains("*");
        List<MeshService> services = view.servicesBehind(port.number());
        if (!services.isEmpty()) {
            Metadata origin = Wire.origin(services.getFirst().origin());
            route.setMetadata(origin);
            host.setMetadata(origin);
        }
        return List.of(HttpConnections.inbound(
                "inbound_" + port.number(),
                RouteConfiguration.newBuilder()
                        .setName(port.cluster())
                        .addVirtualHosts(host.addRoutes(route))
                        .build(),
                requestGuards));
    }
}
