package dev.riser.control.translate;

import com.google.protobuf.BoolValue;
import dev.riser.control.world.IpText;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.MeshSettings;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.control.world.ServicePort;
import dev.riser.model.IpBlock;
import dev.riser.model.Origin;
import dev.riser.model.PortProtocol;
import dev.riser.model.ServiceEntry;
import dev.riser.model.VirtualService;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Listeners for what a workload sends. */
final class OutboundListeners {
    /** What ALPN's words mean here: the inspector reports them for plaintext HTTP too. */
    static final List<String> HTTP_WORDS = List.of("http/1.0", "http/1.1", "h2c");

    /** How long a stream that may be anything is looked at before it is relayed as bytes: a server may speak first. */
    static final Duration LOOK = Duration.ofMillis(100);
    /** How long a ClientHello is waited for where only TLS can come. */
    static final Duration HELLO = Duration.ofSeconds(5);

    private final ProxyView view;
    private final RouteTranslation routes;

    OutboundListeners(ProxyView view) {
        this.view = view;
        this.routes = new RouteTranslation(view);
    }

    /** The listener for all that leads to no known address. */
    Listener virtualOutbound() {
        String cluster = switch (view.settings().outbound()) {
            case ALLOW_ANY -> ResourceNames.PASSTHROUGH;
            case REGISTRY_ONLY -> ResourceNames.BLACK_HOLE;
        };
        if (view.settings().capture() == MeshSettings.Capture.NONE) {
            return askedFor(cluster);
        }
        return Listener.newBuilder()
                .setName(ResourceNames.VIRTUAL_OUTBOUND)
                .setAddress(Wire.address("0.0.0.0", ResourceNames.OUTBOUND_PORT))
                .setTrafficDirection(TrafficDirection.OUTBOUND)
                .setUseOriginalDst(BoolValue.of(true))
                .addListenerFilters(ListenerFilter.newBuilder()
                        .setName("envoy.filters.listener.original_dst")
                        .setTypedConfig(Wire.any(OriginalDst.getDefaultInstance())))
                .addFilterChains(FilterChain.newBuilder()
                        .setName(ResourceNames.VIRTUAL_OUTBOUND)
                        .addFilters(TcpConnections.to(cluster)))
                .build();
    }

    /**
     * Without capture the program asks the proxy to go somewhere, for single requests too: those need a chain of their
     * own. The socket is the proxy's, for what comes in there names its destination itself.
     */
    private Listener askedFor(String cluster) {
        return Listener.newBuilder()
                .setName(ResourceNames.VIRTUAL_OUTBOUND)
                .setAddress(Wire.address(view.node().addresses().getFirst(), ResourceNames.OUTBOUND_PORT))
                .setBindToPort(BoolValue.of(false))
                .setTrafficDirection(TrafficDirection.OUTBOUND)
                .addListenerFilters(httpInspector())
                .setListenerFiltersTimeout(Wire.duration(LOOK))
                .setContinueOnListenerFiltersTimeout(true)
                .addFilterChains(FilterChain.newBuilder()
                        .setName("http")
                        .setFilterChainMatch(plainHttp())
                        .addFilters(HttpConnections.outbound(
                                "outbound",
                                RouteConfiguration.newBuilder()
                                        .setName(ResourceNames.VIRTUAL_OUTBOUND)
                                        .addVirtualHosts(VirtualHost.newBuilder()
                                                .setName("any")
                                                .addDomains("*")
                                                .addRoutes(routes.defaultRoute(cluster)))
                                        .build())))
                .setDefaultFilterChain(FilterChain.newBuilder()
                        .setName(ResourceNames.VIRTUAL_OUTBOUND)
                        .addFilters(TcpConnections.to(cluster)))
                .build();
    }

    /** The listener for one address and port, under the name that was asked for; nothing where the mesh knows neither. */
    Optional<Listener> listener(String name) {
        return ResourceNames.CalledAddress.parse(name).flatMap(called -> {
            List<MeshService> services = view.servicesAt(called.ip(), called.port());
            if (!services.isEmpty()) {
                return Optional.of(toService(name, called, services.getFirst()));
            }
            return toEndpoint(name, called).or(() -> byHost(name, called));
        });
    }

    private Listener toService(String name, ResourceNames.CalledAddress called, MeshService service) {
        ServicePort port = service.port(called.port()).orElseThrow();
        String cluster = new ResourceNames.OutboundCluster(port.number(), "", service.host()).name();
        Filter http = HttpConnections.outbound(
                "outbound_" + name, new ResourceNames.RoutedHost(service.host(), port.number()).name());
        Optional<VirtualService> rules = view.virtualService(service);
        Chain bytes = bytes(rules, called, service, cluster);
        List<FilterChain> byServerName =
                rules.map(found -> byServerName(found, called)).orElse(List.of());
        Listener.Builder listener = base(name, called);
        addChains(listener, port.protocol(), http, bytes, byServerName, service.origin());
        return listener.build();
    }

    /** A filter and what it comes from. */
    private record Chain(Filter filter, Origin origin, String rule, int line) {
        FilterChain.Builder built(String name) {
            return FilterChain.newBuilder()
                    .setName(name)
                    .addFilters(filter)
                    .setMetadata(Wire.origin(origin, rule, line));
        }
    }

    private static void addChains(
            Listener.Builder listener,
            PortProtocol protocol,
            Filter http,
            Chain bytes,
            List<FilterChain> byServerName,
            Origin origin) {
        switch (protocol) {
            case HTTP, HTTP2, GRPC ->
                listener.addFilterChains(new Chain(http, origin, "", origin.line()).built("http"));
            case TCP, UDP -> listener.addFilterChains(bytes.built("tcp"));
            case TLS -> {
                if (byServerName.isEmpty()) {
                    listener.addFilterChains(bytes.built("tcp"));
                } else {
                    listener.addListenerFilters(tlsInspector())
                            .setListenerFiltersTimeout(Wire.duration(HELLO))
                            .setContinueOnListenerFiltersTimeout(true)
                            .addAllFilterChains(byServerName)
                            .setDefaultFilterChain(bytes.built("tcp"));
                }
            }
            case AUTO -> {
                if (!byServerName.isEmpty()) {
                    listener.addListenerFilters(tlsInspector()).addAllFilterChains(byServerName);
                }
                listener.addListenerFilters(httpInspector())
                        .setListenerFiltersTimeout(Wire.duration(LOOK))
                        .setContinueOnListenerFiltersTimeout(true)
                        .addFilterChains(new Chain(http, origin, "", origin.line())
                                .built("http")
                                .setFilterChainMatch(plainHttp()))
                        .setDefaultFilterChain(bytes.built("tcp"));
            }
        }
    }

    private Chain bytes(
            Optional<VirtualService> rules,
            ResourceNames.CalledAddress called,
            MeshService service,
            String defaultCluster) {
        if (rules.isPresent()) {
            Destinations destinations = new Destinations(view, rules.get().namespace(), called.port());
            InetAddress address = InetAddress.ofLiteral(called.ip());
            for (VirtualService.TcpRule rule : rules.get().tcp()) {
                boolean matches = rule.matches().isEmpty()
                        || rule.matches().stream()
                                .anyMatch(match -> (match.port().isEmpty()
                                                || match.port().getAsInt() == called.port())
                                        && inside(match.destinationSubnets(), address)
                                        && destinations.callerMatches(match.sourceLabels(), match.sourceNamespace()));
                if (matches) {
                    return new Chain(
                            TcpConnections.to(defaultCluster, destinations.targets(rule.targets())),
                            rules.get().origin(),
                            "tcp[" + rule.index() + "]",
                            rule.line());
                }
            }
        }
        return new Chain(
                TcpConnections.to(defaultCluster),
                service.origin(),
                "",
                service.origin().line());
    }

    private List<FilterChain> byServerName(VirtualService rules, ResourceNames.CalledAddress called) {
        Destinations destinations = new Destinations(view, rules.namespace(), called.port());
        InetAddress address = InetAddress.ofLiteral(called.ip());
        List<FilterChain> chains = new ArrayList<>();
        // Two chains for one name are refused by Envoy; the first rule counts, as everywhere.
        Set<String> taken = new HashSet<>();
        for (VirtualService.TlsRule rule : rules.tls()) {
            for (VirtualService.TlsMatch match : rule.matches()) {
                if (match.port().isPresent() && match.port().getAsInt() != called.port()
                        || !inside(match.destinationSubnets(), address)
                        || !destinations.callerMatches(match.sourceLabels(), match.sourceNamespace())) {
                    continue;
                }
                List<String> names =
                        match.sniHosts().stream().filter(taken::add).toList();
                if (names.isEmpty()) {
                    continue;
                }
                FilterChainMatch.Builder condition =
                        FilterChainMatch.newBuilder().setTransportProtocol("tls");
                if (!names.contains("*")) {
                    condition.addAllServerNames(names);
                }
                chains.add(FilterChain.newBuilder()
                        .setName("tls[" + rule.index() + "]" + String.join(",", names))
                        .setFilterChainMatch(condition)
                        .addFilters(TcpConnections.to(names.getFirst(), destinations.targets(rule.targets())))
                        .setMetadata(Wire.origin(rules.origin(), "tls[" + rule.index() + "]", match.line()))
                        .build());
            }
        }
        return chains;
    }

    private static boolean inside(List<IpBlock> blocks, InetAddress address) {
        return blocks.isEmpty() || blocks.stream().anyMatch(block -> block.contains(address));
    }

    /**
     * A workload's own address was called, as with headless services: exactly that endpoint is meant, still with mutual
     * TLS.
     */
    private Optional<Listener> toEndpoint(String name, ResourceNames.CalledAddress called) {
        for (MeshService service : view.servicesServedAt(called.ip())) {
            if (service.external() || service.resolution() != ServiceEntry.Resolution.STATIC) {
                continue;
            }
            for (ServiceEndpoint endpoint : service.endpoints()) {
                if (!endpoint.address().equals(called.ip())) {
                    continue;
                }
                Optional<ServicePort> port = service.ports().stream()
                        .filter(candidate -> Integer.valueOf(called.port())
                                .equals(endpoint.ports().get(candidate.number())))
                        .findFirst();
                if (port.isPresent()) {
                    return Optional.of(toEndpoint(name, called, service, port.get()));
                }
            }
        }
        return Optional.empty();
    }

    private Listener toEndpoint(
            String name, ResourceNames.CalledAddress called, MeshService service, ServicePort port) {
        String cluster = new ResourceNames.OutboundCluster(port.number(), called.ip(), service.host()).name();
        RouteConfiguration direct = RouteConfiguration.newBuilder()
                .setName(name)
                .addVirtualHosts(VirtualHost.newBuilder()
                        .setName(name)
                        .addDomains("*")
                        .addRoutes(routes.defaultRoute(cluster).setMetadata(Wire.origin(service.origin())))
                        .setMetadata(Wire.origin(service.origin())))
                .build();
        Listener.Builder listener = base(name, called);
        Origin origin = service.origin();
        addChains(
                listener,
                port.protocol(),
                HttpConnections.outbound("outbound_" + name, direct),
                new Chain(TcpConnections.to(cluster), origin, "", origin.line()),
                List.of(),
                origin);
        return listener.build();
    }

    /**
     * The address is of nobody, but ServiceEntries without addresses of their own ({@code resolution: NONE}) mean this
     * port: the host that the request or the ClientHello names decides, and everything else goes where unknown traffic
     * goes.
     */
    private Optional<Listener> byHost(String name, ResourceNames.CalledAddress called) {
        RouteConfiguration.Builder hosts = RouteConfiguration.newBuilder().setName(name);
        List<FilterChain> chains = new ArrayList<>();
        Set<String> takenDomains = new HashSet<>();
        Set<String> takenNames = new HashSet<>();
        for (MeshService service : view.services()) {
            Optional<ServicePort> port = service.port(called.port());
            if (port.isEmpty()
                    || service.resolution() != ServiceEntry.Resolution.NONE
                    || !service.addresses().isEmpty()
                    || !service.blocks().isEmpty()) {
                continue;
            }
            String cluster = new ResourceNames.OutboundCluster(called.port(), "", service.host()).name();
            if (RouteTranslation.routable(port.get().protocol())) {
                List<String> domains = routes.domains(service, called.port()).stream()
                        .filter(takenDomains::add)
                        .toList();
                if (!domains.isEmpty()) {
                    hosts.addVirtualHosts(routes.virtualHost(service, called.port(), domains));
                }
            } else if (port.get().protocol() == PortProtocol.TLS && takenNames.add(service.host())) {
                chains.add(FilterChain.newBuilder()
                        .setName(service.host())
                        .setFilterChainMatch(FilterChainMatch.newBuilder()
                                .setTransportProtocol("tls")
                                .addServerNames(service.host()))
                        .addFilters(TcpConnections.to(cluster))
                        .setMetadata(Wire.origin(service.origin()))
                        .build());
            }
        }
        if (hosts.getVirtualHostsCount() == 0 && chains.isEmpty()) {
            return Optional.empty();
        }
        Listener.Builder listener = base(name, called)
                .setListenerFiltersTimeout(Wire.duration(LOOK))
                .setContinueOnListenerFiltersTimeout(true);
        if (!chains.isEmpty()) {
            listener.addListenerFilters(tlsInspector()).addAllFilterChains(chains);
        }
        boolean open = view.settings().outbound() == MeshSettings.OutboundTraffic.ALLOW_ANY;
        String elsewhere = open ? ResourceNames.PASSTHROUGH : ResourceNames.BLACK_HOLE;
        if (hosts.getVirtualHostsCount() > 0) {
            if (open && takenDomains.add("*")) {
                hosts.addVirtualHosts(VirtualHost.newBuilder()
                        .setName("allow_any")
                        .addDomains("*")
                        .addRoutes(routes.defaultRoute(elsewhere)));
            }
            listener.addListenerFilters(httpInspector())
                    .addFilterChains(FilterChain.newBuilder()
                            .setName("http")
                            .setFilterChainMatch(plainHttp())
                            .addFilters(HttpConnections.outbound("outbound_" + name, hosts.build())));
        }
        return Optional.of(listener.setDefaultFilterChain(
                        FilterChain.newBuilder().setName("other").addFilters(TcpConnections.to(elsewhere)))
                .build());
    }

    private static Listener.Builder base(String name, ResourceNames.CalledAddress called) {
        return Listener.newBuilder()
                .setName(name)
                .setAddress(Wire.address(called.ip(), called.port()))
                .setBindToPort(BoolValue.of(false))
                .setTrafficDirection(TrafficDirection.OUTBOUND);
    }

    /** An application's TLS may offer the same words. */
    private static FilterChainMatch.Builder plainHttp() {
        return FilterChainMatch.newBuilder().setTransportProtocol("raw_buffer").addAllApplicationProtocols(HTTP_WORDS);
    }

    static ListenerFilter.Builder tlsInspector() {
        return ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.tls_inspector")
                .setTypedConfig(Wire.any(TlsInspector.getDefaultInstance()));
    }

    static ListenerFilter.Builder httpInspector() {
        return ListenerFilter.newBuilder()
                .setName("envoy.filters.listener.http_inspector")
                .setTypedConfig(Wire.any(HttpInspector.getDefaultInstance()));
    }

    /** Names of all listeners that a proxy without on-demand discovery needs. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (MeshService service : view.services()) {
            for (ServicePort port : service.ports()) {
                for (String address : service.addresses()) {
                    names.add(new ResourceNames.CalledAddress(address, port.number()).name());
                }
                if (service.headless()) {
                    for (ServiceEndpoint endpoint : service.endpoints()) {
                        Integer target = endpoint.ports().get(port.number());
                        if (target != null && IpText.parse(endpoint.address()).isPresent()) {
                            names.add(new ResourceNames.CalledAddress(endpoint.address(), target).name());
                        }
                    }
                }
            }
        }
        return names.stream().distinct().toList();
    }
}
