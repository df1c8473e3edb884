package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.balance.CircuitBreaker;
import dev.riser.proxy.balance.Outcome;
import dev.riser.proxy.balance.RetryState;
import dev.riser.proxy.net.Relay;
import dev.riser.proxy.snapshot.TcpProxy;
import dev.riser.proxy.telemetry.ConnectionRecord;
import dev.riser.proxy.telemetry.Direction;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The walk of opaque bytes: route by the chain, balance, connect, relay, record. Nothing of the client is asked for before
 * the upstream is there, so that a server may speak first; what comes with a handshake is kept. Confined to the event loop of the downstream connection.
 */
final class TcpExchange implements Relay.Observer, ServedConnection {
    /** ALPN of opaque bytes between proxies, as in Istio. */
    private static final List<String> OPAQUE = List.of("istio");

    private final WorkloadTraffic traffic;
    private final DownstreamConnection connection;
    private final TcpProxy settings;
    private final Held held;
    private final WorkloadLoop loop;
    private final ConnectionRecord record = new ConnectionRecord();
    private @Nullable Upstream upstream;
    private @Nullable CircuitBreaker breaker;
    private int attempts;
    private boolean opened;
    private boolean done;

    /** Who keeps what the client sends until the upstream is there; what is not taken goes with the channel. */
    interface Held {
        /** All that came so far, to be released by the caller; null for nothing. What comes later is not kept any more. */
        @Nullable
        ByteBuf take();

        /** Whether the client has ended its side. */
        boolean inputEnded();
    }

    TcpExchange(WorkloadTraffic traffic, DownstreamConnection connection, TcpProxy settings, Held held) {
        this.held = held;
        this.traffic = traffic;
        this.connection = connection;
        this.settings = settings;
        this.loop = connection.loop();
    }

    void begin() {
        describe();
        String name = settings.choose(loop.random().nextLong());
        record.clusterName = name;
        ClusterRuntime cluster = traffic.clusters().get(name);
        if (cluster == null) {
            fail(FailureReason.NO_CLUSTER, "cluster " + name + " is not known");
            return;
        }
        record.service =
                connection.inbound() && cluster.service().host().isEmpty() ? traffic.ownService() : cluster.service();
        connection.channel().closeFuture().addListener(closed -> {
            if (!opened) {
                fail(FailureReason.CLIENT_GONE, "the client went away before the upstream was there");
            }
        });
        traffic.serve(this);
        if (!done) {
            attempt(cluster);
        }
    }

    @Override
    public DownstreamConnection connection() {
        return connection;
    }

    @Override
    public void revised() {
        // where the bytes go was decided when the connection came
    }

    @Override
    public void forbidden() {
        connection.channel().close();
    }

    private void describe() {
        HandshakeFacts tls = connection.handshake();
        record.direction = connection.inbound() ? Direction.INBOUND : Direction.OUTBOUND;
        record.startEpochMicros = System.currentTimeMillis() * 1000;
        record.startNanos = System.nanoTime();
        record.downstreamLocal = connection.destination();
        record.downstreamRemote = connection.remote();
        record.connectionId = connection.id();
        record.requestedServerName = connection.serverName();
        record.tlsVersion = tls.version();
        record.tlsCipher = tls.cipher();
        record.tlsGroup = tls.group();
        record.downstreamPeerUri = connection.principal();
        record.downstreamLocalUri = tls.localUri();
        record.mutualTls = connection.mutualTls();
        record.routeOrigin = connection.chain().origin().text();
        if (connection.inbound()) {
            record.source = Peers.ofPrincipal(connection.principal());
            record.destination = traffic.own();
        } else {
            record.source = traffic.own();
            record.destination = PeerDescriptor.UNKNOWN;
        }
    }

    private void attempt(ClusterRuntime cluster) {
        switch (cluster.choose(loop.random(), RetryState.none(), connection.destination())) {
            case ClusterRuntime.Choice.None(FailureReason reason) ->
                fail(reason, "cluster " + cluster.config().name() + " has no endpoint to connect to");
            case ClusterRuntime.Choice.Chosen(Upstream chosen) -> {
                CircuitBreaker limits = cluster.state().breaker(false);
                if (!limits.tryAcquire(CircuitBreaker.Resource.CONNECTIONS)) {
                    traffic.process()
                            .proxyMetrics()
                            .circuitOpen(cluster.config().name());
                    fail(
                            FailureReason.CIRCUIT_OPEN,
                            "the connection limit of " + cluster.config().name() + " is reached");
                    return;
                }
                attempts++;
                breaker = limits;
                upstream = chosen;
                chosen.host().requestStarted();
                connect(cluster, chosen);
            }
        }
    }

    private void connect(ClusterRuntime cluster, Upstream chosen) {
        new UpstreamConnector(traffic)
                .connect(
                        loop.eventLoop(),
                        chosen,
                        connection.reach(),
                        chosen.ofTheMesh() ? OPAQUE : List.of(),
                        new UpstreamConnector.Result() {
                            @Override
                            public void connected(Channel channel, HandshakeFacts facts) {
                                if (done || !connection.channel().isActive()) {
                                    channel.close();
                                    return;
                                }
                                cluster.state().outlier().onBytesConnected(chosen.host());
                                relay(chosen, channel, facts);
                            }

                            @Override
                            public void failed(FailureReason reason, String detail) {
                                cluster.state()
                                        .outlier()
                                        .onFailure(
                                                chosen.host(),
                                                reason == FailureReason.CONNECT_TIMEOUT
                                                        ? Outcome.CONNECT_TIMED_OUT
                                                        : Outcome.CONNECT_FAILED);
                                settle();
                                if (done) {
                                    return;
                                }
                                if (attempts < settings.maxConnectAttempts()) {
                                    attempt(cluster);
                                } else {
                                    record.upstreamHost = chosen.address();
                                    fail(reason, detail);
                                }
                            }
                        });
    }

    private void relay(Upstream chosen, Channel channel, HandshakeFacts facts) {
        opened = true;
        record.upstreamHost = chosen.address();
        record.upstreamLocal = channel.localAddress();
        record.upstreamPeerUri = facts.peerUri();
        record.upstreamLocalUri = facts.localUri();
        if (!connection.inbound()) {
            record.mutualTls = chosen.mutualTls();
            record.destination = Peers.proven(chosen.peer(), chosen.mutualTls() ? facts.peerUri() : "");
        }
        loop.telemetry().connectionOpened(record);
        long most = settings.maxConnectionDuration().toNanos();
        if (most > 0) {
            loop.eventLoop().schedule(() -> connection.channel().close(), most, TimeUnit.NANOSECONDS);
        }
        Relay.join(
                connection.channel(),
                channel,
                held.take(),
                this,
                settings.idleTimeout().toNanos());
        if (held.inputEnded()) {
            connection.channel().pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void received(int bytes) {
        record.bytesReceived += bytes;
    }

    @Override
    public void sent(int bytes) {
        record.bytesSent += bytes;
    }

    @Override
    public void ended(@Nullable Throwable cause) {
        if (cause != null) {
            record.failure = FailureReason.UPSTREAM_RESET;
            record.failureDetail = PeerRefusals.explain(cause);
        }
        finish();
    }

    private void fail(FailureReason reason, String detail) {
        if (done) {
            return;
        }
        record.failure = reason;
        record.failureDetail = detail;
        loop.telemetry().connectionOpened(record);
        finish();
        connection.channel().close();
    }

    private void settle() {
        Upstream chosen = upstream;
        CircuitBreaker limits = breaker;
        upstream = null;
        breaker = null;
        if (chosen != null && limits != null) {
            chosen.host().requestFinished();
            limits.release(CircuitBreaker.Resource.CONNECTIONS);
        }
    }

    private void finish() {
        if (done) {
            return;
        }
        done = true;
        settle();
        record.endNanos = System.nanoTime();
        loop.telemetry().connectionClosed(record, traffic.accessLogs().of(settings.accessLogs()));
    }
}
