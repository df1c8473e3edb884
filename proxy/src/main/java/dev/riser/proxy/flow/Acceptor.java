package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.guard.AccessDecision;
import dev.riser.proxy.guard.Guard;
import dev.riser.proxy.guard.ShadowObserver;
import dev.riser.proxy.http.Http1ServerConnection;
import dev.riser.proxy.http.Http2Connection;
import dev.riser.proxy.net.OriginalDestination;
import dev.riser.proxy.net.Protocol;
import dev.riser.proxy.net.Sniffer;
import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.ConnectionView;
import dev.riser.proxy.snapshot.FilterChain;
import dev.riser.proxy.snapshot.HttpConnection;
import dev.riser.proxy.snapshot.TcpProxy;
import dev.riser.proxy.tls.HandshakeFacts;
import dev.riser.proxy.tls.PeerNames;
import dev.riser.proxy.tls.PeerRefusedException;
import dev.riser.proxy.tls.TlsUnavailableException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stations 1 to 3: takes an accepted connection, asks where it was going, looks at its first bytes where the configuration
 * allows, chooses the filter chain, makes TLS, and hands over to HTTP or to bytes. One instance a listening socket; what
 * it makes for a connection is confined to that connection's event loop.
 */
public final class Acceptor extends ChannelInitializer<Channel> {
    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString HTTPS = AsciiString.cached("https");

    /** Longest wait for a filter chain's TLS handshake where the chain names none (checklist: handshake timers). */
    private static final long HANDSHAKE_MILLIS = 10_000;

    private final WorkloadTraffic traffic;
    private final Supplier<@Nullable CompiledListener> listener;

    /** @param listener the listener of the socket as it is in force when a connection comes */
    public Acceptor(WorkloadTraffic traffic, Supplier<@Nullable CompiledListener> listener) {
        this.traffic = traffic;
        this.listener = listener;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline().addLast("accept", new Accepting(channel));
    }

    /**
     * Takes a connection over that was not redirected but has told where it goes; it must not read, and the handler that
     * calls must leave the pipeline.
     *
     * @param first what it has sent after telling; becomes ours
     * @param ended whether its client has ended its side
     */
    void take(Channel channel, InetSocketAddress destination, @Nullable ByteBuf first, boolean ended) {
        Accepting accepting = new Accepting(channel);
        channel.pipeline().addLast("accept", accepting);
        accepting.begin(destination, first, ended);
    }

    /**
     * How a connection looks to the filter chains of a listener, which see only what the listener has an inspector for: an
     * application's TLS that offers {@code http/1.1} must not be taken for HTTP.
     */
    static ConnectionView view(Channel channel, CompiledListener target, InetSocketAddress to, Protocol protocol) {
        InetSocketAddress remote = (InetSocketAddress) channel.remoteAddress();
        IpAddress source = IpAddress.of(remote.getAddress());
        Protocol seen = switch (protocol) {
            case Protocol.Tls tls -> target.needsTlsInspector() ? tls : Protocol.OPAQUE;
            case Protocol.Http1 http -> target.needsHttpInspector() ? http : Protocol.OPAQUE;
            case Protocol.Http2 http -> target.needsHttpInspector() ? http : Protocol.OPAQUE;
            case Protocol.Unknown unknown -> unknown;
            case Protocol.Opaque opaque -> opaque;
        };
        return new ConnectionView(
                IpAddress.of(to.getAddress()),
                to.getPort(),
                source,
                source,
                remote.getPort(),
                seen instanceof Protocol.Tls tls ? tls.serverName() : "",
                seen instanceof Protocol.Tls ? "tls" : "raw_buffer",
                switch (seen) {
                    case Protocol.Tls tls -> tls.applicationProtocols();
                    case Protocol.Http1 http -> List.of("http/1.1");
                    case Protocol.Http2 http -> List.of("h2c");
                    case Protocol.Unknown unknown -> List.of();
                    case Protocol.Opaque opaque -> List.of();
                });
    }

    /**
     * Walks one connection from accept to its terminal, and keeps what the client sends meanwhile; leaves the pipeline when
     * the terminal takes that.
     */
    private final class Accepting extends ChannelInboundHandlerAdapter implements TcpExchange.Held {
        private final Channel channel;
        private final WorkloadLoop loop;
        private @Nullable ByteBuf seen;
        private @Nullable Future<?> timer;
        private @Nullable CompiledListener chosen;
        private @Nullable InetSocketAddress destination;
        private boolean counted;
        private boolean handshaking;
        private boolean inputEnded;
        private boolean done;

        Accepting(Channel channel) {
            this.channel = channel;
            this.loop = traffic.loop(channel.eventLoop());
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            // A client may send all it has and end its side long before the upstream is there.
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            if (!traffic.admit(channel)) {
                refuse(FailureReason.OVER_CONNECTION_LIMIT, "the workload's connection limit is reached");
                return;
            }
            counted = true;
            CompiledListener own = listener.get();
            if (own == null) {
                refuse(FailureReason.UNKNOWN_DESTINATION, "the listener is not configured any more");
                return;
            }
            InetSocketAddress local = (InetSocketAddress) channel.localAddress();
            if (!own.useOriginalDst() && !own.restoresOriginalDestination()) {
                target(own, local);
                return;
            }
            InetSocketAddress original = OriginalDestination.of(channel);
            if (original == null) {
                // Not redirected: somebody dials the proxy's own port. Serving it would let the proxy call itself.
                if (own.bindToPort() && !own.useOriginalDst()) {
                    target(own, local);
                } else {
                    refuse(FailureReason.NO_ORIGINAL_DESTINATION, "the connection was not redirected here");
                }
                return;
            }
            if (!own.useOriginalDst() || own.direction() == CompiledListener.Direction.INBOUND) {
                target(own, original);
                return;
            }
            outbound(own, original);
        }

        /** Where the workload goes decides on the listener; {@code own} is for what the mesh does not know. */
        private void outbound(CompiledListener own, InetSocketAddress to) {
            traffic.listenerOf(to, channel.eventLoop(), found -> {
                if (!channel.isActive()) {
                    return;
                }
                switch (found) {
                    case Discovered.Known(CompiledListener listener) -> target(listener, to);
                    case Discovered.NotOfTheMesh none -> target(own, to);
                    case Discovered.Unreachable unreachable ->
                        refuse(
                                FailureReason.UNKNOWN_DESTINATION,
                                "the control plane did not say what " + ListenerNames.of(to) + " is: "
                                        + unreachable.why());
                }
            });
        }

        /** Begins with a connection that was admitted already and has told where it goes. */
        private void begin(InetSocketAddress to, @Nullable ByteBuf first, boolean ended) {
            seen = first;
            inputEnded = ended;
            CompiledListener own = listener.get();
            if (own == null) {
                refuse(FailureReason.UNKNOWN_DESTINATION, "the listener is not configured any more");
                return;
            }
            outbound(own, to);
        }

        private void target(CompiledListener target, InetSocketAddress to) {
            chosen = target;
            destination = to;
            if (!target.needsTlsInspector() && !target.needsHttpInspector()) {
                choose(Protocol.OPAQUE);
                return;
            }
            long wait = target.inspectorTimeout().toMillis();
            if (wait > 0) {
                timer = channel.eventLoop().schedule(() -> timedOut(target), wait, TimeUnit.MILLISECONDS);
            }
            if (seen != null) {
                inspect();
                if (done) {
                    return;
                }
            }
            channel.config().setAutoRead(true);
            channel.read();
        }

        private void timedOut(CompiledListener target) {
            if (done) {
                return;
            }
            if (target.continueOnInspectorTimeout()) {
                choose(Protocol.OPAQUE);
            } else {
                refuse(FailureReason.UNKNOWN_DESTINATION, "the client sent nothing that tells its protocol");
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            ByteBuf before = seen;
            if (before == null) {
                seen = data;
            } else {
                seen = Unpooled.wrappedBuffer(before, data);
            }
            // The end of a client's input is read together with what came before it, asked for or not.
            if (!done && chosen != null) {
                inspect();
            }
        }

        private void inspect() {
            ByteBuf all = java.util.Objects.requireNonNull(seen);
            Protocol protocol = Sniffer.sniff(all);
            if (protocol == Protocol.UNKNOWN && all.readableBytes() < Sniffer.LIMIT && !inputEnded) {
                return;
            }
            choose(protocol == Protocol.UNKNOWN ? Protocol.OPAQUE : protocol);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                inputEnded = true;
                if (handshaking || !done && seen == null) {
                    channel.close();
                } else if (!done && chosen != null) {
                    inspect();
                }
                return;
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public @Nullable ByteBuf take() {
            ByteBuf bytes = seen;
            seen = null;
            channel.pipeline().remove(this);
            return bytes;
        }

        @Override
        public boolean inputEnded() {
            return inputEnded;
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            finish();
            release();
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            channel.close();
        }

        private void release() {
            ByteBuf bytes = seen;
            seen = null;
            if (bytes != null) {
                bytes.release();
            }
        }

        private void finish() {
            done = true;
            Future<?> pending = timer;
            timer = null;
            if (pending != null) {
                pending.cancel(false);
            }
        }

        private void refuse(FailureReason reason, String detail) {
            finish();
            release();
            traffic.refused(reason, channel, destination, detail, "", "");
            channel.close();
        }

        private void choose(Protocol protocol) {
            finish();
            channel.config().setAutoRead(false);
            CompiledListener target = java.util.Objects.requireNonNull(chosen);
            InetSocketAddress to = java.util.Objects.requireNonNull(destination);
            FilterChain chain = target.select(view(channel, target, to, protocol));
            if (chain == null) {
                boolean plaintext =
                        target.direction() == CompiledListener.Direction.INBOUND && !(protocol instanceof Protocol.Tls);
                refuse(
                        plaintext ? FailureReason.PLAINTEXT_REFUSED : FailureReason.UNKNOWN_DESTINATION,
                        plaintext
                                ? "port " + to.getPort() + " takes mutual TLS only"
                                : "no filter chain of " + target.name() + " takes this connection");
                return;
            }
            String serverName = protocol instanceof Protocol.Tls tls ? tls.serverName() : "";
            if (chain.tls() == null) {
                begin(target, chain, to, serverName, HandshakeFacts.PLAINTEXT, protocol);
                return;
            }
            handshake(target, chain, to, serverName);
        }

        private void handshake(CompiledListener target, FilterChain chain, InetSocketAddress to, String serverName) {
            SslHandler tls;
            try {
                tls = traffic.tls()
                        .server(traffic.snapshot(), java.util.Objects.requireNonNull(chain.tls()))
                        .newHandler(channel.alloc());
            } catch (TlsUnavailableException e) {
                refuse(FailureReason.TLS_HANDSHAKE, e.getMessage() == null ? "no TLS" : e.getMessage());
                return;
            }
            long limit = chain.handshakeTimeout().toMillis();
            tls.setHandshakeTimeoutMillis(limit > 0 ? limit : HANDSHAKE_MILLIS);
            tls.setCloseNotifyFlushTimeoutMillis(1000);
            tls.setCloseNotifyReadTimeoutMillis(0);
            channel.pipeline().addBefore("accept", "tls", tls);
            handshaking = true;
            tls.handshakeFuture().addListener(made -> {
                handshaking = false;
                if (!made.isSuccess()) {
                    handshakeFailed(to, made.cause());
                    return;
                }
                HandshakeFacts facts = HandshakeFacts.of(channel);
                String problem = PeerNames.refuse(
                        traffic.snapshot(),
                        java.util.Objects.requireNonNull(chain.tls()).common(),
                        facts);
                if (problem != null) {
                    traffic.refused(
                            FailureReason.PEER_NOT_TRUSTED, channel, to, problem, facts.peerUri(), facts.localUri());
                    channel.close();
                    return;
                }
                Protocol protocol = switch (facts.protocol()) {
                    case "h2", "istio-h2" -> Protocol.HTTP2;
                    case "http/1.1", "http/1.0", "istio-http/1.1" -> Protocol.HTTP1;
                    default -> Protocol.OPAQUE;
                };
                begin(target, chain, to, serverName, facts, protocol);
            });
            ByteBuf first = seen;
            seen = null;
            channel.config().setAutoRead(true);
            if (first != null) {
                channel.pipeline().context("tls").pipeline().fireChannelRead(first);
                channel.pipeline().fireChannelReadComplete();
            }
            channel.read();
        }

        private void handshakeFailed(InetSocketAddress to, Throwable cause) {
            PeerRefusedException refusal = PeerRefusals.find(cause);
            if (refusal == null) {
                traffic.refused(
                        FailureReason.TLS_HANDSHAKE, channel, to, PeerRefusals.explain(cause), "", traffic.identity());
            } else {
                traffic.refused(
                        FailureReason.PEER_NOT_TRUSTED,
                        channel,
                        to,
                        String.valueOf(refusal.getMessage()),
                        refusal.claimed(),
                        traffic.identity());
            }
            channel.close();
        }

        private void begin(
                CompiledListener target,
                FilterChain chain,
                InetSocketAddress to,
                String serverName,
                HandshakeFacts facts,
                Protocol protocol) {
            if (!channel.isActive()) {
                release();
                return;
            }
            // With TLS the channel may have begun to read; nothing may be lost while the terminal is put in place.
            channel.config().setAutoRead(false);
            DownstreamConnection connection =
                    new DownstreamConnection(channel, loop, target, chain, to, serverName, facts);
            AccessDecision decision = Guard.check(chain.networkRbac(), connection, ShadowObserver.NONE);
            if (decision instanceof AccessDecision.Denied denied) {
                traffic.denied(connection, denied.policy());
                release();
                channel.close();
                return;
            }
            traffic.began(connection);
            switch (chain.terminal()) {
                case HttpConnection http -> http(connection, http, protocol);
                case TcpProxy tcp -> new TcpExchange(traffic, connection, tcp, this).begin();
            }
        }

        private void http(DownstreamConnection connection, HttpConnection http, Protocol protocol) {
            boolean encrypted = connection.chain().tls() != null;
            switch (http.codec()) {
                case HTTP1 -> install(connection, http, false, encrypted);
                case HTTP2 -> install(connection, http, true, encrypted);
                case AUTO -> {
                    if (protocol == Protocol.HTTP2 || protocol == Protocol.HTTP1) {
                        install(connection, http, protocol == Protocol.HTTP2, encrypted);
                    } else {
                        sniffHttp(connection, http);
                    }
                }
            }
        }

        /** AUTO without ALPN: the first bytes decide between HTTP/2 with prior knowledge and HTTP/1. */
        private void sniffHttp(DownstreamConnection connection, HttpConnection http) {
            channel.pipeline().replace(this, "sniff-http", new HttpSniffing(first -> {
                boolean two = Sniffer.sniff(first) == Protocol.HTTP2;
                installAt(
                        "sniff-http", connection, http, two, connection.chain().tls() != null, first);
            }));
            ByteBuf first = seen;
            seen = null;
            if (inputEnded && first == null) {
                channel.close();
                return;
            }
            channel.config().setAutoRead(true);
            if (first != null) {
                ChannelHandlerContext at = channel.pipeline().context("sniff-http");
                try {
                    ((ChannelInboundHandlerAdapter) at.handler()).channelRead(at, first);
                } catch (Exception e) {
                    channel.close();
                    return;
                }
            }
            channel.read();
        }

        private void install(DownstreamConnection connection, HttpConnection http, boolean two, boolean encrypted) {
            ByteBuf first = seen;
            seen = null;
            installAt("accept", connection, http, two, encrypted, first);
        }

        private void installAt(
                String place,
                DownstreamConnection connection,
                HttpConnection http,
                boolean two,
                boolean encrypted,
                @Nullable ByteBuf first) {
            HttpRequests requests = new HttpRequests(traffic, connection, http);
            channel.pipeline().addLast("flush", new FlushConsolidationHandler(256, true));
            if (two) {
                Http2Connection server = Http2Connection.server(requests, requests.limits());
                channel.pipeline().addLast("http2", server);
                requests.drainBy(server::drain);
            } else {
                Http1ServerConnection server = Http1ServerConnection.install(
                        channel.pipeline(), requests, requests.limits(), encrypted ? HTTPS : HTTP);
                requests.drainBy(server::drain);
            }
            ChannelHandlerContext at = channel.pipeline().context(place);
            if (first != null) {
                at.fireChannelRead(first);
            }
            channel.pipeline().remove(place);
            if (first != null) {
                channel.pipeline().fireChannelReadComplete();
            }
            if (two) {
                channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            }
            if (inputEnded) {
                if (two) {
                    channel.close();
                } else {
                    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                }
                return;
            }
            channel.config().setAutoRead(true);
            channel.read();
        }
    }
}
