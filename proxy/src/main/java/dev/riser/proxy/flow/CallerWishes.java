package dev.riser.proxy.flow;

import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RetryPolicy;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a caller says in {@code x-envoy-*} fields about time limits and retries of its own request. Source: the fields that
 * Envoy's router consumes, and the order in which it does. Pure.
 */
final class CallerWishes {
    private static final AsciiString PREFIX = AsciiString.cached("x-envoy-");
    private static final AsciiString TIMEOUT = AsciiString.cached("x-envoy-upstream-rq-timeout-ms");
    private static final AsciiString PER_TRY_TIMEOUT = AsciiString.cached("x-envoy-upstream-rq-per-try-timeout-ms");
    private static final AsciiString ALTERNATIVE_ANSWER =
            AsciiString.cached("x-envoy-upstream-rq-timeout-alt-response");
    private static final AsciiString EXPECTED_TIMEOUT = AsciiString.cached("x-envoy-expected-rq-timeout-ms");
    private static final AsciiString RETRY_ON = AsciiString.cached("x-envoy-retry-on");
    private static final AsciiString RETRY_GRPC_ON = AsciiString.cached("x-envoy-retry-grpc-on");
    private static final AsciiString MAX_RETRIES = AsciiString.cached("x-envoy-max-retries");
    private static final AsciiString STATUS_CODES = AsciiString.cached("x-envoy-retriable-status-codes");
    private static final AsciiString HEADER_NAMES = AsciiString.cached("x-envoy-retriable-header-names");

    /** Read by nobody here, and none of the upstream's business. */
    private static final List<AsciiString> OTHERS = List.of(
            AsciiString.cached("x-envoy-hedge-on-per-try-timeout"),
            AsciiString.cached("x-envoy-upstream-alt-stat-name"),
            AsciiString.cached("x-envoy-force-trace"),
            AsciiString.cached("x-envoy-ip-tags"),
            AsciiString.cached("x-envoy-original-url"));

    private static final List<AsciiString> OF_TIME = List.of(TIMEOUT, PER_TRY_TIMEOUT, ALTERNATIVE_ANSWER);
    private static final List<AsciiString> OF_RETRIES =
            List.of(RETRY_ON, RETRY_GRPC_ON, MAX_RETRIES, STATUS_CODES, HEADER_NAMES);

    /** Of a caller that asks for retries without saying how many, where the route says nothing either. */
    private static final int STANDARD_RETRIES = 1;

    /** Some three years; more would overflow as nanoseconds. */
    private static final long MOST_MILLIS = 100_000_000_000L;

    private static final int MOST_RETRIES = 1_000;

    private CallerWishes() {}

    /** Removes what only trusted callers may say. */
    static void distrust(HeaderBlock headers) {
        if (!any(headers)) {
            return;
        }
        OF_TIME.forEach(headers::remove);
        OF_RETRIES.forEach(headers::remove);
        OTHERS.forEach(headers::remove);
        headers.remove(EXPECTED_TIMEOUT);
    }

    private static boolean any(HeaderBlock headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (headers.name(i).startsWith(PREFIX)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Limits of time.
     *
     * @param total of the request in nanoseconds, 0 for none; null leaves it to the route
     * @param perTry of each attempt in nanoseconds, 0 for none; null leaves it to the route
     * @param noContent whether a request that took too long is answered with 204 instead of 504
     */
    record Times(@Nullable Long total, @Nullable Long perTry, boolean noContent) {
        static final Times NONE = new Times(null, null, false);
    }

    /** Reads the limits of time and removes their fields. */
    static Times times(HeaderBlock headers) {
        if (!any(headers)) {
            return Times.NONE;
        }
        Times times = new Times(
                nanos(headers.first(TIMEOUT)),
                nanos(headers.first(PER_TRY_TIMEOUT)),
                headers.contains(ALTERNATIVE_ANSWER));
        OF_TIME.forEach(headers::remove);
        OTHERS.forEach(headers::remove);
        return times;
    }

    /**
     * Tells the upstream how long the caller waits.
     *
     * @param nanos 0 for no limit, of which nothing is said
     */
    static void expect(HeaderBlock headers, long nanos) {
        if (nanos > 0) {
            headers.set(EXPECTED_TIMEOUT, Long.toString(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos))));
        }
    }

    /** The route's retries together with what the caller wants; removes the fields that say it. */
    static RetryPolicy retries(HeaderBlock headers, RetryPolicy route) {
        if (!any(headers)) {
            return route;
        }
        RetryPolicy merged = merged(headers, route);
        OF_RETRIES.forEach(headers::remove);
        return merged;
    }

    private static RetryPolicy merged(HeaderBlock headers, RetryPolicy route) {
        Set<RetryCondition> conditions = EnumSet.noneOf(RetryCondition.class);
        conditions.addAll(route.conditions());
        words(headers.get(RETRY_ON), word -> add(conditions, word, false));
        words(headers.get(RETRY_GRPC_ON), word -> add(conditions, word, true));
        if (conditions.isEmpty()) {
            return route;
        }
        Long most = number(headers.first(MAX_RETRIES));
        int standard = route == RetryPolicy.NONE ? STANDARD_RETRIES : route.retries();
        List<Integer> statusCodes = new ArrayList<>(route.statusCodes());
        words(headers.get(STATUS_CODES), word -> {
            Long code = number(AsciiString.of(word));
            if (code != null && code < 1000) {
                statusCodes.add(code.intValue());
            }
        });
        List<HeaderMatch> responseHeaders = new ArrayList<>(route.responseHeaders());
        words(
                headers.get(HEADER_NAMES),
                word -> responseHeaders.add(new HeaderMatch(
                        HeaderMatch.HeaderName.of(word), new HeaderMatch.Presence(true), false, false)));
        return new RetryPolicy(
                conditions,
                most == null ? standard : (int) Math.min(most, MOST_RETRIES),
                route.perTryTimeout(),
                route.perTryIdleTimeout(),
                statusCodes,
                responseHeaders,
                route.requestHeaders(),
                route.backoffBase(),
                route.backoffMax(),
                route.avoidPreviousHosts(),
                route.hostSelectionAttempts());
    }

    private static void add(Set<RetryCondition> conditions, String word, boolean grpc) {
        RetryCondition condition = RetryCondition.ofWord(word);
        if (condition != null && condition.ofGrpc() == grpc) {
            conditions.add(condition);
        }
    }

    private static void words(@Nullable CharSequence list, java.util.function.Consumer<String> each) {
        if (list != null) {
            for (String word : list.toString().split(",", -1)) {
                String stripped = word.strip();
                if (!stripped.isEmpty()) {
                    each.accept(stripped);
                }
            }
        }
    }

    private static @Nullable Long nanos(@Nullable AsciiString millis) {
        Long number = number(millis);
        return number == null
                ? null
                : Long.valueOf(Duration.ofMillis(Math.min(number, MOST_MILLIS)).toNanos());
    }

    /** A decimal number of at most 18 digits; null for anything else. */
    private static @Nullable Long number(@Nullable AsciiString text) {
        if (text == null || text.isEmpty() || text.length() > 18) {
            return null;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            value = value * 10 + c - '0';
        }
        return value;
    }
}
