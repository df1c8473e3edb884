package dev.riser.proxy.http;

import dev.riser.base.FailureReason;
import io.netty.buffer.ByteBuf;

/** What comes back on a request. Called on the event loop of the stream; buffers are the listener's to release. */
public interface ClientStreamListener {
    /** A final head, an informational one (1xx), or 101 after which data is opaque. */
    void onResponse(ResponseHead head, boolean end);

    void onData(ByteBuf data, boolean end);

    void onTrailers(HeaderBlock trailers);

    /**
     * The exchange broke off.
     *
     * @param unprocessed true when the server has certainly not acted on the request (RFC 9113 section 8.7), so that it may be sent again
     */
    void onReset(FailureReason reason, boolean unprocessed, String detail);

    void onWritable();
}
