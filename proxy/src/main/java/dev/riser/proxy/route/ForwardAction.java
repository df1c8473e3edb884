package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Send the request to a cluster.
 *
 * @param target which cluster
 * @param pathRewrite what becomes of the path
 * @param hostRewrite what becomes of the authority
 * @param appendForwardedHost whether the authority before its rewrite is appended to {@code x-forwarded-host}
 * @param timeout from the request's end to the response's end; {@link Duration#ZERO} for none. 15 s where the
 *     configuration is silent
 * @param idleTimeout of the stream; null: the listener's stream idle timeout holds; {@link Duration#ZERO}: none
 * @param maxStreamDuration of the whole stream; null: none from the route
 * @param grpcTimeoutMax upper limit when {@code grpc-timeout} sets the deadline; null: the header is not used; {@link
 *     Duration#ZERO}: used without upper limit
 * @param grpcTimeoutOffset taken off {@code grpc-timeout}
 * @param retry the retry policy, {@link RetryPolicy#NONE} where there is none
 * @param mirrors copies to send
 * @param upgrades protocols that this route allows or forbids, lower case
 * @param highPriority whether the cluster's limits for high priority hold
 * @param clusterNotFoundStatus what to answer where the cluster is unknown: 503, 404 or 500
 */
public record ForwardAction(
        ClusterTarget target,
        PathRewrite pathRewrite,
        HostRewrite hostRewrite,
        boolean appendForwardedHost,
        Duration timeout,
        @Nullable Duration idleTimeout,
        @Nullable Duration maxStreamDuration,
        @Nullable Duration grpcTimeoutMax,
        Duration grpcTimeoutOffset,
        RetryPolicy retry,
        List<Mirror> mirrors,
        List<Upgrade> upgrades,
        boolean highPriority,
        int clusterNotFoundStatus)
        implements RouteAction {

    /** Copies the lists. */
    public ForwardAction {
        mirrors = List.copyOf(mirrors);
        upgrades = List.copyOf(upgrades);
    }

    /** Which cluster a request goes to. */
    public sealed interface ClusterTarget {}

    /** Always the same. */
    public record Named(String cluster) implements ClusterTarget {}

    /** The one that a request header names; a request without it has no route. */
    public record FromHeader(AsciiString name) implements ClusterTarget {}

    /** By weight. Weights add up to at least one. */
    public record Weighted(List<WeightedCluster> clusters) implements ClusterTarget {
        /** Copies the list. */
        public Weighted {
            clusters = List.copyOf(clusters);
        }

        /** Sum of the weights. */
        public long totalWeight() {
            long total = 0;
            for (int i = 0; i < clusters.size(); i++) {
                total += clusters.get(i).weight();
            }
            return total;
        }
    }

    /**
     * One of several clusters.
     *
     * @param cluster its name
     * @param weight its share of the sum
     * @param requestChanges for requests that go to it
     * @param responseChanges for responses that come from it
     * @param hostRewrite the authority for it; {@link HostRewrite.Keep}: the route's holds
     * @param overrides settings of filters for it
     */
    public record WeightedCluster(
            String cluster,
            long weight,
            HeaderChanges requestChanges,
            HeaderChanges responseChanges,
            HostRewrite hostRewrite,
            FilterOverrides overrides) {}

    /**
     * A copy of the request whose response is thrown away.
     *
     * @param cluster where it goes; empty where {@code clusterHeader} names it
     * @param clusterHeader header that names the cluster, null where {@code cluster} does
     * @param fraction how many requests are copied
     * @param appendShadowSuffix whether {@code -shadow} is appended to the copy's authority
     */
    public record Mirror(
            String cluster, @Nullable AsciiString clusterHeader, Fraction fraction, boolean appendShadowSuffix) {}

    /**
     * Whether a protocol may be upgraded to on this route.
     *
     * @param protocol lower case, as {@code websocket} or {@code connect}
     * @param enabled allowed or forbidden
     */
    public record Upgrade(String protocol, boolean enabled) {}
}
