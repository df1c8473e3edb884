package dev.riser.proxy.discovery;

import dev.riser.base.Ticker;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.DeltaAdsClient;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RetryDelay;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Configuration from a bootstrap file: its static resources, and where it has {@code dynamic_resources} everything that
 * the control plane named there has to say. Ends in the same snapshot as a workload of the mesh.
 */
public final class StaticDiscovery implements AutoCloseable {
    private static final Duration SWEEP = Duration.ofSeconds(15);

    private final Bootstrap bootstrap;
    private final Function<Bootstrap, Supplier<? extends Channel>> channels;
    private final ResourceCompilers compilers;
    private final SnapshotHolder holder;
    private final LoopScheduler loop;
    private final RetryDelay retryDelay;
    private final DiscoverySettings settings;
    private final Ticker ticker;
    private final AdsObserver observer;
    private final CompletableFuture<ProxySnapshot> ready = new CompletableFuture<>();
    private @Nullable DeltaAdsClient client;
    private @Nullable ResourceTree tree;
    private LoopScheduler.Task sweep = LoopScheduler.Task.NONE;
    private LoopScheduler.Task warmCheck = LoopScheduler.Task.NONE;

    /**
     * @param channels finds the control plane that the bootstrap names; see {@link #channels}
     * @param holder where snapshots are published; nobody else may change it
     */
    public StaticDiscovery(
            Bootstrap bootstrap,
            Function<Bootstrap, Supplier<? extends Channel>> channels,
            ResourceCompilers compilers,
            SnapshotHolder holder,
            LoopScheduler loop,
            RetryDelay retryDelay,
            DiscoverySettings settings,
            Ticker ticker,
            AdsObserver observer) {
        this.bootstrap = bootstrap;
        this.channels = channels;
        this.compilers = compilers;
        this.holder = holder;
        this.loop = loop;
        this.retryDelay = retryDelay;
        this.settings = settings;
        this.ticker = ticker;
        this.observer = observer;
    }

    /** Channels to the control plane by the bootstrap's cluster for it. */
    public static Function<Bootstrap, Supplier<? extends Channel>> channels(ChannelTransport transport) {
        return bootstrap -> BootstrapControlPlane.channel(bootstrap, transport)::channel;
    }

    /**
     * Puts the static resources in force and, where there are dynamic ones, opens the stream.
     *
     * @return what cannot be honoured, one sentence each; where there is any, nothing should be served
     */
    public CompletionStage<List<String>> start() {
        CompletableFuture<List<String>> problems = new CompletableFuture<>();
        loop.run(() -> {
            try {
                problems.complete(begin());
            } catch (RuntimeException unusable) {
                problems.complete(List.of(String.valueOf(unusable.getMessage())));
            }
        });
        return problems;
    }

    /** Completes when everything that was asked for is in force. */
    public CompletionStage<ProxySnapshot> ready() {
        return ready.minimalCompletionStage();
    }

    /** Ends the stream. The snapshot stays as it is. */
    @Override
    public void close() {
        loop.run(() -> {
            sweep.cancel();
            warmCheck.cancel();
            if (client != null) {
                client.close();
            }
        });
    }

    private List<String> begin() {
        List<String> problems = new ArrayList<>();
        Set<ResourceType> wanted = EnumSet.noneOf(ResourceType.class);
        want(bootstrap.getDynamicResources().getLdsConfig(), "lds_config", ResourceType.LISTENER, wanted, problems);
        want(bootstrap.getDynamicResources().getCdsConfig(), "cds_config", ResourceType.CLUSTER, wanted, problems);
        if (!problems.isEmpty()) {
            return problems;
        }
        Subscriber subscriber = Subscriber.NOBODY;
        DeltaAdsClient opened = null;
        if (bootstrap.getDynamicResources().hasAdsConfig()) {
            opened = new DeltaAdsClient(
                    channels.apply(bootstrap), bootstrap.getNode(), loop, retryDelay, new Connection());
            subscriber = new ClientSubscriber(opened);
        }
        ResourceTree made = new ResourceTree(compilers, holder, subscriber, settings, ticker);
        client = opened;
        tree = made;
        if (opened != null) {
            for (ResourceType type : EnumSet.complementOf(EnumSet.of(ResourceType.HOST))) {
                opened.handle(type.url(), (url, upserts, removed) -> {
                    Map<String, String> rejected = made.apply(type, upserts, removed);
                    settled(made);
                    return rejected;
                });
            }
            if (wanted.contains(ResourceType.LISTENER)) {
                made.wantEveryListener();
            }
            if (wanted.contains(ResourceType.CLUSTER)) {
                made.wantEveryCluster();
            }
            for (ResourceType type : wanted) {
                opened.subscribeAll(type.url());
            }
        }
        made.fix(
                        bootstrap.getStaticResources().getListenersList(),
                        bootstrap.getStaticResources().getClustersList(),
                        bootstrap.getStaticResources().getSecretsList())
                .forEach((what, reason) -> problems.add(what + ": " + reason));
        if (problems.isEmpty() && opened != null) {
            opened.start();
            sweep = loop.schedule(SWEEP, this::sweep);
        }
        settled(made);
        return problems;
    }

    private static void want(
            ConfigSource source, String field, ResourceType type, Set<ResourceType> wanted, List<String> problems) {
        switch (source.getConfigSourceSpecifierCase()) {
            case ADS -> wanted.add(type);
            case CONFIGSOURCESPECIFIER_NOT_SET -> {}
            case PATH, PATH_CONFIG_SOURCE, API_CONFIG_SOURCE, SELF ->
                problems.add("dynamic_resources.%s: %s; allowed: ads"
                        .formatted(
                                field,
                                source.getConfigSourceSpecifierCase().name().toLowerCase(java.util.Locale.ROOT)));
        }
    }

    private void settled(ResourceTree made) {
        warmCheck.cancel();
        warmCheck = LoopScheduler.Task.NONE;
        if (made.anythingWaiting()) {
            warmCheck = loop.schedule(settings.warmTimeout(), () -> {
                made.settle();
                settled(made);
            });
        }
        if (!ready.isDone() && made.complete()) {
            ready.complete(holder.current());
        }
    }

    private void sweep() {
        if (tree != null) {
            tree.sweep();
        }
        sweep = loop.schedule(SWEEP, this::sweep);
    }

    /** Follows the stream's state. */
    private final class Connection implements AdsObserver {
        @Override
        public void onConnected() {
            if (tree != null) {
                tree.connected();
            }
            observer.onConnected();
        }

        @Override
        public void onLost(String reason, Duration retryIn) {
            if (tree != null) {
                tree.disconnected();
            }
            observer.onLost(reason, retryIn);
        }

        @Override
        public void onAccepted(String type, int upserts, int removed) {
            observer.onAccepted(type, upserts, removed);
        }

        @Override
        public void onRejected(String type, Map<String, String> reasons) {
            observer.onRejected(type, reasons);
        }
    }
}
