package dev.riser.proxy.workload;

import dev.riser.proxy.discovery.DiscoverySettings;
import dev.riser.proxy.discovery.ResourceCompilers;
import dev.riser.proxy.discovery.StaticDiscovery;
import dev.riser.proxy.flow.Discovered;
import dev.riser.proxy.flow.TrafficDiscovery;
import dev.riser.proxy.flow.TrafficSettings;
import dev.riser.proxy.flow.WorkloadTraffic;
import dev.riser.proxy.net.NetworkNamespace;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.SnapshotCompiler;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.proxy.telemetry.DestinationService;
import dev.riser.proxy.telemetry.MetricSettings;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.telemetry.WorkloadTelemetry;
import dev.riser.proxy.tls.WorkloadTls;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RetryDelay;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The workload of a bootstrap file: listeners of its own, no redirection, no certificate of the mesh. Any thread. */
public final class BootstrapWorkload implements AutoCloseable {
    private final SnapshotHolder snapshots = new SnapshotHolder();
    private final StaticDiscovery discovery;
    private final WorkloadTraffic traffic;
    private final BoundListeners listeners;

    public BootstrapWorkload(Bootstrap bootstrap, WorkloadResources resources) {
        SnapshotCompiler compiler = new SnapshotCompiler();
        this.discovery = new StaticDiscovery(
                bootstrap,
                StaticDiscovery.channels(new ChannelTransport(resources.loops(), EpollSocketChannel::new)),
                new ResourceCompilers(
                        compiler::compileListener,
                        compiler::compileRoutes,
                        compiler::compileCluster,
                        compiler::compileEndpoints,
                        compiler::compileSecret),
                snapshots,
                LoopScheduler.of(resources.loops().next()),
                RetryDelay.standard(new SplittableRandom(resources.random().nextLong())),
                DiscoverySettings.STANDARD,
                resources.ticker(),
                new Observer(resources));
        Node node = bootstrap.getNode();
        PeerDescriptor own = new PeerDescriptor("", node.getCluster(), node.getId(), "", "", "", "");
        WorkloadTelemetry telemetry = resources
                .telemetry()
                .workload(
                        node.getId(),
                        MetricSettings.DEFAULT,
                        resources.tracers().apply(Map.of("service.name", node.getCluster())));
        Sockets sockets = new Sockets(NetworkNamespace.OWN, Sockets.Marks.NONE);
        this.traffic = new WorkloadTraffic(
                new TrafficSettings(own, DestinationService.UNKNOWN, TrafficSettings.MOST_CONNECTIONS),
                snapshots,
                sockets,
                new WorkloadTls(() -> null, resources.clock()),
                () -> null,
                new Nowhere(),
                resources.telemetry(),
                telemetry,
                resources.ticker(),
                resources.random().nextLong(),
                resources.accessLogs(),
                resources.scheduler(),
                resources.blocking());
        this.listeners = new BoundListeners(snapshots, traffic, sockets, resources.loops());
    }

    /** Completes with the rejections of the file's own resources when what is good is bound. */
    public CompletionStage<List<String>> start() {
        return discovery
                .start()
                .thenCompose(rejections -> discovery
                        .ready()
                        .thenCompose(listeners::apply)
                        .thenApply(bound -> {
                            snapshots.listen(
                                    (before, after) -> listeners.apply(after).exceptionally(failed -> null));
                            return rejections;
                        }));
    }

    @Override
    public void close() {
        listeners.close();
        traffic.closeConnections();
        traffic.close();
        discovery.close();
    }

    /** A bootstrap names all its listeners; none is asked for on demand. */
    private static final class Nowhere implements TrafficDiscovery {
        @Override
        public void discover(String listenerName, EventLoop loop, Consumer<Discovered> found) {
            loop.execute(() -> found.accept(new Discovered.NotOfTheMesh()));
        }

        @Override
        public void used(String listenerName) {}
    }

    private static final class Observer implements AdsObserver {
        private static final System.Logger LOG = System.getLogger("dev.riser.bootstrap");

        private final WorkloadResources resources;
        private boolean lost;

        private Observer(WorkloadResources resources) {
            this.resources = resources;
        }

        @Override
        public void onConnected() {
            if (lost) {
                lost = false;
                LOG.log(System.Logger.Level.INFO, "control plane is back");
            }
        }

        @Override
        public void onLost(String reason, Duration retryIn) {
            if (lost) {
                return;
            }
            lost = true;
            LOG.log(System.Logger.Level.WARNING, "control plane lost: {0}; what is in force stays", reason);
        }

        @Override
        public void onAccepted(String type, int upserts, int removed) {}

        @Override
        public void onRejected(String type, Map<String, String> reasons) {
            resources.telemetry().proxyMetrics().discoveryRejected(type);
            reasons.forEach((name, reason) -> LOG.log(
                    System.Logger.Level.WARNING, "rejected resource={0} type={1} reason=\"{2}\"", name, type, reason));
        }
    }
}
