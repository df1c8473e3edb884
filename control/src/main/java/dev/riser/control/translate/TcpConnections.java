package dev.riser.control.translate;

import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;

/** Relays of bytes. */
final class TcpConnections {
    private TcpConnections() {}

    /** A cluster and its weight. */
    record Target(String cluster, int weight) {}

    static Filter to(String cluster) {
        return to(cluster, List.of(new Target(cluster, 1)));
    }

    static Filter to(String statPrefix, List<Target> targets) {
        TcpProxy.Builder relay = TcpProxy.newBuilder().setStatPrefix(statPrefix);
        List<Target> used =
                targets.stream().filter(target -> target.weight() > 0).toList();
        if (used.size() == 1) {
            relay.setCluster(used.getFirst().cluster());
        } else {
            TcpProxy.WeightedCluster.Builder weighted = TcpProxy.WeightedCluster.newBuilder();
            used.forEach(target -> weighted.addClusters(TcpProxy.WeightedCluster.ClusterWeight.newBuilder()
                    .setName(target.cluster())
                    .setWeight(target.weight())));
            relay.setWeightedClusters(weighted);
        }
        return Filter.newBuilder()
                .setName("envoy.filters.network.tcp_proxy")
                .setTypedConfig(Wire.any(relay.build()))
                .build();
    }
}
