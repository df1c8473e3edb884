package dev.riser.proxy.http;

/** The head of a response. Confined to the event loop of its stream. */
public final class ResponseHead {
    private final int status;
    private final HeaderBlock headers;

    /** @param status 100 to 999 */
    public ResponseHead(int status, HeaderBlock headers) {
        this.status = status;
        this.headers = headers;
    }

    public int status() {
        return status;
    }

    public HeaderBlock headers() {
        return headers;
    }

    /** A 1xx head that is not the end of the exchange; 101 ends HTTP and is not one. */
    public boolean informational() {
        return status < 200 && status != 101;
    }
}
