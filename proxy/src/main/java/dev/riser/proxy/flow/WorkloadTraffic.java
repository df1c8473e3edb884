package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.base.Ticker;
import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.Guard;
import dev.riser.proxy.guard.ShadowObserver;
import dev.riser.proxy.http.RequestHead;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.FilterChain;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.proxy.telemetry.DestinationService;
import dev.riser.proxy.telemetry.Direction;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.telemetry.ProcessTelemetry;
import dev.riser.proxy.telemetry.WorkloadTelemetry;
import dev.riser.proxy.tls.WorkloadTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The traffic of one workload: everything its connections share over all event loops. Nothing here is static or of the
 * process, so that one process can serve many workloads without one seeing another. Any thread unless said otherwise.
 */
public final class WorkloadTraffic {
    private static final System.Logger LOG = System.getLogger("dev.riser.traffic");

    /** Lines about refusals that a workload writes a second at the most; the metrics count all. */
    private static final int REFUSALS_LOGGED = 50;

    private final TrafficSettings settings;
    private final SnapshotHolder snapshots;
    private final Sockets sockets;
    private final WorkloadTls tls;
    private final Supplier<@Nullable Object> credentialsKey;
    private final TrafficDiscovery discovery;
    private final ProcessTelemetry process;
    private final WorkloadTelemetry telemetry;
    private final Clusters clusters;
    private final Map<EventLoop, WorkloadLoop> loops = new ConcurrentHashMap<>();
    private final Set<ServedConnection> served = ConcurrentHashMap.newKeySet();
    private final Set<Runnable> drains = ConcurrentHashMap.newKeySet();
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final SplittableRandom seeds;
    private final AsciiString peerHeader;
    private final RateLimits rateLimits;
    private final LogLimit refusals;
    private final AccessLogs accessLogs;
    private volatile boolean draining;

    public WorkloadTraffic(
            TrafficSettings settings,
            SnapshotHolder snapshots,
            Sockets sockets,
            WorkloadTls tls,
            Supplier<@Nullable Object> credentialsKey,
            TrafficDiscovery discovery,
            ProcessTelemetry process,
            WorkloadTelemetry telemetry,
            Ticker ticker,
            long seed,
            AccessLogs accessLogs,
            ScheduledExecutorService scheduler,
            Executor blocking) {
        this.settings = settings;
        this.snapshots = snapshots;
        this.sockets = sockets;
        this.tls = tls;
        this.credentialsKey = credentialsKey;
        this.discovery = discovery;
        this.process = process;
        this.telemetry = telemetry;
        this.seeds = new SplittableRandom(seed);
        this.peerHeader = AsciiString.of(Peers.header(settings.own()));
        this.accessLogs = accessLogs;
        this.refusals = new LogLimit(ticker, REFUSALS_LOGGED);
        this.rateLimits = new RateLimits(ticker);
        this.clusters =
                new Clusters(ticker, new SplittableRandom(seed + 1), scheduler, blocking, process.proxyMetrics());
        snapshots.listen(this::changed);
        changed(ProxySnapshot.EMPTY, snapshots.current());
    }

    private void changed(ProxySnapshot before, ProxySnapshot after) {
        clusters.apply(before, after);
        retireConnections();
        if (before.listeners() != after.listeners()) {
            for (ServedConnection each : served) {
                each.connection().channel().eventLoop().execute(() -> revise(each));
            }
        }
    }

    /** From now on the connection is held to what is in force. Its event loop. */
    void serve(ServedConnection connection) {
        served.add(connection);
        connection.connection().channel().closeFuture().addListener(closed -> served.remove(connection));
        revise(connection);
    }

    private void revise(ServedConnection served) {
        DownstreamConnection connection = served.connection();
        CompiledListener now = snapshot().listener(connection.listener().name());
        // A listener that is gone was forgotten for want of use, or takes its workload along: neither forbids anything.
        if (now == null || now == connection.listener() || !connection.channel().isActive()) {
            return;
        }
        FilterChain chain = now.successor(connection.chain());
        if (chain == null) {
            if (connection.inbound() && connection.chain().tls() == null) {
                refused(
                        FailureReason.PLAINTEXT_REFUSED,
                        connection.channel(),
                        connection.destination(),
                        "port " + connection.destination().getPort() + " takes mutual TLS only, since a change",
                        "",
                        "");
                served.forbidden();
            }
            return;
        }
        connection.revise(now, chain);
        if (Guard.check(chain.networkRbac(), connection, ShadowObserver.NONE) instanceof AccessDecision.Denied denied) {
            denied(connection, denied.policy());
            served.forbidden();
            return;
        }
        served.revised();
    }

    /** Lets go of upstream connections that what is in force no longer calls for. */
    public void retireConnections() {
        loops.values()
                .forEach(loop -> loop.eventLoop().execute(() -> loop.pools().retire()));
    }

    TrafficSettings settings() {
        return settings;
    }

    ProxySnapshot snapshot() {
        return snapshots.current();
    }

    Sockets sockets() {
        return sockets;
    }

    WorkloadTls tls() {
        return tls;
    }

    /** Changes with every certificate of the workload. */
    @Nullable
    Object credentialsKey() {
        return credentialsKey.get();
    }

    Clusters clusters() {
        return clusters;
    }

    WorkloadTelemetry telemetry() {
        return telemetry;
    }

    ProcessTelemetry process() {
        return process;
    }

    PeerDescriptor own() {
        return settings.own();
    }

    /** Value of {@code x-riser-peer} on requests of this workload. */
    AsciiString peerHeaderText() {
        return peerHeader;
    }

    /** Value of {@code x-riser-hop}: which proxy made a response. */
    String hop(boolean inbound) {
        return settings.own().namespace() + "/" + settings.own().workload() + (inbound ? " inbound" : " outbound");
    }

    /** The service whose requests come in here. */
    DestinationService ownService() {
        return settings.service();
    }

    AccessLogs accessLogs() {
        return accessLogs;
    }

    RateLimits rateLimits() {
        return rateLimits;
    }

    /** Our own SPIFFE id, for logs. */
    String identity() {
        return settings.own().principal();
    }

    WorkloadLoop loop(EventLoop eventLoop) {
        WorkloadLoop known = loops.get(eventLoop);
        return known == null ? makeLoop(eventLoop) : known;
    }

    private synchronized WorkloadLoop makeLoop(EventLoop eventLoop) {
        return loops.computeIfAbsent(
                eventLoop,
                missing ->
                        new WorkloadLoop(this, eventLoop, telemetry.forLoop(eventLoop), seeds.split(), loops.size()));
    }

    /**
     * Finds the listener for what goes to an address, at once where it is known and else by discovery.
     *
     * @param loop the caller's, on which {@code found} is told
     */
    void listenerOf(InetSocketAddress destination, EventLoop loop, Consumer<Discovered> found) {
        String name = ListenerNames.of(destination);
        CompiledListener known = snapshot().listener(name);
        if (known == null) {
            known = snapshot().listener(ListenerNames.anyAddress(destination.getPort()));
        }
        if (known != null) {
            discovery.used(name);
            found.accept(new Discovered.Known(known));
        } else {
            discovery.discover(name, loop, found);
        }
    }

    /** Takes a place under the workload's connection limit, given back when the channel closes. */
    boolean admit(Channel channel) {
        if (draining) {
            return false;
        }
        int now = connections.incrementAndGet();
        if (now > settings.mostConnections()) {
            connections.decrementAndGet();
            return false;
        }
        open.add(channel);
        channel.closeFuture().addListener(closed -> {
            connections.decrementAndGet();
            open.remove(channel);
        });
        return true;
    }

    /** Downstream connections open now. */
    public int connections() {
        return connections.get();
    }

    void began(DownstreamConnection connection) {
        if (connection.handshake().peerPresented()) {
            process.proxyMetrics()
                    .tlsHandshake(
                            connection.inbound() ? Direction.INBOUND : Direction.OUTBOUND,
                            connection.handshake().version(),
                            connection.handshake().group());
        }
    }

    /** Registers how a connection is drained; the entry goes with the channel. */
    void drainBy(Channel channel, Runnable drain) {
        Runnable onLoop = () -> channel.eventLoop().execute(drain);
        drains.add(onLoop);
        channel.closeFuture().addListener(closed -> drains.remove(onLoop));
    }

    /** No new connections; those that are open end after their requests. */
    public void drain() {
        draining = true;
        drains.forEach(Runnable::run);
        loops.values()
                .forEach(loop -> loop.eventLoop().execute(() -> loop.pools().drain()));
    }

    /** Appends a line for each endpoint: cluster, address, health, requests in flight. */
    public void describeClusters(StringBuilder lines, String prefix) {
        for (ClusterRuntime runtime : clusters.all()) {
            runtime.state()
                    .hosts()
                    .forEach(host -> lines.append(prefix)
                            .append("::")
                            .append(runtime.state().name())
                            .append("::")
                            .append(host.address())
                            .append("::health_flags::")
                            .append(host.ejected() ? "/failed_outlier_check" : "healthy")
                            .append("::rq_active::")
                            .append(host.activeRequests())
                            .append('\n'));
        }
    }

    /** Closes every downstream connection of the workload. */
    public void closeConnections() {
        open.forEach(Channel::close);
    }

    /** After {@link #drain}: nothing is served any more. */
    public void close() {
        clusters.close();
        tls.clear();
    }

    /** A connection was refused before anything of it was served: one log line with both identities. */
    void refused(
            FailureReason reason,
            Channel channel,
            @Nullable InetSocketAddress destination,
            String detail,
            String peer,
            String own) {
        process.proxyMetrics().tlsRefused(Direction.INBOUND, reason, peer);
        logRefusal(
                reason,
                "peer=" + channel.remoteAddress() + " destination=" + destination,
                peer,
                own.isEmpty() ? identity() : own,
                "detail=\"" + detail + '"');
    }

    /** An upstream was refused by us: one log line with both identities. */
    void refusedUpstream(FailureReason reason, Upstream upstream, String detail, String claimed) {
        process.proxyMetrics().tlsRefused(Direction.OUTBOUND, reason, claimed);
        logRefusal(
                reason,
                "upstream=" + upstream.address() + " cluster="
                        + upstream.cluster().name(),
                claimed,
                identity(),
                "detail=\"" + detail + '"');
    }

    /** A connection was denied by a network rule. */
    void denied(DownstreamConnection connection, String policy) {
        process.proxyMetrics().policyDenied(policy);
        logRefusal(
                FailureReason.DENIED_BY_POLICY,
                "peer=" + connection.remote() + " destination=" + connection.destination(),
                connection.principal(),
                identity(),
                "policy=" + policy);
    }

    /** A request was denied by a rule. */
    void denied(DownstreamConnection connection, RequestHead head, String policy) {
        process.proxyMetrics().policyDenied(policy);
        logRefusal(
                FailureReason.DENIED_BY_POLICY,
                "peer=" + connection.remote() + " destination=" + connection.destination() + " request=\""
                        + head.method() + ' ' + head.authority() + head.path() + '"',
                connection.principal(),
                identity(),
                "policy=" + policy);
    }

    private void logRefusal(FailureReason reason, String what, String peer, String own, String why) {
        long before = refusals.pass();
        if (before < 0) {
            return;
        }
        // Parts of the line come from the peer; what could begin a line of its own or end a field does not get through.
        String line = "refused reason=" + reason + " workload=" + settings.own().namespace() + "/"
                + settings.own().workload() + ' ' + what + " peer_id=" + (peer.isEmpty() ? "none" : peer) + " own_id="
                + own + ' ' + why + (before > 0 ? " lines_left_out_before=" + before : "");
        LOG.log(System.Logger.Level.WARNING, Printable.of(line));
    }
}
