package dev.riser.proxy.discovery;

import dev.riser.base.Ticker;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.DeltaAdsClient;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RetryDelay;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Channel;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One workload's configuration, from the control plane to the snapshot. The listeners that it always has are asked for at
 * the start, others when a connection to them arrives; what they lead to follows. What nobody has used for a while is
 * given up. When the control plane goes, everything held stays, and what has never been asked for is treated as unknown.
 *
 * <p>Public methods may be called on any thread; the rest runs on one loop.
 */
public final class WorkloadDiscovery implements AutoCloseable {
    /** Listeners that every sidecar has. */
    public static final List<String> SIDECAR_LISTENERS = List.of("virtualInbound", "virtualOutbound");

    private static final Duration SWEEP = Duration.ofSeconds(15);

    private final SnapshotHolder holder;
    private final LoopScheduler loop;
    private final DiscoverySettings settings;
    private final Ticker ticker;
    private final AdsObserver observer;
    private final DeltaAdsClient client;
    private final ResourceTree tree;
    private final HostTable hosts;
    private final List<String> always;
    private final Map<String, Use> onDemand = new ConcurrentHashMap<>();
    private final Map<String, List<CompletableFuture<ProxySnapshot>>> waiting = new HashMap<>();
    private final CompletableFuture<ProxySnapshot> ready = new CompletableFuture<>();
    private LoopScheduler.Task warmCheck = LoopScheduler.Task.NONE;
    private LoopScheduler.Task sweep = LoopScheduler.Task.NONE;
    private volatile boolean connected;
    private boolean everConnected;
    private boolean closed;

    /** When a listener was used last, and whether the control plane has answered for it. */
    private static final class Use {
        volatile long lastUsed;
        volatile boolean answered;
    }

    /**
     * @param channels asked for each new stream
     * @param node introduces the workload
     * @param always listeners that are asked for at once and never given up
     * @param compilers make the snapshot's parts
     * @param holder where snapshots are published; nobody else may change it
     * @param loop runs everything
     * @param observer of the stream
     */
    public WorkloadDiscovery(
            Supplier<? extends Channel> channels,
            Node node,
            List<String> always,
            ResourceCompilers compilers,
            SnapshotHolder holder,
            LoopScheduler loop,
            RetryDelay retryDelay,
            DiscoverySettings settings,
            Ticker ticker,
            AdsObserver observer) {
        this.always = List.copyOf(always);
        this.holder = holder;
        this.loop = loop;
        this.settings = settings;
        this.ticker = ticker;
        this.observer = observer;
        this.client = new DeltaAdsClient(channels, node, loop, retryDelay, new Connection());
        Subscriber subscriber = new ClientSubscriber(client);
        this.tree = new ResourceTree(compilers, holder, subscriber, settings, ticker);
        this.hosts = new HostTable(subscriber, settings, ticker);
    }

    /** Opens the stream and asks for what is always needed. */
    public void start() {
        loop.run(() -> {
            for (ResourceType type : ResourceType.values()) {
                client.handle(type.url(), (url, upserts, removed) -> {
                    Map<String, String> rejected = type == ResourceType.HOST
                            ? hosts.apply(upserts, removed)
                            : tree.apply(type, upserts, removed);
                    settled();
                    return rejected;
                });
            }
            always.forEach(tree::ask);
            client.start();
            sweep = loop.schedule(SWEEP, this::sweep);
        });
    }

    /** Completes when the listeners that are always needed are in force with what they lead to. Never by time alone. */
    public CompletionStage<ProxySnapshot> ready() {
        return ready.minimalCompletionStage();
    }

    /** Whether the control plane is connected now. */
    public boolean connected() {
        return connected;
    }

    /** What is in force; the same as the holder's. */
    public ProxySnapshot snapshot() {
        return holder.current();
    }

    /**
     * Makes sure that a listener is known, and counts as its use. To be called for each connection, and at least every few
     * minutes while one is open.
     *
     * @param name {@code <ip>_<port>} of the original destination
     * @return the snapshot once the control plane has answered and what the listener leads to is there; after {@link
     *     DiscoverySettings#askTimeout} the snapshot as it is then. Where it has no such listener, the mesh does not know
     *     the destination. Completes on the discovery loop, or at once.
     */
    public CompletionStage<ProxySnapshot> listener(String name) {
        Use use = onDemand.get(name);
        if (use != null && use.answered) {
            use.lastUsed = ticker.nanos();
            return CompletableFuture.completedStage(holder.current());
        }
        CompletableFuture<ProxySnapshot> answer = new CompletableFuture<>();
        loop.run(() -> ask(name, answer));
        return answer;
    }

    /** Whether the control plane has said what this listener is, or that there is none of that name. */
    public boolean answered(String name) {
        Use use = onDemand.get(name);
        return use != null && use.answered;
    }

    /**
     * The addresses of a name of the mesh; empty where it is not one. Completes on the discovery loop.
     *
     * @param name fully qualified, lower case, without the trailing dot
     */
    public CompletionStage<Optional<List<InetAddress>>> host(String name) {
        CompletableFuture<Optional<List<InetAddress>>> answer = new CompletableFuture<>();
        loop.run(() -> {
            CompletableFuture<Optional<List<InetAddress>>> asked = hosts.ask(name);
            if (!asked.isDone()) {
                LoopScheduler.Task timeout =
                        loop.schedule(patience(), () -> hosts.giveUpWaiting(name, asked, connected));
                asked.whenComplete((addresses, failure) -> timeout.cancel());
            }
            asked.whenComplete((addresses, failure) -> {
                if (failure == null) {
                    answer.complete(addresses);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        });
        return answer;
    }

    /** Ends the stream. The snapshot stays as it is. */
    @Override
    public void close() {
        loop.run(() -> {
            closed = true;
            warmCheck.cancel();
            sweep.cancel();
            client.close();
            waiting.values().forEach(all -> all.forEach(each -> each.complete(holder.current())));
            waiting.clear();
        });
    }

    private void ask(String name, CompletableFuture<ProxySnapshot> answer) {
        if (closed) {
            answer.complete(holder.current());
            return;
        }
        Use use = onDemand.get(name);
        if (use == null) {
            if (onDemand.size() >= settings.mostListeners()) {
                giveUpLongestUnused();
            }
            use = new Use();
            use.lastUsed = ticker.nanos();
            if (!always.contains(name)) {
                onDemand.put(name, use);
            }
            tree.ask(name);
        }
        use.lastUsed = ticker.nanos();
        if (use.answered || tree.listenerKnown(name)) {
            use.answered = true;
            answer.complete(holder.current());
            return;
        }
        waiting.computeIfAbsent(name, asked -> new ArrayList<>()).add(answer);
        LoopScheduler.Task timeout = loop.schedule(patience(), () -> {
            List<CompletableFuture<ProxySnapshot>> all = waiting.get(name);
            if (all != null && all.remove(answer) && all.isEmpty()) {
                waiting.remove(name);
            }
            answer.complete(holder.current());
        });
        answer.whenComplete((snapshot, failure) -> timeout.cancel());
    }

    /** Once lost, the control plane does not answer; a connection to an unknown destination must not wait for nothing. */
    private Duration patience() {
        return connected || !everConnected ? settings.askTimeout() : Duration.ZERO;
    }

    private void settled() {
        for (String name : List.copyOf(waiting.keySet())) {
            if (tree.listenerKnown(name)) {
                Use use = onDemand.get(name);
                if (use != null) {
                    use.answered = true;
                }
                List<CompletableFuture<ProxySnapshot>> answers = waiting.remove(name);
                if (answers != null) {
                    answers.forEach(each -> each.complete(holder.current()));
                }
            }
        }
        if (!ready.isDone() && holdsAll(always)) {
            ready.complete(holder.current());
        }
        warmCheck.cancel();
        warmCheck = tree.anythingWaiting()
                ? loop.schedule(settings.warmTimeout(), this::warmCheck)
                : LoopScheduler.Task.NONE;
    }

    private boolean holdsAll(Collection<String> names) {
        ProxySnapshot snapshot = holder.current();
        return names.stream().allMatch(name -> snapshot.listener(name) != null);
    }

    private void warmCheck() {
        if (!closed) {
            tree.settle();
            settled();
        }
    }

    private void sweep() {
        if (closed) {
            return;
        }
        long now = ticker.nanos();
        onDemand.forEach((name, use) -> {
            if (!waiting.containsKey(name)
                    && now - use.lastUsed >= settings.idleTime().toNanos()) {
                giveUp(name);
            }
        });
        hosts.sweep();
        tree.sweep();
        sweep = loop.schedule(SWEEP, this::sweep);
    }

    private void giveUp(String name) {
        onDemand.remove(name);
        tree.giveUp(name);
    }

    private void giveUpLongestUnused() {
        @Nullable String oldest = null;
        long used = Long.MAX_VALUE;
        for (Map.Entry<String, Use> each : onDemand.entrySet()) {
            if (!waiting.containsKey(each.getKey()) && each.getValue().lastUsed < used) {
                used = each.getValue().lastUsed;
                oldest = each.getKey();
            }
        }
        if (oldest != null) {
            giveUp(oldest);
        }
    }

    /** Follows the stream's state. */
    private final class Connection implements AdsObserver {
        @Override
        public void onConnected() {
            connected = true;
            everConnected = true;
            tree.connected();
            observer.onConnected();
        }

        @Override
        public void onLost(String reason, Duration retryIn) {
            connected = false;
            tree.disconnected();
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
