package dev.riser.proxy.balance;

/** How an attempt ended where there was no response. What a breaker or our own client ended is no outcome of the host's. */
public enum Outcome {
    /** The connection could not be made, or not in time; TLS included. */
    CONNECT_FAILED(503),
    /** The connection could not be made in time. */
    CONNECT_TIMED_OUT(504),
    /** The request was sent; no response came in time. */
    TIMED_OUT(504),
    /** The stream or its connection was reset. */
    RESET(503);

    private final int status;

    Outcome(int status) {
        this.status = status;
    }

    /** The HTTP status it counts as where failures on our side are not counted apart. */
    int status() {
        return status;
    }
}
