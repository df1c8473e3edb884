package dev.riser.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Joins two connections byte for byte: back-pressure both ways, each direction ends by itself (half-close), the first
 * error ends both. Both channels live on one event loop, to which everything here is confined.
 *
 * <p>Between proxies the end of one direction is a TCP FIN under the TLS session: the TLS library answers a close_notify
 * with its own and would cut the other direction.
 */
public final class Relay {
    /** Larger reads halve the calls for bulk data; adaptive buffers were a quarter slower. */
    private static final FixedRecvByteBufAllocator RECEIVE = new FixedRecvByteBufAllocator(64 * 1024);

    private final Channel downstream;
    private final Channel upstream;
    private final Observer observer;
    private final long idleNanos;
    private final Side fromDownstream;
    private final Side fromUpstream;
    private long lastActivity = System.nanoTime();
    private boolean ended;

    /** Who hears of bytes and of the end. */
    public interface Observer {
        void received(int bytes);

        void sent(int bytes);

        /** Called once. {@code cause} is null after an orderly end. */
        void ended(@Nullable Throwable cause);
    }

    private Relay(Channel downstream, Channel upstream, Observer observer, long idleNanos) {
        this.downstream = downstream;
        this.upstream = upstream;
        this.observer = observer;
        this.idleNanos = idleNanos;
        this.fromDownstream = new Side(downstream, upstream, true);
        this.fromUpstream = new Side(upstream, downstream, false);
    }

    /**
     * Joins two open channels and starts reading both.
     *
     * @param first bytes of the client that were read already, released here; null for none
     * @param idleNanos without a byte in either direction for that long both are closed; 0 for never
     */
    public static void join(
            Channel downstream, Channel upstream, @Nullable ByteBuf first, Observer observer, long idleNanos) {
        Relay relay = new Relay(downstream, upstream, observer, idleNanos);
        prepare(downstream);
        prepare(upstream);
        upstream.pipeline().addLast("relay", relay.fromUpstream);
        downstream.pipeline().addLast("relay", relay.fromDownstream);
        if (first != null) {
            if (first.isReadable()) {
                observer.received(first.readableBytes());
                upstream.writeAndFlush(first);
            } else {
                first.release();
            }
        }
        if (!downstream.isActive() || !upstream.isActive()) {
            relay.end(null);
            return;
        }
        if (idleNanos > 0) {
            relay.watchIdle();
        }
        downstream.config().setAutoRead(true);
        upstream.config().setAutoRead(true);
        downstream.read();
        upstream.read();
    }

    private static void prepare(Channel channel) {
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setRecvByteBufAllocator(RECEIVE);
    }

    private void watchIdle() {
        downstream
                .eventLoop()
                .schedule(
                        () -> {
                            if (ended) {
                                return;
                            }
                            if (System.nanoTime() - lastActivity >= idleNanos) {
                                end(null);
                            } else {
                                watchIdle();
                            }
                        },
                        idleNanos / 2 + 1,
                        TimeUnit.NANOSECONDS);
    }

    private void end(@Nullable Throwable cause) {
        if (ended) {
            return;
        }
        ended = true;
        flushAndClose(downstream);
        flushAndClose(upstream);
        observer.ended(cause);
    }

    private static void flushAndClose(Channel channel) {
        if (channel.isActive()) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            channel.close();
        }
    }

    private final class Side extends ChannelInboundHandlerAdapter {
        private final Channel from;
        private final Channel to;
        private final boolean fromClient;
        private boolean finished;

        Side(Channel from, Channel to, boolean fromClient) {
            this.from = from;
            this.to = to;
            this.fromClient = fromClient;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            if (ended) {
                data.release();
                return;
            }
            lastActivity = System.nanoTime();
            if (fromClient) {
                observer.received(data.readableBytes());
            } else {
                observer.sent(data.readableBytes());
            }
            to.write(data);
            if (!to.isWritable()) {
                to.flush();
                if (!to.isWritable()) {
                    from.config().setAutoRead(false);
                }
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            to.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            // this side's channel drained or filled, so the other side may read or must stop
            to.config().setAutoRead(from.isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                finish();
            } else if (event instanceof SslCloseCompletionEvent) {
                end(null);
            } else {
                ctx.fireUserEventTriggered(event);
            }
        }

        private void finish() {
            if (finished || ended) {
                return;
            }
            finished = true;
            to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
                if (fromDownstream.finished && fromUpstream.finished) {
                    end(null);
                } else if (to instanceof DuplexChannel duplex && to.isActive()) {
                    duplex.shutdownOutput();
                }
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(null);
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(cause);
        }
    }
}
