package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.Guard;
import dev.riser.proxy.guard.ShadowObserver;
import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.http.HttpLimits;
import dev.riser.proxy.http.RequestHandler;
import dev.riser.proxy.http.RequestHead;
import dev.riser.proxy.http.ServerStream;
import dev.riser.proxy.http.ServerStreamListener;
import dev.riser.proxy.net.Protocol;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.FilterChain;
import dev.riser.proxy.snapshot.HttpConnection;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one connection on which a program asks its proxy for URLs (RFC 9112 section 3.2.2). Each may go elsewhere:
 * it waits until its host is resolved and the host's listener is there, and then walks as if it had come in a connection
 * to that address. Confined to the connection's event loop.
 */
final class AskedRequests implements RequestHandler {
    private static final AsciiString PROXY_AUTHORIZATION = AsciiString.cached("proxy-authorization");
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final int HTTP_PORT = 80;

    /** Destinations of one connection; with more it ends after its request, and the program opens another. */
    private static final int MOST_DESTINATIONS = 128;

    private final WorkloadTraffic traffic;
    private final Channel channel;
    private final Destinations destinations;
    private final Supplier<@Nullable CompiledListener> elsewhere;
    private final InetSocketAddress own;
    private final Map<InetSocketAddress, HttpRequests> byDestination = new HashMap<>();
    private Runnable drain = () -> {};

    /** @param elsewhere the listener for what the mesh does not know */
    AskedRequests(
            WorkloadTraffic traffic,
            Channel channel,
            Destinations destinations,
            Supplier<@Nullable CompiledListener> elsewhere) {
        this.traffic = traffic;
        this.channel = channel;
        this.destinations = destinations;
        this.elsewhere = elsewhere;
        this.own = (InetSocketAddress) channel.localAddress();
    }

    HttpLimits limits() {
        return HttpLimits.DEFAULT;
    }

    void drainBy(Runnable how) {
        drain = how;
        traffic.drainBy(channel, how);
    }

    @Override
    public void onRequest(ServerStream stream, RequestHead head, boolean end) {
        head.headers().remove(PROXY_AUTHORIZATION);
        Waiting waiting = new Waiting(stream, head, end);
        Optional<Asked> asked = Asked.parse(head.authority(), HTTP_PORT);
        if (head.scheme().equals(HTTPS)) {
            waiting.refuse(FailureReason.BAD_REQUEST, "https is asked for with CONNECT");
            return;
        }
        if (asked.isEmpty()) {
            waiting.refuse(FailureReason.BAD_REQUEST, "ask for a whole URL, as http://host:port/path");
            return;
        }
        stream.listener(waiting);
        stream.readable(false);
        destinations
                .find(asked.get().host(), asked.get().port())
                .whenComplete((found, failure) -> channel.eventLoop().execute(() -> {
                    if (found == null) {
                        waiting.refuse(FailureReason.UNKNOWN_DESTINATION, Entrance.explain(failure));
                    } else {
                        waiting.resolved(found);
                    }
                }));
    }

    @Override
    public void onRefused(int status, String why) {
        HttpRequests nowhere = nowhere();
        if (nowhere != null) {
            nowhere.onRefused(status, why);
        }
    }

    /** Who answers and counts what cannot be sent anywhere; null where not even that is configured. */
    private @Nullable HttpRequests nowhere() {
        CompiledListener listener = elsewhere.get();
        return listener == null ? null : requests(own, listener, null);
    }

    /** Who serves requests to a destination, as the listener has it now; null where it does not take requests. */
    private @Nullable HttpRequests requests(
            InetSocketAddress destination, CompiledListener listener, @Nullable Waiting refused) {
        FilterChain chain = listener.select(Acceptor.view(channel, listener, destination, Protocol.HTTP1));
        if (chain == null || !(chain.terminal() instanceof HttpConnection http)) {
            if (refused != null) {
                refused.refuse(
                        FailureReason.UNKNOWN_DESTINATION,
                        "port " + destination.getPort() + " does not speak HTTP; use CONNECT to reach it");
            }
            return null;
        }
        HttpRequests known = byDestination.get(destination);
        if (known != null) {
            if (known.connection().listener() != listener) {
                known.connection().revise(listener, chain);
                known.revised();
            }
            return known;
        }
        DownstreamConnection connection = new DownstreamConnection(
                channel, traffic.loop(channel.eventLoop()), listener, chain, destination, "", HandshakeFacts.PLAINTEXT);
        HttpRequests requests = new HttpRequests(traffic, connection, http);
        byDestination.put(destination, requests);
        requests.drainBy(drain);
        if (byDestination.size() == MOST_DESTINATIONS) {
            drain.run();
        }
        return requests;
    }

    /** A request whose destination is not known yet; keeps what comes of it. */
    private final class Waiting implements ServerStreamListener {
        private final ServerStream stream;
        private final RequestHead head;
        private final boolean end;
        private final ArrayDeque<ByteBuf> body = new ArrayDeque<>(0);
        private @Nullable HeaderBlock trailers;
        private boolean ended;
        private boolean gone;

        Waiting(ServerStream stream, RequestHead head, boolean end) {
            this.stream = stream;
            this.head = head;
            this.end = end;
        }

        void resolved(InetSocketAddress destination) {
            if (gone) {
                return;
            }
            if (destination.equals(own)) {
                refuse(FailureReason.BAD_REQUEST, "this is the proxy itself; ask it for a whole URL of elsewhere");
                return;
            }
            traffic.listenerOf(destination, channel.eventLoop(), found -> {
                switch (found) {
                    case Discovered.Known(CompiledListener listener) -> serve(destination, listener);
                    case Discovered.NotOfTheMesh none -> {
                        CompiledListener other = elsewhere.get();
                        if (other == null) {
                            stream.reset();
                        } else {
                            serve(destination, other);
                        }
                    }
                    case Discovered.Unreachable unreachable ->
                        refuse(
                                FailureReason.UNKNOWN_DESTINATION,
                                "the control plane did not say what " + ListenerNames.of(destination) + " is: "
                                        + unreachable.why());
                }
            });
        }

        private void serve(InetSocketAddress destination, CompiledListener listener) {
            if (gone) {
                return;
            }
            HttpRequests requests = requests(destination, listener, this);
            if (requests == null) {
                return;
            }
            DownstreamConnection connection = requests.connection();
            if (Guard.check(connection.chain().networkRbac(), connection, ShadowObserver.NONE)
                    instanceof AccessDecision.Denied denied) {
                traffic.denied(connection, denied.policy());
                refuse(FailureReason.DENIED_BY_POLICY, "RBAC: access denied");
                return;
            }
            HttpExchange exchange = requests.exchange(stream, head, end);
            stream.readable(true);
            exchange.begin();
            handOver(exchange);
        }

        void refuse(FailureReason reason, String detail) {
            if (gone) {
                return;
            }
            HttpRequests nowhere = nowhere();
            if (nowhere == null) {
                gone = true;
                release();
                stream.reset();
                return;
            }
            HttpExchange exchange = nowhere.exchange(stream, head, end);
            exchange.decline(reason, detail);
            handOver(exchange);
        }

        private void handOver(HttpExchange exchange) {
            gone = true;
            HeaderBlock last = trailers;
            ByteBuf data;
            while ((data = body.poll()) != null) {
                exchange.onData(data, body.isEmpty() && ended && last == null);
            }
            if (last != null) {
                exchange.onTrailers(last);
            }
        }

        private void release() {
            ByteBuf data;
            while ((data = body.poll()) != null) {
                data.release();
            }
        }

        @Override
        public void onData(ByteBuf data, boolean last) {
            if (gone) {
                data.release();
                return;
            }
            ended |= last;
            body.add(data);
        }

        @Override
        public void onTrailers(HeaderBlock found) {
            ended = true;
            trailers = found;
        }

        @Override
        public void onReset() {
            gone = true;
            release();
        }

        @Override
        public void onWritable() {
            // nothing has been written
        }
    }
}
