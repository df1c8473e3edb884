package dev.riser.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How clients treat a destination. A part that is absent was not written, so that a narrower policy can inherit it; use
 * {@link DestinationRule#policyFor} for the parts put together.
 *
 * @param ports settings by the service's port number; each replaces all parts for that port
 */
public record TrafficPolicy(
        Optional<LoadBalancer> loadBalancer,
        Optional<ConnectionPool> connectionPool,
        Optional<OutlierDetection> outlierDetection,
        Optional<ClientTls> tls,
        Optional<RetryBudget> retryBudget,
        Map<Integer, TrafficPolicy> ports) {

    /** Nothing was written. */
    public static final TrafficPolicy NONE = new TrafficPolicy(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

    public TrafficPolicy {
        ports = Map.copyOf(ports);
    }

    /**
     * This policy with what the narrower one says laid over it, for one port. As in Istio, a part of the narrower one
     * replaces the whole part, and settings for the port replace all parts; only the retry budget, which cannot be
     * written per port, is kept.
     */
    TrafficPolicy overlaid(TrafficPolicy narrower, int port) {
        TrafficPolicy ofPort = narrower.ports.get(port);
        if (ofPort != null) {
            return new TrafficPolicy(
                    ofPort.loadBalancer,
                    ofPort.connectionPool,
                    ofPort.outlierDetection,
                    ofPort.tls,
                    narrower.retryBudget.or(() -> retryBudget),
                    Map.of());
        }
        return new TrafficPolicy(
                narrower.loadBalancer.or(() -> loadBalancer),
                narrower.connectionPool.or(() -> connectionPool),
                narrower.outlierDetection.or(() -> outlierDetection),
                narrower.tls.or(() -> tls),
                narrower.retryBudget.or(() -> retryBudget),
                Map.of());
    }

    /** How one endpoint is chosen among those of a destination. */
    public record LoadBalancer(Optional<Algorithm> algorithm, Optional<Locality> locality) {}

    /** {@code loadBalancer.simple}. */
    public enum Algorithm {
        LEAST_REQUEST,
        ROUND_ROBIN,
        RANDOM
    }

    /**
     * Preference for near endpoints.
     *
     * @param enabled whether it applies
     * @param failovers where to go when a region has no healthy endpoint
     */
    public record Locality(boolean enabled, List<Failover> failovers) {
        public Locality {
            failovers = List.copyOf(failovers);
        }
    }

    /** From one region to another. */
    public record Failover(String from, String to) {}

    /**
     * Limits on connections and requests; absent means the default, without limit.
     *
     * @param maxConnections connections to the destination
     * @param connectTimeout time for a connection to be made
     * @param tcpIdleTimeout after this long without a byte a TCP connection is closed; zero means never
     * @param http1MaxPendingRequests requests that may wait for a connection
     * @param http2MaxRequests requests in flight, of any HTTP version
     * @param maxRequestsPerConnection requests after which a connection is closed; 0 means no limit
     * @param maxRetries retries in flight
     * @param httpIdleTimeout after this long without a request a connection is closed
     */
    public record ConnectionPool(
            OptionalInt maxConnections,
            Optional<Duration> connectTimeout,
            Optional<Duration> tcpIdleTimeout,
            Optional<KeepAlive> tcpKeepAlive,
            OptionalInt http1MaxPendingRequests,
            OptionalInt http2MaxRequests,
            OptionalInt maxRequestsPerConnection,
            OptionalInt maxRetries,
            Optional<Duration> httpIdleTimeout) {}

    /** TCP's keep-alive probes; absent parts are the operating system's. */
    public record KeepAlive(OptionalInt probes, Optional<Duration> time, Optional<Duration> interval) {}

    /**
     * When an endpoint is left out for a while.
     *
     * @param consecutive5xxErrors 5xx answers in a row; 0 switches this off
     * @param consecutiveGatewayErrors 502, 503, 504 in a row; 0 switches this off
     * @param splitExternalLocalOriginErrors whether failures to connect are counted apart
     * @param consecutiveLocalOriginFailures failures to connect in a row, where counted apart
     * @param interval time between two looks
     * @param baseEjectionTime how long an endpoint is left out, times the number of its ejections
     * @param maxEjectionPercent the largest share that may be left out
     * @param minHealthPercent with fewer healthy endpoints than this all are used
     */
    public record OutlierDetection(
            OptionalInt consecutive5xxErrors,
            OptionalInt consecutiveGatewayErrors,
            boolean splitExternalLocalOriginErrors,
            OptionalInt consecutiveLocalOriginFailures,
            Optional<Duration> interval,
            Optional<Duration> baseEjectionTime,
            OptionalInt maxEjectionPercent,
            OptionalInt minHealthPercent) {}

    /**
     * TLS towards the destination.
     *
     * @param clientCertificate file of the certificate, with {@link TlsMode#MUTUAL}
     * @param privateKey file of its key, with {@link TlsMode#MUTUAL}
     * @param caCertificates file of the authorities; absent means those of the operating system
     * @param subjectAltNames names of which the server's certificate must carry one
     * @param sni server name to ask for
     */
    public record ClientTls(
            TlsMode mode,
            Optional<String> clientCertificate,
            Optional<String> privateKey,
            Optional<String> caCertificates,
            List<String> subjectAltNames,
            Optional<String> sni) {
        public ClientTls {
            subjectAltNames = List.copyOf(subjectAltNames);
        }
    }

    /** {@code tls.mode}. */
    public enum TlsMode {
        DISABLE,
        SIMPLE,
        MUTUAL,
        ISTIO_MUTUAL
    }

    /**
     * Retries in flight allowed, in proportion to requests in flight.
     *
     * @param percent of active and waiting requests, 0 to 100; absent means 20
     * @param minRetryConcurrency retries that are always allowed; absent means 3
     */
    public record RetryBudget(OptionalDouble percent, OptionalInt minRetryConcurrency) {}
}
