package dev.riser.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of an HTTP/1 connection: one request at a time, pipelined ones wait unread. Framing is RFC 9112's;
 * whatever leaves room for two readings is refused with 400 and the connection closed. Confined to its event loop.
 */
public final class Http1ServerConnection extends ChannelInboundHandlerAdapter {
    private static final io.netty.handler.codec.http.HttpVersion HTTP_1_1 =
            io.netty.handler.codec.http.HttpVersion.HTTP_1_1;
    private static final AsciiString CHUNKED = AsciiString.cached("chunked");
    private static final AsciiString CLOSE = AsciiString.cached("close");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final AsciiString ZERO = AsciiString.cached("0");
    private static final AsciiString EMPTY_AUTHORITY = AsciiString.EMPTY_STRING;

    private final RequestHandler handler;
    private final HttpLimits limits;
    private final AsciiString scheme;
    private final StrictDecoder decoder;
    private final Encoder encoder = new Encoder();
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Stream current;
    private boolean refused;
    private boolean draining;
    private boolean working;
    private long lastActivity = System.nanoTime();

    private Http1ServerConnection(RequestHandler handler, HttpLimits limits, AsciiString scheme) {
        this.handler = handler;
        this.limits = limits;
        this.scheme = scheme;
        this.decoder = new StrictDecoder(limits);
    }

    /** Adds the codec and the connection at the end of the pipeline. */
    public static Http1ServerConnection install(
            ChannelPipeline pipeline, RequestHandler handler, HttpLimits limits, AsciiString scheme) {
        Http1ServerConnection connection = new Http1ServerConnection(handler, limits, scheme);
        pipeline.addLast("http1-decoder", connection.decoder);
        pipeline.addLast("http1-encoder", connection.encoder);
        pipeline.addLast("http1", connection);
        return connection;
    }

    /** Answers what is under way, then closes; idle connections close at once. */
    public void drain() {
        draining = true;
        ChannelHandlerContext ctx = context;
        if (current == null && ctx != null) {
            ctx.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        scheduleIdleCheck(ctx);
    }

    private void scheduleIdleCheck(ChannelHandlerContext ctx) {
        long wait = Math.min(limits.idleNanos(), limits.headNanos());
        ctx.executor()
                .schedule(
                        () -> {
                            if (!ctx.channel().isActive() || ctx.isRemoved()) {
                                return;
                            }
                            long idle = System.nanoTime() - lastActivity;
                            if (current == null && (idle > limits.idleNanos() || decoder.stalled(limits.headNanos()))) {
                                ctx.close();
                                return;
                            }
                            scheduleIdleCheck(ctx);
                        },
                        wait,
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        lastActivity = System.nanoTime();
        Stream stream = current;
        if (refused) {
            ReferenceCountUtil.release(message);
        } else if (stream != null && stream.opaque) {
            if (message instanceof ByteBuf data) {
                stream.deliver(data, false);
            } else {
                ReferenceCountUtil.release(message);
            }
        } else if (stream != null && stream.requestEnded) {
            if (message == LastHttpContent.EMPTY_LAST_CONTENT && waiting.isEmpty()) {
                // the codec's end of a request without a body, which has ended already: nothing to stop reading for
                return;
            }
            waiting.add(message);
            ctx.channel().config().setAutoRead(false);
        } else {
            take(ctx, message);
        }
    }

    private void take(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            begin(ctx, request);
        } else if (message instanceof HttpContent content) {
            content(ctx, content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            Throwable cause = request.decoderResult().cause();
            int status = cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException
                    ? 431
                    : 400;
            refuse(ctx, status, String.valueOf(cause.getMessage()));
            return;
        }
        HttpVersion version;
        if (request.protocolVersion().equals(HTTP_1_1)) {
            version = HttpVersion.HTTP_1_1;
        } else if (request.protocolVersion().equals(io.netty.handler.codec.http.HttpVersion.HTTP_1_0)) {
            version = HttpVersion.HTTP_1_0;
        } else {
            refuse(ctx, 400, "protocol version is not HTTP/1.0 or HTTP/1.1");
            return;
        }
        HeaderBlock headers = HeaderBlock.of(request.headers());
        String problem = lengthProblem(headers, version);
        AsciiString authority = EMPTY_AUTHORITY;
        AsciiString path = AsciiString.of(request.uri());
        AsciiString asked = scheme;
        if (problem == null) {
            int hosts = headers.count(HeaderNames.HOST);
            if (hosts > 1) {
                problem = "more than one host field";
            } else if (hosts == 1) {
                authority = java.util.Objects.requireNonNull(headers.first(HeaderNames.HOST));
            }
            headers.remove(HeaderNames.HOST);
            if (!path.isEmpty() && path.charAt(0) != '/' && !path.contentEquals("*")) {
                // absolute form, RFC 9112 section 3.2.2: its authority replaces the host field
                int start = path.indexOf("://");
                if (start < 0) {
                    problem = "request target is neither a path nor an absolute URI";
                } else {
                    if (path.subSequence(0, start).contentEqualsIgnoreCase(HTTPS)) {
                        asked = HTTPS;
                    }
                    int end = path.indexOf("/", start + 3);
                    AsciiString target = end < 0 ? path.subSequence(start + 3) : path.subSequence(start + 3, end);
                    path = end < 0 ? AsciiString.cached("/") : path.subSequence(end);
                    authority = target;
                }
            }
        }
        RequestHead head = new RequestHead(request.method().asciiName(), asked, authority, path, headers, version);
        if (problem == null) {
            problem = HeadRules.refuse(head);
        }
        if (problem != null) {
            refuse(ctx, 400, problem);
            return;
        }
        boolean end = !HeadRules.hasBody(headers);
        CharSequence connection = headers.get(HeaderNames.CONNECTION);
        boolean keepAlive = version == HttpVersion.HTTP_1_1
                ? connection == null || !AsciiString.containsIgnoreCase(connection, CLOSE)
                : connection != null && AsciiString.containsIgnoreCase(connection, KEEP_ALIVE);
        if (headers.first(HeaderNames.EXPECT) != null) {
            headers.remove(HeaderNames.EXPECT);
            if (!end && version == HttpVersion.HTTP_1_1) {
                // as Envoy does unless told to pass it on: the client need not wait a round trip through the mesh
                pastEncoder(ctx)
                        .writeAndFlush(Unpooled.copiedBuffer(
                                "HTTP/1.1 100 Continue\r\n\r\n", java.nio.charset.StandardCharsets.US_ASCII));
            }
        }
        Stream stream = new Stream(ctx, head, keepAlive);
        stream.requestEnded = end;
        current = stream;
        handler.onRequest(stream, head, end);
    }

    /** Bytes that are a whole message already must not pass the encoder, which takes none outside of a message. */
    private ChannelHandlerContext pastEncoder(ChannelHandlerContext ctx) {
        return java.util.Objects.requireNonNull(ctx.pipeline().context(encoder));
    }

    /** Framing that two readers could read in two ways (RFC 9112 section 6.3), null when there is none. */
    private static @Nullable String lengthProblem(HeaderBlock headers, HttpVersion version) {
        int encodings = headers.count(HeaderNames.TRANSFER_ENCODING);
        int lengths = headers.count(HeaderNames.CONTENT_LENGTH);
        if (encodings > 0) {
            if (version == HttpVersion.HTTP_1_0) {
                return "transfer-encoding in HTTP/1.0";
            }
            if (lengths > 0) {
                return "both transfer-encoding and content-length";
            }
            AsciiString encoding = headers.first(HeaderNames.TRANSFER_ENCODING);
            if (encodings > 1 || encoding == null || !encoding.contentEqualsIgnoreCase(CHUNKED)) {
                return "transfer-encoding other than chunked";
            }
        }
        if (lengths > 1) {
            return "more than one content-length field";
        }
        AsciiString length = headers.first(HeaderNames.CONTENT_LENGTH);
        if (length != null) {
            if (length.isEmpty() || length.length() > 18) {
                return "content-length is not a length";
            }
            for (int i = 0; i < length.length(); i++) {
                if (length.charAt(i) < '0' || length.charAt(i) > '9') {
                    return "content-length is not a length";
                }
            }
        }
        return null;
    }

    private void content(ChannelHandlerContext ctx, HttpContent content) {
        Stream stream = current;
        if (stream == null || stream.requestEnded) {
            content.release();
            return;
        }
        if (content.decoderResult().isFailure()) {
            content.release();
            if (stream.headSent) {
                stream.abort();
                ctx.close();
            } else {
                stream.abort();
                refuse(ctx, 400, "body: " + content.decoderResult().cause().getMessage());
            }
            return;
        }
        if (content instanceof LastHttpContent last) {
            stream.requestEnded = true;
            HttpHeaders trailing = last.trailingHeaders();
            if (trailing.isEmpty()) {
                stream.deliver(last.content(), true);
            } else {
                if (last.content().isReadable()) {
                    stream.deliver(last.content(), false);
                } else {
                    last.release();
                }
                HeaderBlock trailers = HeaderBlock.of(trailing);
                ServerStreamListener listener = stream.listener;
                if (listener != null) {
                    listener.onTrailers(trailers);
                }
            }
            if (stream.done()) {
                finish(ctx);
            }
        } else {
            stream.deliver(content.content(), false);
        }
    }

    private void refuse(ChannelHandlerContext ctx, int status, String why) {
        refused = true;
        handler.onRefused(status, why);
        String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
        String body = "riser: BAD_REQUEST: " + why.replaceAll("[^\\x20-\\x7e]", "?") + "\n";
        String text = "HTTP/1.1 " + status + " " + reason
                + "\r\ncontent-type: text/plain\r\nserver: riser\r\nx-riser-failure: "
                + (status == 431 ? "HEADERS_TOO_LARGE" : "BAD_REQUEST") + "\r\ncontent-length: " + body.length()
                + "\r\nconnection: close\r\n\r\n" + body;
        pastEncoder(ctx)
                .writeAndFlush(Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.US_ASCII))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** The exchange is over on both sides: the next one begins, or the connection ends. */
    private void finish(ChannelHandlerContext ctx) {
        Stream stream = current;
        current = null;
        if (stream != null && !stream.keepAlive || draining) {
            ctx.flush();
            ctx.close();
            return;
        }
        if (working) {
            return;
        }
        working = true;
        try {
            Object next;
            while (!refused && (current == null || !current.requestEnded) && (next = waiting.poll()) != null) {
                take(ctx, next);
            }
        } finally {
            working = false;
        }
        if (waiting.isEmpty() && (current == null || !current.requestEnded)) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Stream stream = current;
        if (stream != null && stream.listener != null && ctx.channel().isWritable()) {
            stream.listener.onWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Stream stream = current;
        current = null;
        if (stream != null) {
            stream.abort();
        }
        releaseWaiting();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof io.netty.channel.socket.ChannelInputShutdownEvent) {
            Stream stream = current;
            if (stream == null) {
                ctx.close();
            } else if (stream.opaque) {
                stream.deliver(Unpooled.EMPTY_BUFFER, true);
            } else if (!stream.requestEnded) {
                // the client left in the middle of a request
                ctx.close();
            } else {
                stream.keepAlive = false;
            }
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseWaiting();
    }

    private void releaseWaiting() {
        Object left;
        while ((left = waiting.poll()) != null) {
            ReferenceCountUtil.release(left);
        }
    }

    private final class Stream implements ServerStream {
        private final ChannelHandlerContext ctx;
        private final RequestHead head;
        private @Nullable ServerStreamListener listener;
        private boolean keepAlive;
        private boolean requestEnded;
        private boolean headSent;
        private boolean responseEnded;
        private boolean opaque;

        Stream(ChannelHandlerContext ctx, RequestHead head, boolean keepAlive) {
            this.ctx = ctx;
            this.head = head;
            this.keepAlive = keepAlive;
        }

        boolean done() {
            return requestEnded && responseEnded;
        }

        void deliver(ByteBuf data, boolean end) {
            if (listener == null || responseEnded && !opaque) {
                data.release();
            } else {
                listener.onData(data, end);
            }
        }

        void abort() {
            ServerStreamListener told = listener;
            listener = null;
            responseEnded = true;
            if (told != null) {
                told.onReset();
            }
        }

        @Override
        public Channel channel() {
            return ctx.channel();
        }

        @Override
        public void listener(ServerStreamListener listener) {
            this.listener = listener;
        }

        @Override
        public void respond(ResponseHead response, boolean end) {
            if (responseEnded || headSent) {
                return;
            }
            HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory()
                    .withValidation(false)
                    .newHeaders();
            HeaderBlock fields = response.headers();
            for (int i = 0; i < fields.size(); i++) {
                headers.add(fields.name(i), fields.value(i));
            }
            HttpResponse message =
                    new DefaultHttpResponse(HTTP_1_1, HttpResponseStatus.valueOf(response.status()), headers);
            if (response.informational()) {
                if (head.version() == HttpVersion.HTTP_1_1) {
                    ctx.write(message);
                    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                }
                return;
            }
            headSent = true;
            if (response.status() != 101) {
                frame(response, headers, end);
            }
            ctx.write(message);
            if (end) {
                ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                responseFinished();
            } else {
                ctx.flush();
            }
        }

        private void frame(ResponseHead response, HttpHeaders headers, boolean end) {
            boolean toHead = head.method().contentEquals("HEAD");
            boolean bodiless = toHead || response.status() == 204 || response.status() == 304;
            encoder.bodiless = bodiless;
            if (!bodiless && end && !headers.contains(HeaderNames.CONTENT_LENGTH)) {
                headers.set(HeaderNames.CONTENT_LENGTH, ZERO);
            } else if (!bodiless && !end && !headers.contains(HeaderNames.CONTENT_LENGTH)) {
                if (head.version() == HttpVersion.HTTP_1_1) {
                    headers.set(HeaderNames.TRANSFER_ENCODING, CHUNKED);
                } else {
                    keepAlive = false;
                }
            }
            if (draining) {
                keepAlive = false;
            }
            if (!keepAlive) {
                headers.set(HeaderNames.CONNECTION, CLOSE);
            } else if (head.version() == HttpVersion.HTTP_1_0) {
                headers.set(HeaderNames.CONNECTION, KEEP_ALIVE);
            }
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            if (responseEnded) {
                data.release();
                return;
            }
            if (opaque) {
                if (end) {
                    responseEnded = true;
                    ctx.writeAndFlush(data).addListener(written -> ((DuplexChannel) ctx.channel()).shutdownOutput());
                } else {
                    ctx.writeAndFlush(data);
                }
                return;
            }
            if (end) {
                ctx.writeAndFlush(data.isReadable() ? new DefaultLastHttpContent(data) : emptied(data));
                responseFinished();
            } else {
                ctx.writeAndFlush(new DefaultHttpContent(data));
            }
        }

        private LastHttpContent emptied(ByteBuf data) {
            data.release();
            return LastHttpContent.EMPTY_LAST_CONTENT;
        }

        @Override
        public void trailers(HeaderBlock trailers) {
            if (responseEnded) {
                return;
            }
            DefaultLastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
            for (int i = 0; i < trailers.size(); i++) {
                last.trailingHeaders().add(trailers.name(i), trailers.value(i));
            }
            ctx.writeAndFlush(last);
            responseFinished();
        }

        private void responseFinished() {
            responseEnded = true;
            if (requestEnded) {
                if (current == this) {
                    finish(ctx);
                }
                return;
            }
            // Answered before the request was read to its end: what follows cannot be told from a new request by a
            // careless peer, so the connection ends here, after the answer had a chance to arrive.
            listener = null;
            refused = true;
            ctx.channel().config().setAutoRead(true);
            if (ctx.channel() instanceof DuplexChannel duplex) {
                // Not before the answer has left: flushes are gathered.
                ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> duplex.shutdownOutput());
            }
            ctx.executor().schedule(() -> ctx.close(), 1, TimeUnit.SECONDS);
        }

        @Override
        public void reset() {
            if (done()) {
                return;
            }
            listener = null;
            responseEnded = true;
            ctx.close();
        }

        @Override
        public boolean writable() {
            return ctx.channel().isWritable();
        }

        @Override
        public void readable(boolean wanted) {
            if (opaque || !requestEnded) {
                ctx.channel().config().setAutoRead(wanted);
            }
        }

        @Override
        public void becomeOpaque() {
            opaque = true;
            requestEnded = true;
            ctx.pipeline().remove(encoder);
            ctx.channel().config().setOption(io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE, true);
            ctx.channel().config().setAutoRead(true);
            ctx.pipeline().remove(decoder);
        }
    }

    /** Netty's decoder with the last ambiguity closed. */
    private static final class StrictDecoder extends HttpRequestDecoder {
        private long headBegan;
        private boolean inHead;

        StrictDecoder(HttpLimits limits) {
            super(new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.headBytes())
                    .setMaxHeaderSize(limits.headBytes())
                    .setMaxChunkSize(64 * 1024)
                    .setChunkedSupported(true)
                    .setAllowPartialChunks(true)
                    .setHeadersFactory(DefaultHttpHeadersFactory.headersFactory())
                    .setTrailersFactory(DefaultHttpHeadersFactory.trailersFactory()));
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            throw new IllegalArgumentException("both transfer-encoding and content-length");
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, java.util.List<Object> out) throws Exception {
            int before = out.size();
            super.decode(ctx, buffer, out);
            if (out.size() > before) {
                inHead = false;
            } else if (buffer.isReadable() && !inHead) {
                inHead = true;
                headBegan = System.nanoTime();
            }
        }

        boolean stalled(long limitNanos) {
            return inHead && System.nanoTime() - headBegan > limitNanos;
        }
    }

    private static final class Encoder extends HttpResponseEncoder {
        private boolean bodiless;

        @Override
        protected boolean isContentAlwaysEmpty(HttpResponse response) {
            return bodiless || super.isContentAlwaysEmpty(response);
        }
    }
}
