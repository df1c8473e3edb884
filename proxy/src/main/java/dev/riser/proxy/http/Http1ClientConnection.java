package dev.riser.proxy.http;

import dev.riser.base.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The client's side of an HTTP/1.1 connection, one request at a time. Confined to its event loop. */
public final class Http1ClientConnection extends ChannelInboundHandlerAdapter {
    private static final AsciiString CHUNKED = AsciiString.cached("chunked");
    private static final AsciiString CLOSE = AsciiString.cached("close");
    private static final AsciiString ZERO = AsciiString.cached("0");

    private final Owner owner;
    private final HttpClientCodec codec;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Stream current;
    private long idleSince = System.nanoTime();
    private boolean watched;
    private boolean used;
    private long exchanges;

    /** Who keeps the connection while nobody uses it. */
    public interface Owner {
        /** The exchange is over and the connection can take another. */
        void onIdle(Http1ClientConnection connection);

        /** The connection is closed, or will not take another request. */
        void onClosed(Http1ClientConnection connection);
    }

    private Http1ClientConnection(Owner owner, HttpLimits limits) {
        this.owner = owner;
        this.codec = new HttpClientCodec(
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(limits.headBytes())
                        .setMaxHeaderSize(limits.headBytes())
                        .setMaxChunkSize(64 * 1024)
                        .setAllowPartialChunks(true),
                false,
                false);
    }

    public static Http1ClientConnection install(ChannelPipeline pipeline, Owner owner, HttpLimits limits) {
        Http1ClientConnection connection = new Http1ClientConnection(owner, limits);
        pipeline.addLast("http1-codec", connection.codec);
        pipeline.addLast("http1", connection);
        return connection;
    }

    /** Begins an exchange; the connection must be idle. */
    public ClientStream open(ClientStreamListener listener) {
        Stream stream = new Stream(java.util.Objects.requireNonNull(context), listener);
        current = stream;
        used = exchanges++ > 0;
        return stream;
    }

    /** Whether the exchange that was opened last is not the connection's first. */
    public boolean used() {
        return used;
    }

    public boolean usable() {
        ChannelHandlerContext ctx = context;
        return ctx != null && ctx.channel().isActive() && current == null;
    }

    /** The connection went idle now. */
    public void touched() {
        idleSince = System.nanoTime();
    }

    /** Whether {@link #watch} was called. */
    public boolean watched() {
        return watched;
    }

    /** Closes the connection once it has been idle for that long. */
    public void watch(EventLoop loop, long idleNanos) {
        watched = true;
        loop.schedule(
                () -> {
                    if (current == null && System.nanoTime() - idleSince >= idleNanos) {
                        close();
                    } else if (usable() || current != null) {
                        watch(loop, idleNanos);
                    }
                },
                idleNanos,
                TimeUnit.NANOSECONDS);
    }

    public void close() {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            ctx.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Stream stream = current;
        if (stream == null) {
            // bytes that nobody asked for: the server cannot be trusted to keep requests and responses in step
            ReferenceCountUtil.release(message);
            ctx.close();
        } else if (stream.opaque) {
            if (message instanceof ByteBuf data) {
                stream.listener.onData(data, false);
            } else {
                // what the codec, gone by now, had still to say: the end of the 101 is not the end of the exchange
                ReferenceCountUtil.release(message);
            }
        } else if (message instanceof HttpResponse response) {
            head(ctx, stream, response);
        } else if (message instanceof HttpContent content) {
            content(ctx, stream, content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(ChannelHandlerContext ctx, Stream stream, HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            ReferenceCountUtil.release(response);
            stream.fail(
                    FailureReason.UPSTREAM_PROTOCOL,
                    false,
                    String.valueOf(response.decoderResult().cause().getMessage()));
            ctx.close();
            return;
        }
        HeaderBlock headers = HeaderBlock.of(response.headers());
        String problem = HeadRules.refuseFields(headers);
        int status = response.status().code();
        if (problem == null && headers.count(HeaderNames.CONTENT_LENGTH) > 1) {
            problem = "more than one content-length field";
        }
        if (problem == null && status == 101 && !stream.upgrading) {
            problem = "101 without an upgrade";
        }
        if (problem != null) {
            stream.fail(FailureReason.UPSTREAM_PROTOCOL, false, problem);
            ctx.close();
            return;
        }
        ResponseHead head = new ResponseHead(status, headers);
        if (head.informational()) {
            stream.informational = true;
            HeadRules.stripHopByHop(headers, false);
            stream.listener.onResponse(head, false);
            return;
        }
        stream.informational = false;
        CharSequence connection = headers.get(HeaderNames.CONNECTION);
        boolean http10 = response.protocolVersion().equals(io.netty.handler.codec.http.HttpVersion.HTTP_1_0);
        if (http10
                ? connection == null || !AsciiString.containsIgnoreCase(connection, HeaderNames.KEEP_ALIVE)
                : connection != null && AsciiString.containsIgnoreCase(connection, CLOSE)) {
            stream.keepAlive = false;
        }
        if (status == 101) {
            stream.opaque = true;
            stream.keepAlive = false;
            HeadRules.stripHopByHop(headers, true);
            ctx.channel().config().setOption(io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE, true);
            stream.listener.onResponse(head, false);
            ctx.pipeline().remove(codec);
            return;
        }
        AsciiString length = headers.first(HeaderNames.CONTENT_LENGTH);
        boolean end = stream.toHead
                || status == 204
                || status == 304
                || length != null && length.contentEquals("0") && !headers.contains(HeaderNames.TRANSFER_ENCODING);
        if (length == null && !headers.contains(HeaderNames.TRANSFER_ENCODING) && !end) {
            stream.keepAlive = false;
        }
        HeadRules.stripHopByHop(headers, false);
        if (end) {
            stream.responseAnnouncedEnd = true;
        }
        stream.listener.onResponse(head, end);
    }

    private void content(ChannelHandlerContext ctx, Stream stream, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            content.release();
            stream.fail(
                    FailureReason.UPSTREAM_PROTOCOL,
                    false,
                    String.valueOf(content.decoderResult().cause().getMessage()));
            ctx.close();
            return;
        }
        if (stream.informational) {
            content.release();
            return;
        }
        if (!(content instanceof LastHttpContent last)) {
            stream.listener.onData(content.content(), false);
            return;
        }
        current = null;
        boolean clean = stream.requestEnded && stream.keepAlive;
        stream.over = true;
        if (stream.responseAnnouncedEnd) {
            last.release();
        } else if (last.trailingHeaders().isEmpty()) {
            stream.listener.onData(last.content(), true);
        } else {
            HeaderBlock trailers = HeaderBlock.of(last.trailingHeaders());
            if (last.content().isReadable()) {
                stream.listener.onData(last.content(), false);
            } else {
                last.release();
            }
            stream.listener.onTrailers(trailers);
        }
        if (clean && ctx.channel().isActive()) {
            ctx.channel().config().setAutoRead(true);
            owner.onIdle(this);
        } else {
            ctx.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Stream stream = current;
        if (stream != null && ctx.channel().isWritable()) {
            stream.listener.onWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            Stream stream = current;
            if (stream != null && stream.opaque) {
                stream.listener.onData(Unpooled.EMPTY_BUFFER, true);
            } else {
                ctx.close();
            }
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        // the codec, which stands before us, has delivered a response that ends with the connection by now
        Stream stream = current;
        current = null;
        if (stream != null) {
            stream.fail(
                    FailureReason.UPSTREAM_RESET,
                    false,
                    "the server closed the connection before the response was complete");
        }
        owner.onClosed(this);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private final class Stream implements ClientStream {
        private final ChannelHandlerContext ctx;
        private final ClientStreamListener listener;
        private boolean toHead;
        private boolean upgrading;
        private boolean keepAlive = true;
        private boolean requestEnded;
        private boolean informational;
        private boolean responseAnnouncedEnd;
        private boolean opaque;
        private boolean over;

        Stream(ChannelHandlerContext ctx, ClientStreamListener listener) {
            this.ctx = ctx;
            this.listener = listener;
        }

        void fail(FailureReason reason, boolean unprocessed, String detail) {
            if (!over) {
                over = true;
                if (responseAnnouncedEnd) {
                    return;
                }
                listener.onReset(reason, unprocessed, detail);
            }
        }

        @Override
        public Channel channel() {
            return ctx.channel();
        }

        @Override
        public void request(RequestHead head, boolean end) {
            HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory()
                    .withValidation(false)
                    .newHeaders();
            headers.add(HeaderNames.HOST, head.authority());
            HeaderBlock fields = head.headers();
            for (int i = 0; i < fields.size(); i++) {
                headers.add(fields.name(i), fields.value(i));
            }
            toHead = head.method().contentEquals("HEAD");
            upgrading = headers.contains(HeaderNames.UPGRADE);
            if (end && !headers.contains(HeaderNames.CONTENT_LENGTH) && expectsBody(head.method())) {
                headers.set(HeaderNames.CONTENT_LENGTH, ZERO);
            } else if (!end && !headers.contains(HeaderNames.CONTENT_LENGTH) && !upgrading) {
                headers.set(HeaderNames.TRANSFER_ENCODING, CHUNKED);
            }
            ctx.write(new DefaultHttpRequest(
                    io.netty.handler.codec.http.HttpVersion.HTTP_1_1,
                    HttpMethod.valueOf(head.method().toString()),
                    head.path().toString(),
                    headers));
            if (end || upgrading) {
                requestEnded = true;
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            } else {
                ctx.flush();
            }
        }

        private static boolean expectsBody(AsciiString method) {
            return method.contentEquals("POST") || method.contentEquals("PUT") || method.contentEquals("PATCH");
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            if (over && !opaque) {
                data.release();
                return;
            }
            if (opaque) {
                if (end && ctx.channel() instanceof DuplexChannel duplex) {
                    ctx.writeAndFlush(data).addListener(written -> duplex.shutdownOutput());
                } else {
                    ctx.writeAndFlush(data);
                }
                return;
            }
            if (end) {
                requestEnded = true;
                ctx.writeAndFlush(new DefaultLastHttpContent(data));
            } else {
                ctx.writeAndFlush(new DefaultHttpContent(data));
            }
        }

        @Override
        public void trailers(HeaderBlock trailers) {
            if (over) {
                return;
            }
            requestEnded = true;
            DefaultLastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
            for (int i = 0; i < trailers.size(); i++) {
                last.trailingHeaders().add(trailers.name(i), trailers.value(i));
            }
            ctx.writeAndFlush(last);
        }

        @Override
        public void reset() {
            if (!over) {
                over = true;
                if (current == this) {
                    current = null;
                }
                ctx.close();
            }
        }

        @Override
        public boolean writable() {
            return ctx.channel().isWritable();
        }

        @Override
        public void readable(boolean wanted) {
            if (!over) {
                ctx.channel().config().setAutoRead(wanted);
            }
        }
    }
}
