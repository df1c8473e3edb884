package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.TlsSettings;
import dev.riser.proxy.snapshot.UpstreamTls;
import dev.riser.proxy.tls.HandshakeFacts;
import dev.riser.proxy.tls.PeerNames;
import dev.riser.proxy.tls.PeerRefusedException;
import dev.riser.proxy.tls.TlsUnavailableException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connects to an upstream address, makes TLS and checks who is there. Called on the event loop that will serve the connection. */
final class UpstreamConnector {
    private final WorkloadTraffic traffic;

    UpstreamConnector(WorkloadTraffic traffic) {
        this.traffic = traffic;
    }

    /** Hears how it went, once, on the event loop. */
    interface Result {
        /** Connected, verified, not reading yet. */
        void connected(Channel channel, HandshakeFacts facts);

        void failed(FailureReason reason, String detail);
    }

    void connect(EventLoop loop, Upstream upstream, Sockets.Reach reach, List<String> alpn, Result result) {
        SslHandler tls = null;
        if (upstream.transport() instanceof UpstreamTls settings) {
            try {
                tls = handler(loop, upstream, settings, alpn);
            } catch (TlsUnavailableException e) {
                result.failed(FailureReason.TLS_HANDSHAKE, String.valueOf(e.getMessage()));
                return;
            }
        }
        SslHandler secured = tls;
        Placeholder placeholder = new Placeholder();
        long timeout = Math.max(1, upstream.cluster().connectTimeout().toMillis());
        traffic.sockets()
                .connect(loop, upstream.address(), reach, placeholder, (int) Math.min(timeout, Integer.MAX_VALUE))
                .addListener(made -> {
                    Channel channel = ((io.netty.channel.ChannelFuture) made).channel();
                    if (!made.isSuccess()) {
                        boolean late = made.cause() instanceof ConnectTimeoutException;
                        result.failed(
                                late ? FailureReason.CONNECT_TIMEOUT : FailureReason.CONNECT_REFUSED,
                                PeerRefusals.explain(made.cause()));
                        if (secured != null) {
                            io.netty.util.ReferenceCountUtil.release(secured.engine());
                        }
                        return;
                    }
                    if (secured == null) {
                        channel.pipeline().remove(placeholder);
                        result.connected(channel, HandshakeFacts.PLAINTEXT);
                        return;
                    }
                    secure(channel, placeholder, secured, upstream, timeout, result);
                });
    }

    private SslHandler handler(EventLoop loop, Upstream upstream, UpstreamTls settings, List<String> alpn)
            throws TlsUnavailableException {
        List<String> offered = offered(settings.common(), alpn);
        String serverName =
                settings.serverNameFromEndpoint() && !upstream.hostname().isEmpty()
                        ? upstream.hostname()
                        : settings.serverName();
        var context = traffic.tls().client(traffic.snapshot(), settings.common(), offered);
        var allocator = io.netty.buffer.PooledByteBufAllocator.DEFAULT;
        return serverName.isEmpty()
                ? context.newHandler(allocator)
                : context.newHandler(allocator, serverName, upstream.address().getPort());
    }

    /** A cluster that names protocols of its own is obeyed, unless they are the mesh's and we know better which one. */
    static List<String> offered(TlsSettings common, List<String> wanted) {
        if (common.alpn().isEmpty() || wanted.isEmpty()) {
            return common.alpn().isEmpty() ? wanted : common.alpn();
        }
        for (String protocol : wanted) {
            if (!common.alpn().contains(protocol)) {
                return common.alpn();
            }
        }
        return wanted;
    }

    private void secure(
            Channel channel, Placeholder placeholder, SslHandler tls, Upstream upstream, long timeout, Result result) {
        tls.setHandshakeTimeoutMillis(timeout);
        tls.setCloseNotifyFlushTimeoutMillis(1000);
        tls.setCloseNotifyReadTimeoutMillis(0);
        channel.pipeline().addFirst("tls", tls);
        tls.handshakeFuture().addListener(made -> {
            if (!made.isSuccess()) {
                channel.close();
                PeerRefusedException refusal = PeerRefusals.find(made.cause());
                if (refusal == null) {
                    String why = PeerRefusals.explain(made.cause());
                    traffic.refusedUpstream(FailureReason.TLS_HANDSHAKE, upstream, why, "");
                    result.failed(FailureReason.TLS_HANDSHAKE, why);
                } else {
                    refused(upstream, String.valueOf(refusal.getMessage()), refusal.claimed(), result);
                }
                return;
            }
            HandshakeFacts facts = HandshakeFacts.of(channel);
            TlsSettings common = ((UpstreamTls) upstream.transport()).common();
            String problem = PeerNames.refuse(traffic.snapshot(), common, facts);
            if (problem != null) {
                channel.close();
                refused(upstream, problem, facts.peerUri(), result);
                return;
            }
            channel.config().setAutoRead(false);
            channel.pipeline().remove(placeholder);
            result.connected(channel, facts);
        });
        channel.config().setAutoRead(true);
        channel.read();
    }

    private void refused(Upstream upstream, String why, String claimed, Result result) {
        traffic.refusedUpstream(FailureReason.PEER_NOT_TRUSTED, upstream, why, claimed);
        result.failed(FailureReason.PEER_NOT_TRUSTED, why);
    }

    /** Keeps the pipeline from being empty until the connection's user is known; holds bytes that came with the handshake. */
    private static final class Placeholder extends ChannelInboundHandlerAdapter {
        private @Nullable Object early;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (early == null) {
                early = message;
            } else {
                early = io.netty.buffer.Unpooled.wrappedBuffer(
                        (io.netty.buffer.ByteBuf) early, (io.netty.buffer.ByteBuf) message);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            Object held = early;
            early = null;
            if (held != null) {
                if (ctx.channel().isActive()) {
                    // behind the TLS handler: these bytes are decrypted already
                    ctx.channel().eventLoop().execute(() -> {
                        ChannelHandlerContext tls = ctx.channel().pipeline().context("tls");
                        if (tls == null) {
                            io.netty.util.ReferenceCountUtil.release(held);
                            return;
                        }
                        tls.fireChannelRead(held);
                        tls.fireChannelReadComplete();
                    });
                } else {
                    io.netty.util.ReferenceCountUtil.release(held);
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
