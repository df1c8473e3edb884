package dev.riser.control.api;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A small HTTP/1.1 server. One request of a connection is worked on at a time, on a virtual thread; the next is read when
 * the answer has left, so a client cannot pile up work. Bodies, heads, waiting and the number of connections are limited.
 */
final class HttpServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

    /** A file of YAML may have 3 MB, and JSON escapes cost some. */
    private static final int LARGEST_BODY = 4 * 1024 * 1024;

    /** A client that says nothing for this long is cut off, between requests and inside one. */
    private static final int IDLE_SECONDS = 30;

    private static final int MOST_CONNECTIONS = 512;
    private static final String BEARER = "Bearer ";

    /** Answers requests; may block. */
    @FunctionalInterface
    interface Handler {
        HttpAnswer answer(HttpRequest request);
    }

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            1, Thread.ofPlatform().daemon().name("riser-api-", 0).factory(), NioIoHandler.newFactory());
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore connections = new Semaphore(MOST_CONNECTIONS);
    private final Channel channel;

    /**
     * Starts it.
     *
     * @throws IOException where it cannot listen there
     */
    HttpServer(InetSocketAddress address, Handler handler) throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel accepted) {
                        if (!connections.tryAcquire()) {
                            accepted.close();
                            return;
                        }
                        accepted.closeFuture().addListener(closed -> connections.release());
                        accepted.pipeline()
                                .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpServerKeepAliveHandler())
                                .addLast(new HttpObjectAggregator(LARGEST_BODY))
                                // One read may hold several requests; they too wait for the answer before them.
                                .addLast(new FlowControlHandler())
                                .addLast(new Exchange(handler));
                    }
                });
        var bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new IOException(
                    "cannot listen on %s:%d: %s"
                            .formatted(address.getHostString(), address.getPort(), String.valueOf(bound.cause())),
                    bound.cause());
        }
        channel = bound.channel();
    }

    int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        handlers.shutdownNow();
    }

    private final class Exchange extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Handler handler;

        private Exchange(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest message) {
            if (!message.decoderResult().isSuccess()) {
                write(context, HttpAnswer.failure(400, "this is not HTTP/1.1"), true);
                return;
            }
            HttpRequest request;
            try {
                request = request(context, message);
            } catch (IllegalArgumentException malformed) {
                write(context, HttpAnswer.failure(400, "the request's path is not properly encoded"), true);
                return;
            }
            context.channel().config().setAutoRead(false);
            handlers.execute(() -> {
                HttpAnswer answer;
                try {
                    answer = handler.answer(request);
                } catch (RuntimeException failure) {
                    LOG.log(System.Logger.Level.ERROR, "the API failed on " + request.path(), failure);
                    answer = HttpAnswer.failure(500, "the control plane failed on this call; its log says why");
                }
                HttpAnswer ready = answer;
                context.executor().execute(() -> {
                    write(context, ready, false);
                    context.channel().config().setAutoRead(true);
                });
            });
        }

        private static HttpRequest request(ChannelHandlerContext context, FullHttpRequest message) {
            QueryStringDecoder uri = new QueryStringDecoder(message.uri());
            Map<String, String> query = new HashMap<>();
            uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
            String authorization = message.headers().get(HttpHeaderNames.AUTHORIZATION, "");
            Optional<String> bearer = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    ? Optional.of(authorization.substring(BEARER.length()).strip())
                    : Optional.empty();
            return new HttpRequest(
                    message.method().name().toUpperCase(Locale.ROOT),
                    uri.path(),
                    query,
                    message.headers().get(HttpHeaderNames.HOST, ""),
                    bearer,
                    ByteBufUtil.getBytes(message.content()),
                    message.headers().get(HttpHeaderNames.IF_NONE_MATCH, ""),
                    ((InetSocketAddress) context.channel().remoteAddress()).getAddress());
        }

        private static void write(ChannelHandlerContext context, HttpAnswer answer, boolean close) {
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.valueOf(answer.status()),
                    Unpooled.wrappedBuffer(answer.body()));
            answer.headers().forEach(response.headers()::set);
            response.headers()
                    .set(HttpHeaderNames.SERVER, "riser")
                    .set("x-content-type-options", "nosniff")
                    .set("referrer-policy", "no-referrer")
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
            var written = context.writeAndFlush(response);
            if (close) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // Resets and time-outs of clients; there is nobody left to answer.
            context.close();
        }
    }
}
