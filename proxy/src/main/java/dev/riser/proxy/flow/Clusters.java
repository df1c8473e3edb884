package dev.riser.proxy.flow;

import dev.riser.base.Ticker;
import dev.riser.proxy.balance.ClusterState;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.balance.Host;
import dev.riser.proxy.balance.OutlierObserver;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.telemetry.ProxyMetrics;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The clusters of one workload at work. Follows the snapshot: {@link #apply} is called for each change, one after another;
 * looking up is for any thread. Names of DNS clusters are resolved in the proxy's own namespace, off the event loops.
 */
final class Clusters {
    private final Map<String, ClusterRuntime> runtimes = new ConcurrentHashMap<>();
    private final Map<String, List<InetAddress>> resolved = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final RandomGenerator random;
    private final ScheduledExecutorService scheduler;
    private final Executor blocking;
    private final ProxyMetrics metrics;
    private volatile boolean closed;

    Clusters(
            Ticker ticker,
            RandomGenerator random,
            ScheduledExecutorService scheduler,
            Executor blocking,
            ProxyMetrics metrics) {
        this.ticker = ticker;
        this.random = random;
        this.scheduler = scheduler;
        this.blocking = blocking;
        this.metrics = metrics;
    }

    /** The cluster of that name, null where the snapshot has none. */
    @Nullable
    ClusterRuntime get(String name) {
        return runtimes.get(name);
    }

    Collection<ClusterRuntime> all() {
        return runtimes.values();
    }

    /** Brings what runs in line with what is in force. */
    synchronized void apply(ProxySnapshot before, ProxySnapshot after) {
        for (CompiledCluster cluster : after.clusters().values()) {
            CompiledCluster old = before.cluster(cluster.name());
            boolean sameCluster = old == cluster;
            boolean sameEndpoints = switch (cluster.discovery()) {
                case CompiledCluster.ByName(String service) -> before.endpoints(service) == after.endpoints(service);
                default -> true;
            };
            if (!sameCluster || !sameEndpoints || !runtimes.containsKey(cluster.name())) {
                update(cluster, after);
            }
        }
        runtimes.keySet().removeIf(name -> after.cluster(name) == null);
    }

    private void update(CompiledCluster cluster, ProxySnapshot snapshot) {
        ClusterRuntime runtime = runtimes.get(cluster.name());
        boolean added = runtime == null;
        if (runtime == null) {
            ClusterState state = new ClusterState(
                    cluster.name(), cluster.balance(), ticker, random, new EjectionObserver(cluster.name(), metrics));
            runtime = new ClusterRuntime(state, cluster);
        }
        runtime.update(cluster, endpoints(cluster, snapshot));
        runtimes.put(cluster.name(), runtime);
        if (added) {
            sweepLater(cluster.name());
            resolveLater(cluster.name(), Duration.ZERO);
        }
    }

    private EndpointSet endpoints(CompiledCluster cluster, ProxySnapshot snapshot) {
        EndpointSet none = EndpointSet.of(cluster.name(), List.of());
        return switch (cluster.discovery()) {
            case CompiledCluster.Static(EndpointSet endpoints) -> endpoints;
            case CompiledCluster.StrictDns(EndpointSet endpoints) ->
                endpoints.resolved(name -> resolved.getOrDefault(name, List.of()));
            case CompiledCluster.LogicalDns(EndpointSet endpoints) ->
                endpoints.resolved(name -> first(resolved.getOrDefault(name, List.of())));
            case CompiledCluster.ByName(String service) -> {
                EndpointSet found = snapshot.endpoints(service);
                yield found == null ? none : found;
            }
            case CompiledCluster.OriginalDestination destination -> none;
        };
    }

    private static List<InetAddress> first(List<InetAddress> addresses) {
        return addresses.isEmpty() ? addresses : addresses.subList(0, 1);
    }

    private void sweepLater(String name) {
        scheduler.schedule(
                () -> {
                    ClusterRuntime runtime = runtimes.get(name);
                    if (runtime != null && !closed) {
                        runtime.state().sweep();
                        sweepLater(name);
                    }
                },
                5,
                TimeUnit.SECONDS);
    }

    private void resolveLater(String name, Duration wait) {
        ClusterRuntime runtime = runtimes.get(name);
        if (runtime == null || closed) {
            return;
        }
        CompiledCluster cluster = runtime.config();
        List<String> names = switch (cluster.discovery()) {
            case CompiledCluster.StrictDns(EndpointSet endpoints) -> endpoints.hostNames();
            case CompiledCluster.LogicalDns(EndpointSet endpoints) -> endpoints.hostNames();
            default -> List.of();
        };
        if (names.isEmpty()) {
            return;
        }
        scheduler.schedule(
                () -> blocking.execute(() -> {
                    for (String host : names) {
                        resolve(host);
                    }
                    refreshed(name, cluster);
                    resolveLater(name, cluster.dns().refreshRate());
                }),
                wait.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void resolve(String host) {
        try {
            resolved.put(host, List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException e) {
            // what was known stays: a name server that is away must not take the destination away
            resolved.putIfAbsent(host, List.of());
        }
    }

    private synchronized void refreshed(String name, CompiledCluster cluster) {
        ClusterRuntime runtime = runtimes.get(name);
        if (runtime != null && runtime.config() == cluster) {
            runtime.update(cluster, endpoints(cluster, ProxySnapshot.EMPTY));
        }
    }

    void close() {
        closed = true;
        runtimes.clear();
    }

    private record EjectionObserver(String cluster, ProxyMetrics metrics) implements OutlierObserver {
        private static final System.Logger LOG = System.getLogger("dev.riser.outlier");

        @Override
        public void onEjected(Host host, Cause cause, Duration duration) {
            metrics.ejected(cluster);
            LOG.log(
                    System.Logger.Level.INFO,
                    "ejected endpoint={0} cluster={1} cause={2} for={3}s",
                    host.address(),
                    cluster,
                    cause,
                    duration.toSeconds());
        }

        @Override
        public void onWithheld(Host host, Cause cause) {}

        @Override
        public void onReturned(Host host) {
            LOG.log(System.Logger.Level.INFO, "returned endpoint={0} cluster={1}", host.address(), cluster);
        }
    }
}
