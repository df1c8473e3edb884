package dev.riser.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * One request as its server sees it: answers are written here. All methods belong to the event loop of {@link #channel()}.
 * Buffers handed in are released by the stream, also when it is closed already; after an end or a reset every call
 * does nothing but release.
 */
public interface ServerStream {
    Channel channel();

    /** Who is told about the rest of the request; set once, at {@code onRequest}. */
    void listener(ServerStreamListener listener);

    /** Sends a final or informational (1xx) head. */
    void respond(ResponseHead head, boolean end);

    void data(ByteBuf data, boolean end);

    /** Sends trailers and ends the response. */
    void trailers(HeaderBlock trailers);

    /** Breaks the exchange off; what was not answered is lost. */
    void reset();

    /** False once the client reads more slowly than we write; {@code onWritable} follows. */
    boolean writable();

    /** Stops or resumes taking request bytes from the client. */
    void readable(boolean wanted);

    /** After a 101 head: bytes now pass as data in both directions, without framing. */
    void becomeOpaque();
}
