package dev.riser.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** One request as its client sees it. Same rules of thread and ownership as {@link ServerStream}. */
public interface ClientStream {
    Channel channel();

    void request(RequestHead head, boolean end);

    void data(ByteBuf data, boolean end);

    void trailers(HeaderBlock trailers);

    void reset();

    boolean writable();

    /** Stops or resumes taking response bytes from the server. */
    void readable(boolean wanted);
}
