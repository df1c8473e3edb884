package dev.riser.proxy.route;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * When a request is sent again.
 *
 * @param conditions what is retried; empty: nothing
 * @param retries how many times after the first
 * @param perTryTimeout of each attempt; {@link Duration#ZERO}: the route's timeout is the only one
 * @param perTryIdleTimeout of each attempt; {@link Duration#ZERO}: none
 * @param statusCodes for {@link RetryCondition#RETRIABLE_STATUS_CODES}
 * @param responseHeaders for {@link RetryCondition#RETRIABLE_HEADERS}: any of them
 * @param requestHeaders where not empty, only requests that match any of them are retried
 * @param backoffBase the first interval's upper limit before jitter
 * @param backoffMax no interval is longer
 * @param avoidPreviousHosts whether an endpoint that was tried is avoided
 * @param hostSelectionAttempts how many times another endpoint is asked for
 */
public record RetryPolicy(
        Set<RetryCondition> conditions,
        int retries,
        Duration perTryTimeout,
        Duration perTryIdleTimeout,
        List<Integer> statusCodes,
        List<HeaderMatch> responseHeaders,
        List<HeaderMatch> requestHeaders,
        Duration backoffBase,
        Duration backoffMax,
        boolean avoidPreviousHosts,
        int hostSelectionAttempts) {

    /** Base interval where the configuration is silent. Source: Envoy's {@code upstream.base_retry_backoff_ms}. */
    public static final Duration DEFAULT_BACKOFF_BASE = Duration.ofMillis(25);

    /** Nothing is retried. */
    public static final RetryPolicy NONE = new RetryPolicy(
            EnumSet.noneOf(RetryCondition.class),
            0,
            Duration.ZERO,
            Duration.ZERO,
            List.of(),
            List.of(),
            List.of(),
            DEFAULT_BACKOFF_BASE,
            DEFAULT_BACKOFF_BASE.multipliedBy(10),
            false,
            1);

    /** Copies. */
    public RetryPolicy {
        conditions = conditions.isEmpty() ? Set.of() : Set.copyOf(conditions);
        statusCodes = List.copyOf(statusCodes);
        responseHeaders = List.copyOf(responseHeaders);
        requestHeaders = List.copyOf(requestHeaders);
    }

    /** Whether anything is ever retried. */
    public boolean enabled() {
        return retries > 0 && !conditions.isEmpty();
    }
}
