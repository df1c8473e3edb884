package dev.riser.proxy.telemetry;

import dev.riser.xds.otlp.Resource;
import dev.riser.xds.otlp.ResourceSpans;
import dev.riser.xds.otlp.Scope;
import dev.riser.xds.otlp.ScopeSpans;
import dev.riser.xds.otlp.Span;
import dev.riser.xds.otlp.TraceExport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Posts spans by OTLP over HTTP (protobuf) to a collector. Spans wait in a bounded queue; what does not fit, and batches
 * that the collector does not take, are dropped and counted. {@link #offer} is safe on any thread; everything else happens
 * on the exporter's event loop, in the process's own network namespace.
 */
public final class SpanExporter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SpanExporter.class.getName());
    private static final int MOST_WAITING = 4_096;
    private static final int BATCH = 512;
    private static final int INTERVAL_MILLIS = 1_000;
    private static final int TIMEOUT_SECONDS = 10;

    private record Waiting(Resource resource, Span span) {}

    private final EventLoop loop;
    private final ChannelFactory<? extends Channel> channels;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final URI endpoint;
    private final Map<String, String> headers;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder dropped = new LongAdder();
    private final Future<?> timer;
    private boolean posting;
    private boolean failing;

    /**
     * Starts exporting.
     *
     * @param resolver finds the collector's address without blocking
     * @param endpoint the collector's URL, {@code http://host:4318/v1/traces}
     * @param headers sent with each post
     */
    public SpanExporter(
            EventLoop loop,
            ChannelFactory<? extends Channel> channels,
            AddressResolverGroup<InetSocketAddress> resolver,
            URI endpoint,
            Map<String, String> headers) {
        if (!"http".equals(endpoint.getScheme()) || endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "trace collector %s must be an http URL such as http://collector:4318/v1/traces"
                            .formatted(endpoint));
        }
        this.loop = loop;
        this.channels = channels;
        this.resolver = resolver;
        this.endpoint = endpoint;
        this.headers = Map.copyOf(headers);
        this.timer = loop.scheduleWithFixedDelay(this::flush, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    void offer(Resource resource, Span span) {
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            dropped.increment();
            return;
        }
        queue.add(new Waiting(resource, span));
    }

    /** Spans dropped since the start. */
    public long dropped() {
        return dropped.sum();
    }

    /** Stops after one more attempt to post what waits. */
    @Override
    public void close() {
        timer.cancel(false);
        loop.execute(this::flush);
    }

    private void flush() {
        if (posting) {
            return;
        }
        Map<Resource, ScopeSpans.Builder> batch = new LinkedHashMap<>();
        int count = 0;
        for (Waiting next = queue.poll(); next != null; next = queue.poll()) {
            batch.computeIfAbsent(
                            next.resource(),
                            missing -> ScopeSpans.newBuilder()
                                    .setScope(Scope.newBuilder().setName("riser")))
                    .addSpans(next.span());
            if (++count == BATCH) {
                break;
            }
        }
        if (count == 0) {
            return;
        }
        waiting.addAndGet(-count);
        List<ResourceSpans> spans = new ArrayList<>();
        batch.forEach((resource, scope) -> spans.add(ResourceSpans.newBuilder()
                .setResource(resource)
                .addScopeSpans(scope)
                .build()));
        post(TraceExport.newBuilder().addAllResourceSpans(spans).build().toByteArray(), count);
    }

    private void post(byte[] body, int count) {
        posting = true;
        int port = endpoint.getPort() < 0 ? 80 : endpoint.getPort();
        Post post = new Post(body, count);
        new Bootstrap()
                .group(loop)
                .channelFactory(channels)
                .resolver(resolver)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TIMEOUT_SECONDS * 1_000)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new ReadTimeoutHandler(TIMEOUT_SECONDS))
                                .addLast(new HttpClientCodec())
                                .addLast(new HttpObjectAggregator(65_536))
                                .addLast(post);
                    }
                })
                .connect(endpoint.getHost(), port)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        post.settle(false, String.valueOf(connected.cause()));
                    }
                });
    }

    /** One batch on its way; settles exactly once. */
    private final class Post extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final byte[] body;
        private final int count;
        private boolean settled;

        Post(byte[] body, int count) {
            this.body = body;
            this.count = count;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            String path = endpoint.getRawPath();
            DefaultFullHttpRequest request = new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1,
                    HttpMethod.POST,
                    path == null || path.isEmpty() ? "/v1/traces" : path,
                    Unpooled.wrappedBuffer(body));
            headers.forEach((name, value) -> request.headers().set(name, value));
            request.headers()
                    .set(HttpHeaderNames.HOST, endpoint.getRawAuthority())
                    .set(HttpHeaderNames.CONTENT_TYPE, "application/x-protobuf")
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    .set(HttpHeaderNames.CONNECTION, "close");
            context.writeAndFlush(request);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            int status = response.status().code();
            settle(status / 100 == 2, "status " + status);
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            settle(false, "the collector closed the connection without an answer");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            settle(false, cause.toString());
            context.close();
        }

        private void settle(boolean taken, String reason) {
            if (settled) {
                return;
            }
            settled = true;
            posting = false;
            if (!taken) {
                dropped.add(count);
            }
            if (taken == failing) {
                failing = !taken;
                if (failing) {
                    LOG.log(
                            Level.WARNING,
                            "trace collector {0} does not take spans ({1}); they are dropped until it does",
                            endpoint,
                            reason);
                } else {
                    LOG.log(Level.INFO, "trace collector {0} takes spans again", endpoint);
                }
            }
            if (waiting.get() > 0 && !loop.isShuttingDown()) {
                loop.execute(SpanExporter.this::flush);
            }
        }
    }
}
