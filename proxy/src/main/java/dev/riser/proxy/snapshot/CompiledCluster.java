package dev.riser.proxy.snapshot;

import dev.riser.proxy.balance.BalanceSettings;
import dev.riser.proxy.balance.Endpoint;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A cluster.
 *
 * @param name the resource's name
 * @param discovery where its endpoints come from
 * @param connectTimeout 5 s where the configuration is silent
 * @param balance how endpoints are chosen, watched and limited
 * @param http which HTTP is spoken
 * @param transport where no entry of {@code transportMatches} fits
 * @param transportMatches in order; the first that fits an endpoint is used
 * @param idleTimeout of a connection without requests; {@link Duration#ZERO}: none. 1 h where the configuration is silent
 * @param maxConnectionDuration {@link Duration#ZERO}: none
 * @param maxRequestsPerConnection 0: no limit
 * @param maxStreamDuration {@link Duration#ZERO}: none
 * @param maxResponseHeadersKilobytes 60 where the configuration is silent
 * @param keepalive of the sockets; null: none
 * @param connectionPerDownstream whether downstream connections do not share upstream connections
 * @param autoServerName whether the request's authority is the server name of the handshake
 * @param verifyAutoServerName whether the certificate must then be for it
 * @param dns how names are resolved
 * @param services what the cluster stands for, for metrics
 * @param origin where it came from
 */
public record CompiledCluster(
        String name,
        Discovery discovery,
        Duration connectTimeout,
        BalanceSettings balance,
        UpstreamHttp http,
        UpstreamTransport transport,
        List<TransportMatch> transportMatches,
        Duration idleTimeout,
        Duration maxConnectionDuration,
        int maxRequestsPerConnection,
        Duration maxStreamDuration,
        int maxResponseHeadersKilobytes,
        @Nullable SocketKeepalive keepalive,
        boolean connectionPerDownstream,
        boolean autoServerName,
        boolean verifyAutoServerName,
        DnsSettings dns,
        List<ServiceName> services,
        Origin origin) {

    /** Copies the lists. */
    public CompiledCluster {
        transportMatches = List.copyOf(transportMatches);
        services = List.copyOf(services);
    }

    /** Where endpoints come from. */
    public sealed interface Discovery {}

    /** In the cluster itself. */
    public record Static(EndpointSet endpoints) implements Discovery {}

    /** Host names in the cluster itself; every address of each is an endpoint. */
    public record StrictDns(EndpointSet endpoints) implements Discovery {}

    /** One host name in the cluster itself; new connections go to its first address. */
    public record LogicalDns(EndpointSet endpoints) implements Discovery {}

    /** A resource of its own. */
    public record ByName(String serviceName) implements Discovery {}

    /**
     * The original destination of the downstream connection.
     *
     * @param portOverride port to connect to instead, 0: the original one
     */
    public record OriginalDestination(int portOverride) implements Discovery {}

    /** Which HTTP is spoken. */
    public enum HttpVersion {
        HTTP1,
        HTTP2,
        /** What the downstream request came in. */
        AS_DOWNSTREAM,
        /** By ALPN. */
        NEGOTIATED
    }

    /** Which HTTP is spoken and how. */
    public record UpstreamHttp(HttpVersion version, Http1Settings http1, Http2Settings http2) {}

    /**
     * A transport for some endpoints.
     *
     * @param name for metrics
     * @param labels all of these must be in the endpoint's metadata; empty: every endpoint
     */
    public record TransportMatch(String name, Map<String, String> labels, UpstreamTransport transport) {
        /** Copies the map. */
        public TransportMatch {
            labels = Map.copyOf(labels);
        }
    }

    /**
     * TCP keepalive.
     *
     * @param probes unanswered until the connection is dead, 0: the system's default
     * @param time idle until the first probe, {@link Duration#ZERO}: the system's default
     * @param interval between probes, {@link Duration#ZERO}: the system's default
     */
    public record SocketKeepalive(int probes, Duration time, Duration interval) {}

    /**
     * How names are resolved.
     *
     * @param family which addresses
     * @param refreshRate 5 s where the configuration is silent
     * @param respectTtl whether the answer's life time is the refresh rate
     */
    public record DnsSettings(Family family, Duration refreshRate, boolean respectTtl) {
        /** What holds where the configuration is silent. */
        public static final DnsSettings DEFAULT = new DnsSettings(Family.AUTO, Duration.ofSeconds(5), false);

        /** Which addresses. */
        public enum Family {
            AUTO,
            V4_ONLY,
            V6_ONLY,
            V4_PREFERRED,
            ALL
        }
    }

    /** A service that the cluster stands for. */
    public record ServiceName(String host, String name, String namespace) {}

    /** The transport for an endpoint. */
    public UpstreamTransport transportFor(Endpoint endpoint) {
        for (int i = 0; i < transportMatches.size(); i++) {
            TransportMatch match = transportMatches.get(i);
            if (endpoint.hasTransportLabels(match.labels())) {
                return match.transport();
            }
        }
        return transport;
    }

    /** Names of the secrets that its transports need. */
    public List<String> secretNames() {
        List<UpstreamTransport> transports = new ArrayList<>();
        transports.add(transport);
        transportMatches.forEach(match -> transports.add(match.transport()));
        Set<String> names = new LinkedHashSet<>();
        for (UpstreamTransport each : transports) {
            if (each instanceof UpstreamTls tls) {
                names.addAll(tls.common().secretNames());
            }
        }
        return List.copyOf(names);
    }
}
