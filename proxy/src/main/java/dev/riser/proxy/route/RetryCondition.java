package dev.riser.proxy.route;

import org.jspecify.annotations.Nullable;

/** The words of {@code retry_on}, HTTP and gRPC. */
public enum RetryCondition {
    /** Any 5xx, or no response at all. */
    SERVER_ERROR("5xx"),
    /** 502, 503 or 504. */
    GATEWAY_ERROR("gateway-error"),
    /** No response: disconnect, reset or read timeout. */
    RESET("reset"),
    /** As {@link #RESET}, but only where nothing of the request was sent. */
    RESET_BEFORE_REQUEST("reset-before-request"),
    /** The connection could not be made. */
    CONNECT_FAILURE("connect-failure"),
    /** 409. */
    RETRIABLE_4XX("retriable-4xx"),
    /** Stream reset with REFUSED_STREAM. */
    REFUSED_STREAM("refused-stream"),
    /** A status of the policy's list. */
    RETRIABLE_STATUS_CODES("retriable-status-codes"),
    /** A response header of the policy's list. */
    RETRIABLE_HEADERS("retriable-headers"),
    /** The upstream answered with {@code x-envoy-ratelimited}: a 5xx or gateway error that carries it is retried too. */
    ENVOY_RATE_LIMITED("envoy-ratelimited"),
    /** An error in HTTP/3 before the handshake ended; never happens here. */
    HTTP3_POST_CONNECT_FAILURE("http3-post-connect-failure"),
    /** gRPC status 1. */
    GRPC_CANCELLED("cancelled"),
    /** gRPC status 4. */
    GRPC_DEADLINE_EXCEEDED("deadline-exceeded"),
    /** gRPC status 13. */
    GRPC_INTERNAL("internal"),
    /** gRPC status 8. */
    GRPC_RESOURCE_EXHAUSTED("resource-exhausted"),
    /** gRPC status 14. */
    GRPC_UNAVAILABLE("unavailable");

    private final String word;

    RetryCondition(String word) {
        this.word = word;
    }

    /** The word in {@code retry_on}. */
    public String word() {
        return word;
    }

    /** Whether it is about a gRPC status. */
    public boolean ofGrpc() {
        return compareTo(GRPC_CANCELLED) >= 0;
    }

    /** The condition with this word, null where there is none. */
    public static @Nullable RetryCondition ofWord(String word) {
        for (RetryCondition condition : values()) {
            if (condition.word.equals(word)) {
                return condition;
            }
        }
        return null;
    }
}
