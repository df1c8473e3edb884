package dev.riser.base;

/**
 * Why the mesh did not do what was asked: one word that is the enum constant, the log word, the metric label, the value
 * of the response header {@code x-riser-failure} and the heading in {@code docs/failures.md}.
 */
public enum FailureReason {
    OVER_CONNECTION_LIMIT("UO", 503),
    NO_ORIGINAL_DESTINATION("NR", 502),
    TLS_HANDSHAKE("UF", 503),
    PEER_NOT_TRUSTED("UF", 503),
    PLAINTEXT_REFUSED("-", 0),
    BAD_REQUEST("DPE", 400),
    HEADERS_TOO_LARGE("DPE", 431),
    UNKNOWN_DESTINATION("NR", 502),
    NO_ROUTE("NR", 404),
    NO_CLUSTER("NC", 503),
    DENIED_BY_POLICY("RBAC_ACCESS_DENIED", 403),
    RATE_LIMITED("RL", 429),
    FAULT_ABORT("FI", 503),
    NO_ENDPOINT("UH", 503),
    NO_HEALTHY_ENDPOINT("UH", 503),
    CIRCUIT_OPEN("UO", 503),
    CONNECT_TIMEOUT("UF", 503),
    CONNECT_REFUSED("UF", 503),
    POOL_FULL("UO", 503),
    UPSTREAM_RESET("UC", 503),
    UPSTREAM_PROTOCOL("UPE", 502),
    CLIENT_GONE("DC", 0),
    DEADLINE("UT", 504),
    STREAM_IDLE("SI", 504),
    RETRIES_EXHAUSTED("URX", 503),
    DRAINING("UO", 503),
    OVERLOADED("OM", 503);

    private final String responseFlag;
    private final int status;

    FailureReason(String responseFlag, int status) {
        this.responseFlag = responseFlag;
        this.status = status;
    }

    /** Envoy's response flag for the same cause, {@code "-"} where Envoy has none. */
    public String responseFlag() {
        return responseFlag;
    }

    /** The HTTP status a proxy answers with, 0 where no answer can be given. */
    public int status() {
        return status;
    }
}
