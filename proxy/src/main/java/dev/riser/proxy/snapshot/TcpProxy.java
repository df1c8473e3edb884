package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.RouteMatcher;
import java.time.Duration;
import java.util.List;

/**
 * Bytes are relayed to a cluster.
 *
 * @param statPrefix name in metrics
 * @param clusters one, or several by weight
 * @param idleTimeout in which no byte flows either way; {@link Duration#ZERO}: none. 1 h where the configuration is silent
 * @param maxConnectionDuration {@link Duration#ZERO}: none
 * @param maxConnectAttempts how many endpoints are tried
 * @param accessLogs for each connection
 */
public record TcpProxy(
        String statPrefix,
        List<WeightedCluster> clusters,
        Duration idleTimeout,
        Duration maxConnectionDuration,
        int maxConnectAttempts,
        List<AccessLog> accessLogs)
        implements FilterChain.Terminal {

    /** Copies the lists. */
    public TcpProxy {
        clusters = List.copyOf(clusters);
        accessLogs = List.copyOf(accessLogs);
    }

    /** One of several clusters. */
    public record WeightedCluster(String cluster, long weight) {}

    /** Names of the clusters. */
    public List<String> clusterNames() {
        return clusters.stream().map(WeightedCluster::cluster).toList();
    }

    /**
     * The cluster of one connection.
     *
     * @param draw 64 uniformly random bits
     */
    public String choose(long draw) {
        if (clusters.size() == 1) {
            return clusters.get(0).cluster();
        }
        long[] upTo = new long[clusters.size()];
        long total = 0;
        for (int i = 0; i < upTo.length; i++) {
            total += clusters.get(i).weight();
            upTo[i] = total;
        }
        return clusters.get(RouteMatcher.choose(upTo, draw)).cluster();
    }
}
