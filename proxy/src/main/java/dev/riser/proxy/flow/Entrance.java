package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.http.Http1ServerConnection;
import dev.riser.proxy.snapshot.CompiledListener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a program that is not captured hands its traffic to its proxy: stations 1 and 3 without an original destination.
 * Either the program says where it wants to go, as HTTP clients do to a proxy ({@code CONNECT} or whole URLs), or the
 * socket stands for one destination. What comes of a tunnel then walks like a redirected connection, what is asked for in
 * a URL like a request in one. One instance a listening socket.
 */
public final class Entrance extends ChannelInitializer<Channel> {
    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final String CONNECT = "CONNECT ";
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int MOST_HEAD = 16 * 1024;

    private final WorkloadTraffic traffic;
    private final Supplier<@Nullable CompiledListener> elsewhere;
    private final Destinations destinations;
    private final Callers callers;
    private final Optional<Asked> fixed;
    private final Acceptor acceptor;

    /** Who may use a workload's entrances; callable on event loops, must not block. */
    @FunctionalInterface
    public interface Callers {
        /** Empty, or why not; completes on any thread. */
        CompletionStage<Optional<String>> refuse(InetSocketAddress client, InetSocketAddress entrance);
    }

    /**
     * An entrance.
     *
     * @param elsewhere the listener for what the mesh does not know
     * @param fixed {@code host:port} that every connection goes to, empty where clients say it
     * @throws IllegalArgumentException where {@code fixed} is of another form
     */
    public Entrance(
            WorkloadTraffic traffic,
            Supplier<@Nullable CompiledListener> elsewhere,
            Destinations destinations,
            Callers callers,
            String fixed) {
        this.traffic = traffic;
        this.elsewhere = elsewhere;
        this.destinations = destinations;
        this.callers = callers;
        this.fixed = fixed.isEmpty()
                ? Optional.empty()
                : Optional.of(Asked.parse(fixed, 0)
                        .orElseThrow(() -> new IllegalArgumentException("'" + fixed + "' is not host:port")));
        this.acceptor = new Acceptor(traffic, elsewhere);
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline().addLast("enter", new Entering(channel));
    }

    static String explain(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String message = cause == null ? null : cause.getMessage();
        return message == null ? "the destination cannot be found" : message;
    }

    /** Follows one connection until it is known where it goes; confined to its event loop. */
    private final class Entering extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private @Nullable ByteBuf seen;
        private boolean listening;
        private boolean inputEnded;
        private boolean done;

        Entering(Channel channel) {
            this.channel = channel;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
            if (!traffic.admit(channel)) {
                refuse(FailureReason.OVER_CONNECTION_LIMIT, "the workload's connection limit is reached");
                return;
            }
            callers.refuse((InetSocketAddress) channel.remoteAddress(), (InetSocketAddress) channel.localAddress())
                    .whenComplete((refusal, failure) -> channel.eventLoop().execute(() -> {
                        if (refusal == null || refusal.isPresent()) {
                            refuse(FailureReason.DENIED_BY_POLICY, refusal == null ? explain(failure) : refusal.get());
                        } else if (fixed.isPresent()) {
                            find(fixed.get(), "");
                        } else if (channel.isActive()) {
                            listening = true;
                            listen(ctx);
                        }
                    }));
        }

        private void refuse(FailureReason reason, String detail) {
            if (done) {
                return;
            }
            done = true;
            release();
            traffic.refused(reason, channel, (InetSocketAddress) channel.localAddress(), detail, "", "");
            channel.close();
        }

        /** @param greeting sent when it is known where the connection goes */
        private void find(Asked asked, String greeting) {
            listening = false;
            channel.config().setAutoRead(false);
            destinations
                    .find(asked.host(), asked.port())
                    .whenComplete((found, failure) -> channel.eventLoop().execute(() -> {
                        if (done || !channel.isActive()) {
                            return;
                        }
                        if (found == null && greeting.isEmpty()) {
                            refuse(FailureReason.UNKNOWN_DESTINATION, explain(failure));
                        } else if (found == null) {
                            answer(502, "Bad Gateway", FailureReason.UNKNOWN_DESTINATION, explain(failure));
                        } else if (found.equals(channel.localAddress())) {
                            answer(400, "Bad Request", FailureReason.BAD_REQUEST, "this is the proxy itself");
                        } else {
                            if (!greeting.isEmpty()) {
                                channel.writeAndFlush(Unpooled.copiedBuffer(greeting, StandardCharsets.US_ASCII));
                            }
                            done = true;
                            ByteBuf first = seen;
                            seen = null;
                            acceptor.take(channel, found, first, inputEnded);
                            channel.pipeline().remove(this);
                        }
                    }));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            if (done) {
                data.release();
                return;
            }
            ByteBuf before = seen;
            ByteBuf all = before == null ? data : Unpooled.wrappedBuffer(before, data);
            seen = all;
            if (listening) {
                listen(ctx);
            }
        }

        /** Reads until the client has said where it wants to go. */
        private void listen(ChannelHandlerContext ctx) {
            ByteBuf all = seen;
            String said = all == null ? "" : all.toString(StandardCharsets.ISO_8859_1);
            if (all != null && !CONNECT.startsWith(said) && !said.startsWith(CONNECT)) {
                serveRequests(ctx, all);
                return;
            }
            int end = said.indexOf(END_OF_HEAD);
            if (all != null && end >= 0) {
                all.skipBytes(end + END_OF_HEAD.length());
                if (!all.isReadable()) {
                    release();
                }
                connect(said.substring(0, end));
            } else if (said.length() > MOST_HEAD) {
                answer(431, "Request Header Fields Too Large", FailureReason.HEADERS_TOO_LARGE, "the head is too long");
            } else if (inputEnded) {
                channel.close();
            } else if (!channel.config().isAutoRead()) {
                channel.config().setAutoRead(true);
                channel.read();
            }
        }

        private void connect(String head) {
            String[] line = head.lines().findFirst().orElse("").split(" ", -1);
            Optional<Asked> asked = line.length == 3 ? Asked.parse(line[1], 0) : Optional.empty();
            if (asked.isEmpty() || !line[2].startsWith("HTTP/1.")) {
                answer(400, "Bad Request", FailureReason.BAD_REQUEST, "CONNECT wants host:port");
                return;
            }
            find(asked.get(), "HTTP/1.1 200 Connection established\r\n\r\n");
        }

        private void answer(int status, String reason, FailureReason failure, String detail) {
            done = true;
            release();
            String body = failure.name() + ": " + Printable.of(detail) + "\n";
            String text = "HTTP/1.1 " + status + " " + reason + "\r\ncontent-type: text/plain\r\nserver: riser\r\n"
                    + "x-riser-failure: " + failure.name() + "\r\nx-riser-hop: " + traffic.hop(false)
                    + "\r\ncontent-length: " + body.length() + "\r\nconnection: close\r\n\r\n" + body;
            traffic.refused(failure, channel, (InetSocketAddress) channel.localAddress(), detail, "", "");
            channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII))
                    .addListener(ChannelFutureListener.CLOSE);
        }

        private void serveRequests(ChannelHandlerContext ctx, ByteBuf first) {
            done = true;
            seen = null;
            AskedRequests requests = new AskedRequests(traffic, channel, destinations, elsewhere);
            channel.pipeline().addLast("flush", new FlushConsolidationHandler(256, true));
            Http1ServerConnection server =
                    Http1ServerConnection.install(channel.pipeline(), requests, requests.limits(), HTTP);
            requests.drainBy(server::drain);
            ctx.fireChannelRead(first);
            channel.pipeline().remove(this);
            channel.pipeline().fireChannelReadComplete();
            if (inputEnded) {
                channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (!(event instanceof ChannelInputShutdownEvent)) {
                ctx.fireUserEventTriggered(event);
                return;
            }
            inputEnded = true;
            if (listening) {
                listen(ctx);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            done = true;
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
    }
}
