package dev.riser.proxy.snapshot;

import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.route.Fault;
import dev.riser.proxy.route.LocalRateLimit;
import dev.riser.proxy.route.PathRules;
import dev.riser.proxy.route.RouteTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How HTTP connections of a chain are served. Durations: {@link Duration#ZERO} means no limit.
 *
 * @param codec which versions
 * @param statPrefix name in metrics
 * @param routes the route table, inline or by name
 * @param rbac rules for requests, in order
 * @param fault faults to inject; null: the chain has no fault filter, and overrides of routes have no effect
 * @param corsFilter whether the chain has a CORS filter; without it, policies of routes have no effect
 * @param rateLimit limit of the chain; null: the chain has no such filter
 * @param suppressEnvoyHeaders whether the router leaves out its {@code x-envoy-*} headers
 * @param accessLogs for each request
 * @param serverName value of {@code server}; empty: the proxy's own name
 * @param serverHeader when {@code server} is set
 * @param upgrades protocols allowed on every route unless it says otherwise, lower case; value: enabled
 * @param paths how paths are normalised
 * @param stripPort what is done about a port in the authority
 * @param useRemoteAddress whether the socket's peer is the client, else {@code x-forwarded-for} is believed
 * @param trustedHops how many proxies in front are believed
 * @param skipForwardedForAppend whether {@code x-forwarded-for} is left as it is
 * @param via value to append to {@code via}, empty: none
 * @param idleTimeout of a connection without requests; 1 h where the configuration is silent
 * @param maxConnectionDuration of a connection
 * @param maxRequestsPerConnection 0: no limit
 * @param streamIdleTimeout of a stream in which nothing moves; 5 min where the configuration is silent
 * @param requestTimeout until the whole request is in
 * @param requestHeadersTimeout until the request's head is in
 * @param drainTimeout between the two GOAWAY frames, or until the last response of a draining connection; 5 s
 * @param delayedCloseTimeout how long the peer may take to close; 1 s
 * @param maxStreamDuration of a stream
 * @param maxRequestHeadersKilobytes 60 where the configuration is silent
 * @param maxHeadersCount 100 where the configuration is silent
 * @param underscores what is done with header names that hold an underscore
 * @param http1 settings of HTTP/1
 * @param http2 settings of HTTP/2
 * @param requestId what is done about {@code x-request-id}
 * @param forwardClientCert what is done about {@code x-forwarded-client-cert}
 * @param tracing null: off
 * @param proxyContinue whether {@code 100-continue} is left to the upstream
 * @param streamErrorOnInvalidMessage whether a malformed HTTP/2 message ends only its stream
 */
public record HttpConnection(
        Codec codec,
        String statPrefix,
        Routes routes,
        List<RbacFilter> rbac,
        @Nullable Fault fault,
        boolean corsFilter,
        @Nullable LocalRateLimit rateLimit,
        boolean suppressEnvoyHeaders,
        List<AccessLog> accessLogs,
        String serverName,
        ServerHeader serverHeader,
        Map<String, Boolean> upgrades,
        PathRules paths,
        StripPort stripPort,
        boolean useRemoteAddress,
        int trustedHops,
        boolean skipForwardedForAppend,
        String via,
        Duration idleTimeout,
        Duration maxConnectionDuration,
        int maxRequestsPerConnection,
        Duration streamIdleTimeout,
        Duration requestTimeout,
        Duration requestHeadersTimeout,
        Duration drainTimeout,
        Duration delayedCloseTimeout,
        Duration maxStreamDuration,
        int maxRequestHeadersKilobytes,
        int maxHeadersCount,
        Underscores underscores,
        Http1Settings http1,
        Http2Settings http2,
        RequestId requestId,
        ForwardClientCert forwardClientCert,
        @Nullable Tracing tracing,
        boolean proxyContinue,
        boolean streamErrorOnInvalidMessage)
        implements FilterChain.Terminal {

    /** Copies. */
    public HttpConnection {
        rbac = List.copyOf(rbac);
        accessLogs = List.copyOf(accessLogs);
        upgrades = Map.copyOf(upgrades);
    }

    /** Which versions a connection may speak. */
    public enum Codec {
        /** By ALPN, else by the first bytes. */
        AUTO,
        HTTP1,
        HTTP2
    }

    /** Where the route table is. */
    public sealed interface Routes {}

    /** In the listener. */
    public record Inline(RouteTable table) implements Routes {}

    /** A resource of its own, found in the snapshot by this name. */
    public record ByName(String name) implements Routes {}

    /** When the {@code server} header is set. */
    public enum ServerHeader {
        OVERWRITE,
        APPEND_IF_ABSENT,
        PASS_THROUGH
    }

    /** What is done about a port in the authority. */
    public enum StripPort {
        KEEP,
        /** Stripped where it is the listener's own. */
        MATCHING,
        ANY
    }

    /** What is done with header names that hold an underscore. */
    public enum Underscores {
        ALLOW,
        REJECT_REQUEST,
        DROP_HEADER
    }

    /**
     * What is done about {@code x-request-id}.
     *
     * @param generate whether one is made where it is missing
     * @param preserveExternal whether one from outside is kept
     * @param alwaysInResponse whether it is in every response
     */
    public record RequestId(boolean generate, boolean preserveExternal, boolean alwaysInResponse) {}

    /**
     * What is done about {@code x-forwarded-client-cert}.
     *
     * @param mode what happens to what the peer sent and to what we know
     * @param details what is written of the peer's certificate
     */
    public record ForwardClientCert(Mode mode, Set<Detail> details) {
        /** Copies the set. */
        public ForwardClientCert {
            details = Set.copyOf(details);
        }

        /** What happens to what the peer sent and to what we know. */
        public enum Mode {
            SANITIZE,
            FORWARD_ONLY,
            APPEND_FORWARD,
            SANITIZE_SET,
            ALWAYS_FORWARD_ONLY
        }

        /** A part of the element that is written, besides {@code By} and {@code Hash}. */
        public enum Detail {
            SUBJECT,
            CERT,
            CHAIN,
            DNS,
            URI
        }
    }

    /**
     * Spans.
     *
     * @param clientSampling percent of requests with {@code x-client-trace-id} that are sampled
     * @param randomSampling percent of requests that are sampled
     * @param overallSampling upper limit in percent
     * @param maxPathTagLength longest path in a tag
     */
    public record Tracing(double clientSampling, double randomSampling, double overallSampling, int maxPathTagLength) {}
}
