package dev.riser.proxy.http;

import io.netty.buffer.ByteBuf;

/** What happens on a request after its head. Called on the event loop of the stream; buffers are the listener's to release. */
public interface ServerStreamListener {
    void onData(ByteBuf data, boolean end);

    /** The request ended with trailers. */
    void onTrailers(HeaderBlock trailers);

    /** The client broke off; nothing more can be sent. */
    void onReset();

    /** The client reads again. */
    void onWritable();
}
