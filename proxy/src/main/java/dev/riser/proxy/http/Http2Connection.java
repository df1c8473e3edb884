package dev.riser.proxy.http;

import dev.riser.base.FailureReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, as client or as server, with its streams mapped straight to {@link ClientStream} and {@link
 * ServerStream}: no channel per stream. A stream's window is given back as its bytes are handed on, so a slow reader
 * slows its own sender and holds at most a window. Confined to its event loop.
 */
public final class Http2Connection extends Http2ConnectionHandler {
    private static final AsciiString METHOD = AsciiString.cached(":method");
    private static final AsciiString SCHEME = AsciiString.cached(":scheme");
    private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
    private static final AsciiString PATH = AsciiString.cached(":path");
    private static final AsciiString[] STATUS_TEXT = new AsciiString[1000];

    private final @Nullable RequestHandler handler;
    private final @Nullable Owner owner;
    private final HttpLimits limits;
    private final PropertyKey streamKey;
    private @Nullable ChannelHandlerContext context;
    private boolean goingAway;
    private long idleSince = System.nanoTime();

    /** Who keeps a client's connection. */
    public interface Owner {
        /** A stream ended, there is room for another. */
        void onStreamEnded(Http2Connection connection);

        /** No new streams on this connection any more; those under way may still end well. */
        void onGoingAway(Http2Connection connection);

        void onClosed(Http2Connection connection);
    }

    private Http2Connection(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            HttpLimits limits,
            @Nullable RequestHandler handler,
            @Nullable Owner owner) {
        super(decoder, encoder, settings);
        this.limits = limits;
        this.handler = handler;
        this.owner = owner;
        this.streamKey = connection().newKey();
        decoder.frameListener(new Frames());
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                closed(stream);
            }

            @Override
            public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
                goAway();
            }
        });
        connection().remote().flowController().listener(this::writable);
    }

    /** The server's side; requests go to {@code handler}. */
    public static Http2Connection server(RequestHandler handler, HttpLimits limits) {
        return new Builder(limits, handler, null).build();
    }

    /** The client's side; streams are made by {@link #open}. */
    public static Http2Connection client(Owner owner, HttpLimits limits) {
        return new Builder(limits, null, owner).build();
    }

    /** Whether another stream can be opened now. */
    public boolean hasRoom() {
        ChannelHandlerContext ctx = context;
        return !goingAway
                && ctx != null
                && ctx.channel().isActive()
                && connection().local().canOpenStream();
    }

    public int activeStreams() {
        return connection().numActiveStreams();
    }

    /** Opens a stream; only after {@link #hasRoom()}. */
    public ClientStream open(ClientStreamListener listener) {
        return new Outgoing(listener);
    }

    /** Nanoseconds since the last stream ended; 0 while one is open. */
    public long idleNanos() {
        return connection().numActiveStreams() > 0 ? 0 : System.nanoTime() - idleSince;
    }

    /** Says GOAWAY, lets streams under way end, then closes. */
    public void drain() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && ctx.channel().isActive()) {
            goingAway = true;
            gracefulShutdownTimeoutMillis(30_000);
            // The channel's close comes through this handler, which waits for its streams; the context's would pass it
            // by and cut them.
            ctx.channel().close();
        }
    }

    public void closeNow() {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            ctx.channel().close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
        if (ctx.channel().isActive()) {
            widen();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        super.channelActive(ctx);
        widen();
    }

    // flush(ctx) instead of ctx.flush() throughout: DATA waits in the flow controller until this handler's own flush.

    private void widen() {
        Http2Stream whole = connection().connectionStream();
        try {
            int missing = limits.connectionWindow()
                    - connection().local().flowController().windowSize(whole);
            if (missing > 0) {
                connection().local().flowController().incrementWindowSize(whole, missing);
            }
        } catch (Http2Exception e) {
            closeNow();
        }
    }

    private void goAway() {
        goingAway = true;
        if (owner != null) {
            owner.onGoingAway(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(ctx, cause);
            return;
        }
        // A reset of the connection, or a TLS error: there is nobody left to send GOAWAY to.
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        goingAway = true;
        super.channelInactive(ctx);
        if (owner != null) {
            owner.onClosed(this);
        }
    }

    private void closed(Http2Stream stream) {
        idleSince = System.nanoTime();
        Mapped mapped = stream.removeProperty(streamKey);
        if (mapped != null) {
            mapped.closed();
        }
        if (owner != null && !goingAway) {
            owner.onStreamEnded(this);
        }
    }

    private void writable(Http2Stream stream) {
        Mapped mapped = stream.getProperty(streamKey);
        if (mapped != null && connection().remote().flowController().isWritable(stream)) {
            mapped.onWritable();
        }
    }

    private static AsciiString statusText(int status) {
        AsciiString text = STATUS_TEXT[status];
        if (text == null) {
            text = AsciiString.cached(Integer.toString(status));
            STATUS_TEXT[status] = text;
        }
        return text;
    }

    /** Why fields that came over HTTP/2 must be refused (RFC 9113 section 8.2.2), null when in order. */
    private static @Nullable String refuseHttp2Fields(HeaderBlock headers) {
        for (int i = 0; i < headers.size(); i++) {
            AsciiString name = headers.name(i);
            for (int k = 0; k < name.length(); k++) {
                char c = name.charAt(k);
                if (c >= 'A' && c <= 'Z') {
                    return "a field name has an upper-case letter";
                }
            }
            if (name.equals(HeaderNames.CONNECTION)
                    || name.equals(HeaderNames.KEEP_ALIVE)
                    || name.equals(HeaderNames.PROXY_CONNECTION)
                    || name.equals(HeaderNames.TRANSFER_ENCODING)
                    || name.equals(HeaderNames.UPGRADE)) {
                return "a field that belongs to one connection of HTTP/1";
            }
            if (name.equals(HeaderNames.TE) && !headers.value(i).contentEqualsIgnoreCase("trailers")) {
                return "te other than trailers";
            }
        }
        return HeadRules.refuseFields(headers);
    }

    /** What hangs on a Netty stream. */
    private abstract class Mapped {
        @Nullable
        Http2Stream stream;

        private int held;
        private boolean paused;
        boolean localEnded;
        boolean remoteEnded;
        boolean told;

        abstract void onData(ByteBuf data, boolean end);

        abstract void onWritable();

        abstract void broken(FailureReason reason, boolean unprocessed, String detail);

        int take(ByteBuf data, int padding, boolean end) {
            int bytes = data.readableBytes();
            if (end) {
                remoteEnded = true;
            }
            data.retain();
            onData(data, end);
            if (paused) {
                held += bytes;
                return padding;
            }
            return bytes + padding;
        }

        void readable(boolean wanted) {
            paused = !wanted;
            Http2Stream own = stream;
            ChannelHandlerContext ctx = context;
            if (wanted && held > 0 && own != null && ctx != null) {
                int bytes = held;
                held = 0;
                try {
                    if (connection().local().flowController().consumeBytes(own, bytes)) {
                        flush(ctx);
                    }
                } catch (Http2Exception e) {
                    onError(ctx, false, e);
                }
            }
        }

        boolean writable() {
            Http2Stream own = stream;
            return own == null || connection().remote().flowController().isWritable(own);
        }

        void send(ByteBuf data, boolean end) {
            Http2Stream own = stream;
            ChannelHandlerContext ctx = context;
            if (localEnded || own == null || ctx == null) {
                data.release();
                return;
            }
            localEnded = end;
            encoder().writeData(ctx, own.id(), data, 0, end, ctx.newPromise());
            flush(ctx);
        }

        void sendTrailers(HeaderBlock trailers) {
            Http2Stream own = stream;
            ChannelHandlerContext ctx = context;
            if (localEnded || own == null || ctx == null) {
                return;
            }
            localEnded = true;
            encoder()
                    .writeHeaders(
                            ctx,
                            own.id(),
                            ReadOnlyHttp2Headers.trailers(false, trailers.toPairs()),
                            0,
                            true,
                            ctx.newPromise());
            flush(ctx);
        }

        void abandon(Http2Error error) {
            Http2Stream own = stream;
            ChannelHandlerContext ctx = context;
            told = true;
            if (own == null || ctx == null || localEnded && remoteEnded) {
                return;
            }
            localEnded = true;
            resetStream(ctx, own.id(), error.code(), ctx.newPromise());
            flush(ctx);
        }

        void closed() {
            // bytes held for a paused reader are given back to the connection by Netty when the stream closes
            held = 0;
            if (!told && !(localEnded && remoteEnded)) {
                told = true;
                boolean unprocessed = stream != null
                        && !connection().isServer()
                        && connection().goAwayReceived()
                        && stream.id() > connection().local().lastStreamKnownByPeer();
                broken(FailureReason.UPSTREAM_RESET, unprocessed, "the stream was closed before its end");
            }
        }
    }

    private final class Incoming extends Mapped implements ServerStream {
        private final ChannelHandlerContext ctx;
        private final boolean toHead;
        private @Nullable ServerStreamListener listener;

        Incoming(ChannelHandlerContext ctx, Http2Stream stream, boolean toHead) {
            this.ctx = ctx;
            this.stream = stream;
            this.toHead = toHead;
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
        void onData(ByteBuf data, boolean end) {
            ServerStreamListener to = listener;
            if (to == null || told) {
                data.release();
            } else {
                to.onData(data, end);
            }
        }

        @Override
        public void onWritable() {
            ServerStreamListener to = listener;
            if (to != null) {
                to.onWritable();
            }
        }

        @Override
        void broken(FailureReason reason, boolean unprocessed, String detail) {
            ServerStreamListener to = listener;
            if (to != null) {
                to.onReset();
            }
        }

        @Override
        public void respond(ResponseHead head, boolean end) {
            Http2Stream own = stream;
            if (localEnded || own == null) {
                return;
            }
            localEnded = end && !head.informational();
            encoder()
                    .writeHeaders(
                            ctx,
                            own.id(),
                            ReadOnlyHttp2Headers.serverHeaders(
                                    false,
                                    statusText(head.status()),
                                    head.headers().toPairs()),
                            0,
                            localEnded,
                            ctx.newPromise());
            flush(ctx);
            endOfResponse();
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            send(toHead ? data.clear() : data, end);
            endOfResponse();
        }

        @Override
        public void trailers(HeaderBlock trailers) {
            sendTrailers(trailers);
            endOfResponse();
        }

        /** Answered in full before the request ended: tell the client to stop sending (RFC 9113 section 8.1). */
        private void endOfResponse() {
            Http2Stream own = stream;
            if (localEnded && !remoteEnded && own != null && !told) {
                told = true;
                resetStream(ctx, own.id(), Http2Error.NO_ERROR.code(), ctx.newPromise());
            }
        }

        @Override
        public void reset() {
            abandon(Http2Error.INTERNAL_ERROR);
        }

        @Override
        public void becomeOpaque() {
            throw new IllegalStateException("HTTP/2 has no upgrade by 101");
        }

        @Override
        public void readable(boolean wanted) {
            super.readable(wanted);
        }

        @Override
        public boolean writable() {
            return super.writable();
        }
    }

    private final class Outgoing extends Mapped implements ClientStream {
        private final ClientStreamListener listener;
        private boolean headReceived;

        Outgoing(ClientStreamListener listener) {
            this.listener = listener;
        }

        @Override
        public Channel channel() {
            return java.util.Objects.requireNonNull(context).channel();
        }

        @Override
        void onData(ByteBuf data, boolean end) {
            if (told) {
                data.release();
            } else {
                listener.onData(data, end);
            }
        }

        @Override
        public void onWritable() {
            if (!told) {
                listener.onWritable();
            }
        }

        @Override
        void broken(FailureReason reason, boolean unprocessed, String detail) {
            listener.onReset(reason, unprocessed, detail);
        }

        @Override
        public void request(RequestHead head, boolean end) {
            ChannelHandlerContext ctx = java.util.Objects.requireNonNull(context);
            int id = connection().local().incrementAndGetNextStreamId();
            if (id < 0) {
                told = true;
                goAway();
                listener.onReset(FailureReason.UPSTREAM_RESET, true, "stream ids of the connection are used up");
                return;
            }
            localEnded = end;
            Http2Headers headers = ReadOnlyHttp2Headers.clientHeaders(
                    false,
                    head.method(),
                    head.path(),
                    head.scheme(),
                    head.authority(),
                    head.headers().toPairs());
            encoder().writeHeaders(ctx, id, headers, 0, end, ctx.newPromise());
            Http2Stream made = connection().stream(id);
            if (made == null) {
                told = true;
                listener.onReset(FailureReason.UPSTREAM_RESET, true, "the connection takes no more streams");
                return;
            }
            stream = made;
            made.setProperty(streamKey, this);
            flush(ctx);
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            send(data, end);
        }

        @Override
        public void trailers(HeaderBlock trailers) {
            sendTrailers(trailers);
        }

        @Override
        public void reset() {
            abandon(Http2Error.CANCEL);
        }

        @Override
        public void readable(boolean wanted) {
            super.readable(wanted);
        }

        @Override
        public boolean writable() {
            return super.writable();
        }
    }

    private final class Frames extends Http2FrameAdapter {
        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int streamId,
                Http2Headers headers,
                int streamDependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean end)
                throws Http2Exception {
            onHeadersRead(ctx, streamId, headers, padding, end);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end)
                throws Http2Exception {
            Http2Stream stream = connection().stream(streamId);
            if (stream == null) {
                return;
            }
            Mapped mapped = stream.getProperty(streamKey);
            if (connection().isServer()) {
                if (mapped == null) {
                    request(ctx, stream, headers, end);
                } else {
                    trailers(ctx, stream, mapped, headers, end);
                }
            } else if (mapped instanceof Outgoing outgoing) {
                if (outgoing.headReceived) {
                    trailers(ctx, stream, mapped, headers, end);
                } else {
                    response(ctx, stream, outgoing, headers, end);
                }
            }
        }

        private void request(ChannelHandlerContext ctx, Http2Stream stream, Http2Headers headers, boolean end) {
            AsciiString method = null;
            AsciiString scheme = null;
            AsciiString authority = null;
            AsciiString path = null;
            String problem = null;
            HeaderBlock fields = new HeaderBlock(headers.size() + 6);
            for (Map.Entry<CharSequence, CharSequence> entry : headers) {
                AsciiString name = AsciiString.of(entry.getKey());
                AsciiString value = AsciiString.of(entry.getValue());
                if (name.isEmpty() || name.charAt(0) != ':') {
                    fields.append(name, value);
                } else if (name.equals(METHOD) && method == null) {
                    method = value;
                } else if (name.equals(SCHEME) && scheme == null) {
                    scheme = value;
                } else if (name.equals(AUTHORITY) && authority == null) {
                    authority = value;
                } else if (name.equals(PATH) && path == null) {
                    path = value;
                } else {
                    problem = "a pseudo-header field that is unknown or stands twice";
                }
            }
            boolean connect = method != null && method.contentEquals("CONNECT");
            if (problem == null && connect) {
                problem = "CONNECT is not served";
            }
            if (problem == null && (method == null || scheme == null || path == null)) {
                problem = "a pseudo-header field is missing";
            }
            if (problem == null) {
                problem = refuseHttp2Fields(fields);
            }
            AsciiString host = fields.first(HeaderNames.HOST);
            if (host != null) {
                if (authority == null) {
                    authority = host;
                } else if (!authority.contentEqualsIgnoreCase(host) || fields.count(HeaderNames.HOST) > 1) {
                    problem = ":authority and host differ";
                }
                fields.remove(HeaderNames.HOST);
            }
            if (problem == null && fields.count(HeaderNames.CONTENT_LENGTH) > 1) {
                problem = "more than one content-length field";
            }
            if (problem != null) {
                malformed(ctx, stream, problem);
                return;
            }
            joinCookies(fields);
            fields.remove(HeaderNames.EXPECT);
            RequestHead head = new RequestHead(
                    java.util.Objects.requireNonNull(method),
                    java.util.Objects.requireNonNull(scheme),
                    authority == null ? AsciiString.EMPTY_STRING : authority,
                    java.util.Objects.requireNonNull(path),
                    fields,
                    HttpVersion.HTTP_2);
            problem = HeadRules.refuse(head);
            if (problem != null) {
                malformed(ctx, stream, problem);
                return;
            }
            Incoming incoming = new Incoming(ctx, stream, method.contentEquals("HEAD"));
            incoming.remoteEnded = end;
            stream.setProperty(streamKey, incoming);
            java.util.Objects.requireNonNull(handler).onRequest(incoming, head, end);
        }

        /** RFC 9113 section 8.2.3: crumbs are one field again before HTTP/1 or a policy sees them. */
        private void joinCookies(HeaderBlock fields) {
            if (fields.count(HeaderNames.COOKIE) < 2) {
                return;
            }
            StringBuilder joined = new StringBuilder();
            for (int i = 0; i < fields.size(); i++) {
                if (fields.name(i).equals(HeaderNames.COOKIE)) {
                    joined.append(joined.isEmpty() ? "" : "; ").append(fields.value(i));
                }
            }
            fields.set(HeaderNames.COOKIE, joined);
        }

        private void malformed(ChannelHandlerContext ctx, Http2Stream stream, String problem) {
            java.util.Objects.requireNonNull(handler).onRefused(400, problem);
            resetStream(ctx, stream.id(), Http2Error.PROTOCOL_ERROR.code(), ctx.newPromise());
            flush(ctx);
        }

        private void response(
                ChannelHandlerContext ctx, Http2Stream stream, Outgoing outgoing, Http2Headers headers, boolean end) {
            int status = status(headers.status());
            HeaderBlock fields = HeaderBlock.of(headers);
            String problem = status == 0 || status == 101 ? "no valid :status" : refuseHttp2Fields(fields);
            if (problem != null) {
                outgoing.told = true;
                resetStream(ctx, stream.id(), Http2Error.PROTOCOL_ERROR.code(), ctx.newPromise());
                flush(ctx);
                outgoing.listener.onReset(FailureReason.UPSTREAM_PROTOCOL, false, problem);
                return;
            }
            ResponseHead head = new ResponseHead(status, fields);
            if (!head.informational()) {
                outgoing.headReceived = true;
                outgoing.remoteEnded = end;
            }
            if (!outgoing.told) {
                outgoing.listener.onResponse(head, end && !head.informational());
            }
        }

        private static int status(@Nullable CharSequence text) {
            if (text == null || text.length() != 3) {
                return 0;
            }
            int status = 0;
            for (int i = 0; i < 3; i++) {
                char c = text.charAt(i);
                if (c < '0' || c > '9') {
                    return 0;
                }
                status = status * 10 + c - '0';
            }
            return status < 100 ? 0 : status;
        }

        private void trailers(
                ChannelHandlerContext ctx, Http2Stream stream, Mapped mapped, Http2Headers headers, boolean end) {
            HeaderBlock fields = HeaderBlock.of(headers);
            if (!end || fields.size() != headers.size() || refuseHttp2Fields(fields) != null) {
                mapped.told = true;
                resetStream(ctx, stream.id(), Http2Error.PROTOCOL_ERROR.code(), ctx.newPromise());
                flush(ctx);
                mapped.broken(FailureReason.UPSTREAM_PROTOCOL, false, "malformed trailers");
                return;
            }
            mapped.remoteEnded = true;
            if (mapped.told) {
                return;
            }
            if (mapped instanceof Incoming incoming) {
                ServerStreamListener to = incoming.listener;
                if (to != null) {
                    to.onTrailers(fields);
                }
            } else if (mapped instanceof Outgoing outgoing) {
                outgoing.listener.onTrailers(fields);
            }
        }

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end) {
            Http2Stream stream = connection().stream(streamId);
            Mapped mapped = stream == null ? null : stream.getProperty(streamKey);
            return mapped == null ? data.readableBytes() + padding : mapped.take(data, padding, end);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
            Http2Stream stream = connection().stream(streamId);
            Mapped mapped = stream == null ? null : stream.getProperty(streamKey);
            if (mapped == null || mapped.told) {
                return;
            }
            boolean noError = errorCode == Http2Error.NO_ERROR.code() && mapped.remoteEnded;
            mapped.told = true;
            mapped.localEnded = true;
            if (!noError) {
                mapped.broken(
                        FailureReason.UPSTREAM_RESET,
                        errorCode == Http2Error.REFUSED_STREAM.code(),
                        "the peer reset the stream: " + Http2Error.valueOf(errorCode));
            }
        }
    }

    private static final class Builder extends AbstractHttp2ConnectionHandlerBuilder<Http2Connection, Builder> {
        private final HttpLimits limits;
        private final @Nullable RequestHandler handler;
        private final @Nullable Owner owner;

        Builder(HttpLimits limits, @Nullable RequestHandler handler, @Nullable Owner owner) {
            this.limits = limits;
            this.handler = handler;
            this.owner = owner;
            server(handler != null);
            frameListener(new Http2FrameAdapter());
            Http2Settings settings = Http2Settings.defaultSettings()
                    .initialWindowSize(limits.streamWindow())
                    .maxHeaderListSize(limits.headBytes());
            if (handler != null) {
                settings.maxConcurrentStreams(limits.concurrentStreams());
            } else {
                settings.pushEnabled(false);
            }
            initialSettings(settings);
            validateHeaders(true);
            gracefulShutdownTimeoutMillis(10_000);
            // Streams of many programs share one connection between proxies, so cancellations add up; a hundredth of
            // the rate that a reset flood needs to hurt (CVE-2023-44487) is still allowed.
            decoderEnforceMaxRstFramesPerWindow(2000, 10);
            decoderEnforceMaxConsecutiveEmptyDataFrames(2);
            encoderEnforceMaxQueuedControlFrames(10_000);
        }

        @Override
        public Http2Connection build() {
            return super.build();
        }

        @Override
        protected Http2Connection build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            return new Http2Connection(decoder, encoder, settings, limits, handler, owner);
        }
    }
}
