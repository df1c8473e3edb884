package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.http.ClientStream;
import dev.riser.proxy.http.ClientStreamListener;
import dev.riser.proxy.http.Http1ClientConnection;
import dev.riser.proxy.http.Http2Connection;
import dev.riser.proxy.http.HttpLimits;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Station 7 for HTTP: connections to upstream addresses, kept open and shared by the requests of one workload on one event
 * loop, to which everything here is confined. HTTP/2 connections are shared, HTTP/1 connections lent to one request at a
 * time. A pool without connections and waiters is forgotten.
 */
final class UpstreamPools {
    private static final List<String> H2 = List.of("h2");
    private static final List<String> HTTP_1_1 = List.of("http/1.1");

    /** Between proxies HTTP travels as h2, upgrades as http/1.1, each with Istio's word that no application uses. */
    private static final List<String> H2_OF_THE_MESH = List.of("istio-h2", "h2");

    private static final List<String> HTTP_1_1_OF_THE_MESH = List.of("istio-http/1.1", "http/1.1");

    /** Requests that may wait for a connection to one address before more are refused. */
    private static final int MOST_WAITING = 1024;

    /** Idle HTTP/1 connections kept for one address; more are closed. */
    private static final int MOST_IDLE = 64;

    private final WorkloadTraffic traffic;
    private final EventLoop loop;
    private final UpstreamConnector connector;
    private final Map<PoolKey, Pool> pools = new HashMap<>();

    UpstreamPools(WorkloadTraffic traffic, EventLoop loop) {
        this.traffic = traffic;
        this.loop = loop;
        this.connector = new UpstreamConnector(traffic);
    }

    /** How a request must travel. */
    enum Wire {
        HTTP1,
        HTTP2
    }

    /** What makes connections interchangeable; {@code credentials} are those a mutual TLS connection was made with. */
    private record PoolKey(
            Upstream upstream,
            Wire wire,
            Sockets.Reach reach,
            @Nullable Object credentials) {}

    /** Who waits for a stream; called once, on the event loop. */
    interface Waiter {
        /** The listener of the stream that is about to be made. */
        ClientStreamListener listener();

        /** @param reused whether the connection has served another request before */
        void opened(ClientStream stream, HandshakeFacts facts, boolean reused);

        void failed(FailureReason reason, String detail);

        /** Whether it would be tried with another endpoint if this one failed now. */
        boolean goesElsewhere();

        /** Whether nobody waits any more. */
        boolean gone();
    }

    /** Opens a stream to {@code upstream}, now or when a connection is there. */
    void open(Upstream upstream, Wire wire, Sockets.Reach reach, Waiter waiter) {
        PoolKey key = new PoolKey(upstream, wire, reach, upstream.mutualTls() ? traffic.credentialsKey() : null);
        Pool pool = pools.get(key);
        if (pool == null) {
            pool = wire == Wire.HTTP2 ? new SharedPool(key) : new LentPool(key);
            pools.put(key, pool);
        }
        pool.open(waiter);
    }

    /** Connections open now. */
    int connections() {
        int count = 0;
        for (Pool pool : pools.values()) {
            count += pool.size();
        }
        return count;
    }

    /** Ends every connection as soon as its requests are done. */
    void drain() {
        for (Pool pool : List.copyOf(pools.values())) {
            pool.drain();
        }
    }

    /** Lets go of connections made with credentials or to endpoints that are not in force any more. */
    void retire() {
        Object now = traffic.credentialsKey();
        for (Pool pool : List.copyOf(pools.values())) {
            boolean stale = pool.key.credentials != null && pool.key.credentials != now;
            boolean gone = !pool.key.upstream.inForce();
            if (stale || gone) {
                pool.drain();
            }
            if (gone) {
                // Nothing answers there perhaps, not even with a refusal; another endpoint does at once.
                pool.turnAway();
            }
        }
    }

    private static HttpLimits limits(Upstream upstream) {
        HttpLimits base = HttpLimits.DEFAULT;
        return new HttpLimits(
                upstream.cluster().maxResponseHeadersKilobytes() * 1024,
                base.concurrentStreams(),
                base.streamWindow(),
                base.connectionWindow(),
                base.idleNanos(),
                base.headNanos());
    }

    private abstract class Pool {
        final PoolKey key;
        final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
        int connecting;

        Pool(PoolKey key) {
            this.key = key;
        }

        abstract void open(Waiter waiter);

        abstract int size();

        abstract void drain();

        abstract void install(Channel channel, HandshakeFacts facts);

        void await(Waiter waiter) {
            if (waiting.size() >= MOST_WAITING) {
                waiter.failed(FailureReason.POOL_FULL, MOST_WAITING + " requests wait for a connection already");
                return;
            }
            waiting.add(waiter);
        }

        void connect() {
            connecting++;
            connector.connect(loop, key.upstream, key.reach, alpn(), new UpstreamConnector.Result() {
                @Override
                public void connected(Channel channel, HandshakeFacts facts) {
                    connecting--;
                    channel.pipeline().addLast("flush", new FlushConsolidationHandler(256, true));
                    install(channel, facts);
                    channel.config().setAutoRead(true);
                    channel.read();
                }

                @Override
                public void failed(FailureReason reason, String detail) {
                    connecting--;
                    // Those who came for this connection hear of it; others still have theirs under way.
                    int told = connecting == 0 ? waiting.size() : 1;
                    for (int i = 0; i < told; i++) {
                        Waiter waiter = waiting.poll();
                        if (waiter != null) {
                            waiter.failed(reason, detail);
                        }
                    }
                    forgetIfEmpty();
                }
            });
        }

        private List<String> alpn() {
            boolean mesh = key.upstream.ofTheMesh();
            return switch (key.wire) {
                case HTTP2 -> mesh ? H2_OF_THE_MESH : H2;
                case HTTP1 -> mesh ? HTTP_1_1_OF_THE_MESH : HTTP_1_1;
            };
        }

        void turnAway() {
            for (int i = waiting.size(); i > 0; i--) {
                Waiter waiter = nextWaiter();
                if (waiter == null) {
                    return;
                }
                if (waiter.goesElsewhere()) {
                    waiter.failed(
                            FailureReason.CONNECT_REFUSED, "the endpoint left before there was a connection to it");
                } else {
                    waiting.add(waiter);
                }
            }
        }

        void forgetIfEmpty() {
            if (size() == 0 && connecting == 0 && waiting.isEmpty()) {
                pools.remove(key, this);
            }
        }

        @Nullable
        Waiter nextWaiter() {
            Waiter waiter;
            while ((waiter = waiting.poll()) != null) {
                if (!waiter.gone()) {
                    return waiter;
                }
            }
            return null;
        }
    }

    /** HTTP/2: one connection carries many requests; a second is made when the first is full. */
    private final class SharedPool extends Pool implements Http2Connection.Owner {
        private final List<Http2Connection> connections = new ArrayList<>(1);
        private final Map<Http2Connection, HandshakeFacts> facts = new HashMap<>(2);
        private boolean draining;

        SharedPool(PoolKey key) {
            super(key);
        }

        @Override
        void open(Waiter waiter) {
            Http2Connection connection = withRoom();
            if (connection != null) {
                start(connection, waiter);
                return;
            }
            await(waiter);
            if (connecting == 0) {
                connect();
            }
        }

        private @Nullable Http2Connection withRoom() {
            for (int i = 0; i < connections.size(); i++) {
                Http2Connection connection = connections.get(i);
                if (connection.hasRoom()) {
                    return connection;
                }
            }
            return null;
        }

        private void start(Http2Connection connection, Waiter waiter) {
            ClientStream stream = connection.open(waiter.listener());
            waiter.opened(stream, facts.getOrDefault(connection, HandshakeFacts.PLAINTEXT), false);
        }

        @Override
        void install(Channel channel, HandshakeFacts handshake) {
            Http2Connection connection = Http2Connection.client(this, limits(key.upstream));
            connections.add(connection);
            facts.put(connection, handshake);
            channel.pipeline().addLast("http2", connection);
            serve();
            if (draining) {
                connection.drain();
                return;
            }
            watchIdle(connection, channel);
        }

        private void watchIdle(Http2Connection connection, Channel channel) {
            long idle = key.upstream.cluster().idleTimeout().toNanos();
            if (idle <= 0) {
                return;
            }
            loop.schedule(
                    () -> {
                        if (!channel.isActive()) {
                            return;
                        }
                        if (connection.idleNanos() >= idle) {
                            connection.drain();
                        } else {
                            watchIdle(connection, channel);
                        }
                    },
                    idle,
                    TimeUnit.NANOSECONDS);
        }

        private void serve() {
            Http2Connection connection;
            while (!waiting.isEmpty() && (connection = withRoom()) != null) {
                Waiter waiter = nextWaiter();
                if (waiter != null) {
                    start(connection, waiter);
                }
            }
            if (!waiting.isEmpty() && connecting == 0) {
                connect();
            }
        }

        @Override
        int size() {
            return connections.size();
        }

        @Override
        void drain() {
            draining = true;
            pools.remove(key, this);
            for (Http2Connection connection : List.copyOf(connections)) {
                connection.drain();
            }
        }

        @Override
        public void onStreamEnded(Http2Connection connection) {
            if (!waiting.isEmpty()) {
                serve();
            }
        }

        @Override
        public void onGoingAway(Http2Connection connection) {
            connections.remove(connection);
            facts.remove(connection);
            if (!waiting.isEmpty()) {
                serve();
            }
            forgetIfEmpty();
        }

        @Override
        public void onClosed(Http2Connection connection) {
            onGoingAway(connection);
        }
    }

    /** HTTP/1: a connection belongs to one request until its response has ended. */
    private final class LentPool extends Pool implements Http1ClientConnection.Owner {
        private final ArrayDeque<Http1ClientConnection> idle = new ArrayDeque<>();
        private final Map<Http1ClientConnection, HandshakeFacts> facts = new HashMap<>();
        private boolean draining;

        LentPool(PoolKey key) {
            super(key);
        }

        @Override
        void open(Waiter waiter) {
            Http1ClientConnection connection;
            while ((connection = idle.pollLast()) != null) {
                if (connection.usable()) {
                    start(connection, waiter);
                    return;
                }
            }
            await(waiter);
            if (connecting < waiting.size()) {
                connect();
            }
        }

        private void start(Http1ClientConnection connection, Waiter waiter) {
            ClientStream stream = connection.open(waiter.listener());
            waiter.opened(stream, facts.getOrDefault(connection, HandshakeFacts.PLAINTEXT), connection.used());
        }

        @Override
        void install(Channel channel, HandshakeFacts handshake) {
            Http1ClientConnection connection =
                    Http1ClientConnection.install(channel.pipeline(), this, limits(key.upstream));
            facts.put(connection, handshake);
            onIdle(connection);
        }

        @Override
        int size() {
            return facts.size();
        }

        @Override
        void drain() {
            draining = true;
            pools.remove(key, this);
            Http1ClientConnection connection;
            while ((connection = idle.poll()) != null) {
                connection.close();
            }
        }

        @Override
        public void onIdle(Http1ClientConnection connection) {
            Waiter waiter = nextWaiter();
            if (waiter != null) {
                start(connection, waiter);
                return;
            }
            if (draining || idle.size() >= MOST_IDLE || !connection.usable()) {
                connection.close();
                return;
            }
            connection.touched();
            idle.addLast(connection);
            watchIdle(connection);
        }

        private void watchIdle(Http1ClientConnection connection) {
            long limit = key.upstream.cluster().idleTimeout().toNanos();
            if (limit > 0 && !connection.watched()) {
                connection.watch(loop, limit);
            }
        }

        @Override
        public void onClosed(Http1ClientConnection connection) {
            facts.remove(connection);
            idle.remove(connection);
            forgetIfEmpty();
        }
    }
}
