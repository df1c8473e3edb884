package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.balance.ClusterState;
import dev.riser.proxy.balance.EndpointAddress;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.balance.Host;
import dev.riser.proxy.balance.Pick;
import dev.riser.proxy.balance.RetryState;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.telemetry.DestinationService;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * A cluster of one workload at work: the balance that outlives changes of configuration, and the upstreams that hang on
 * its hosts. Choosing is for any thread; updates come one after another.
 */
final class ClusterRuntime {
    private final ClusterState state;
    private volatile CompiledCluster config;
    private volatile Map<Host, Upstream> upstreams = new ConcurrentHashMap<>();
    private volatile DestinationService service;

    ClusterRuntime(ClusterState state, CompiledCluster config) {
        this.state = state;
        this.config = config;
        this.service = service(config);
    }

    /** An upstream, or why there is none. */
    sealed interface Choice {
        record Chosen(Upstream upstream) implements Choice {}

        record None(FailureReason reason) implements Choice {}
    }

    CompiledCluster config() {
        return config;
    }

    ClusterState state() {
        return state;
    }

    /** The service that the cluster stands for, for metrics. */
    DestinationService service() {
        return service;
    }

    /** New settings or endpoints. Upstreams survive where the settings are the same and the host is still there. */
    void update(CompiledCluster newConfig, EndpointSet endpoints) {
        state.update(newConfig.balance(), endpoints);
        Map<Host, Upstream> before = upstreams;
        Map<Host, Upstream> after = new ConcurrentHashMap<>();
        if (newConfig.equals(config)) {
            before.forEach((host, upstream) -> {
                if (!host.removed() && sameTransport(upstream, newConfig, host)) {
                    after.put(host, upstream);
                }
            });
        } else {
            config = newConfig;
            service = service(newConfig);
        }
        upstreams = after;
    }

    private static boolean sameTransport(Upstream upstream, CompiledCluster config, Host host) {
        return upstream.transport().equals(config.transportFor(host.endpoint()));
    }

    /**
     * Chooses an endpoint.
     *
     * @param original where the downstream connection was going, for clusters that follow it
     */
    Choice choose(RandomGenerator random, RetryState retries, InetSocketAddress original) {
        if (config.discovery() instanceof CompiledCluster.OriginalDestination(int port)) {
            InetSocketAddress to = port == 0 ? original : new InetSocketAddress(original.getAddress(), port);
            return new Choice.Chosen(upstream(state.hostAt(EndpointAddress.of(to))));
        }
        Pick pick = state.pick(random, retries);
        return switch (pick) {
            case Host host -> new Choice.Chosen(upstream(host));
            case Pick.Refused refused ->
                new Choice.None(
                        switch (refused) {
                            case NO_ENDPOINT -> FailureReason.NO_ENDPOINT;
                            case NO_HEALTHY_ENDPOINT -> FailureReason.NO_HEALTHY_ENDPOINT;
                            case DROPPED -> FailureReason.OVERLOADED;
                        });
        };
    }

    private Upstream upstream(Host host) {
        Upstream known = upstreams.get(host);
        return known != null && known.cluster() == config
                ? known
                : upstreams.compute(
                        host,
                        (same, old) -> old != null && old.cluster() == config ? old : new Upstream(this, config, host));
    }

    private static DestinationService service(CompiledCluster cluster) {
        if (cluster.services().isEmpty()) {
            return DestinationService.UNKNOWN;
        }
        CompiledCluster.ServiceName first = cluster.services().getFirst();
        return new DestinationService(first.host(), first.name(), first.namespace());
    }
}
