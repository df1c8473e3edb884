package dev.riser.proxy.balance;

import dev.riser.base.FailureReason;
import dev.riser.proxy.balance.CircuitBreaker.Resource;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.RequestView;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RetryPolicy;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether one request is sent again, when, and where not. One for each request that has a policy; owned by the request's
 * event loop. To be closed when the request is done, whatever its end: it may hold a permit of the retry budget.
 */
public final class RetryState implements AutoCloseable {
    private static final AsciiString RATE_LIMITED = AsciiString.cached("x-envoy-ratelimited");
    private static final AsciiString RISER_FAILURE = AsciiString.cached("x-riser-failure");
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final RetryState NONE = new RetryState(RetryPolicy.NONE, false, null, null);

    private final RetryPolicy policy;
    private final boolean requestAllowed;
    private final @Nullable CircuitBreaker breaker;
    private final @Nullable RandomGenerator random;
    private final List<Host> tried = new ArrayList<>(2);
    private int retries;
    private long nextIntervalNanos;
    private boolean holdsPermit;

    private RetryState(
            RetryPolicy policy,
            boolean requestAllowed,
            @Nullable CircuitBreaker breaker,
            @Nullable RandomGenerator random) {
        this.policy = policy;
        this.requestAllowed = requestAllowed;
        this.breaker = breaker;
        this.random = random;
        this.nextIntervalNanos = policy.backoffBase().toNanos();
    }

    /** Retries nothing and avoids nothing; shared. */
    public static RetryState none() {
        return NONE;
    }

    /**
     * The state of a request's retries; {@link #none()} where the policy retries nothing.
     *
     * @param breaker of the cluster, for the request's priority
     * @param random of the request's event loop, for jitter
     */
    public static RetryState of(
            RetryPolicy policy, RequestView request, CircuitBreaker breaker, RandomGenerator random) {
        if (!policy.enabled()) {
            return NONE;
        }
        boolean allowed = policy.requestHeaders().isEmpty();
        for (HeaderMatch match : policy.requestHeaders()) {
            allowed |= match.matches(request);
        }
        return new RetryState(policy, allowed, breaker, random);
    }

    /** A response's head as retry conditions see it. */
    public interface ResponseView {
        /** The status, 100 to 599. */
        int status();

        /** The value of a header, several values joined by {@code ","}; null where absent. */
        @Nullable
        CharSequence header(AsciiString lowerCaseName);
    }

    /** Why an attempt ended without response. */
    public enum AttemptFailure {
        /** The connection could not be made, in time or at all. */
        CONNECT,
        /** The stream or its connection was reset before anything of the request was sent. */
        RESET_BEFORE_REQUEST,
        /** The stream or its connection was reset, or the attempt timed out. */
        RESET,
        /** The stream was reset with REFUSED_STREAM: the upstream did nothing. */
        REFUSED_STREAM,
        /** A circuit breaker refused; never retried. */
        OVERFLOW
    }

    /** The answer. */
    public sealed interface Decision {}

    /** Send it again after this long. */
    public record RetryAfter(long nanos) implements Decision {}

    /** Do not send it again. */
    public enum Stop implements Decision {
        /** The policy does not say so. */
        NOT_RETRIABLE,
        /** It was sent again as often as the policy allows. */
        LIMIT_REACHED,
        /** The cluster's retry budget is used up. */
        BUDGET_EXHAUSTED,
        /** Some of the body is gone and cannot be sent again. */
        BODY_GONE
    }

    /** An attempt goes to this endpoint. */
    public void attempt(Host host) {
        if (this != NONE && policy.avoidPreviousHosts()) {
            tried.add(host);
        }
    }

    /** Whether this endpoint is to be avoided. */
    public boolean tried(Host host) {
        for (int i = 0; i < tried.size(); i++) {
            if (tried.get(i) == host) {
                return true;
            }
        }
        return false;
    }

    /** How many times another endpoint is asked for when the chosen one was tried. */
    int hostSelectionAttempts() {
        return tried.isEmpty() ? 0 : policy.hostSelectionAttempts();
    }

    /** Whether one more attempt would follow if no connection came about now. */
    public boolean goesElsewhere() {
        return this != NONE
                && requestAllowed
                && retries < policy.retries()
                && policy.avoidPreviousHosts()
                && retriable(AttemptFailure.CONNECT);
    }

    /** How many times the request was sent again. */
    public int retries() {
        return retries;
    }

    /**
     * The upstream answered.
     *
     * @param bodyReplayable whether all of the request's body that was read is still there
     */
    public Decision onResponse(ResponseView response, boolean bodyReplayable) {
        giveBack();
        return this == NONE || !retriable(response)
                ? Stop.NOT_RETRIABLE
                : again(bodyReplayable, has(RetryCondition.CONNECT_FAILURE) && neverDelivered(response));
    }

    /**
     * There was no response.
     *
     * @param bodyReplayable whether all of the request's body that was read is still there
     */
    public Decision onFailure(AttemptFailure failure, boolean bodyReplayable) {
        giveBack();
        return this == NONE || !retriable(failure)
                ? Stop.NOT_RETRIABLE
                : again(bodyReplayable, failure == AttemptFailure.CONNECT);
    }

    /**
     * @param reachedNobody whether no application has seen anything of the attempt. Sending it to another endpoint adds no
     *     work to any then, so a retry budget, which is there to bound that, is not asked; as Finagle and Linkerd keep
     *     requeues apart from retries. When one of two endpoints dies, half of all requests need it at once.
     */
    private Decision again(boolean bodyReplayable, boolean reachedNobody) {
        if (!requestAllowed) {
            return Stop.NOT_RETRIABLE;
        }
        if (!bodyReplayable) {
            return Stop.BODY_GONE;
        }
        if (retries >= policy.retries()) {
            return Stop.LIMIT_REACHED;
        }
        if (breaker != null && !(reachedNobody && breaker.hasRetryBudget())) {
            if (!breaker.tryAcquire(Resource.RETRIES)) {
                return Stop.BUDGET_EXHAUSTED;
            }
            holdsPermit = true;
        }
        retries++;
        return new RetryAfter(backoff());
    }

    private long backoff() {
        long interval = nextIntervalNanos;
        nextIntervalNanos = Math.min(interval * 2, policy.backoffMax().toNanos());
        return interval <= 0 || random == null ? 0 : random.nextLong(interval);
    }

    private boolean retriable(AttemptFailure failure) {
        if (failure == AttemptFailure.OVERFLOW) {
            return false;
        }
        if (has(RetryCondition.SERVER_ERROR) || has(RetryCondition.GATEWAY_ERROR) || has(RetryCondition.RESET)) {
            return true;
        }
        return switch (failure) {
            case CONNECT -> has(RetryCondition.CONNECT_FAILURE) || has(RetryCondition.RESET_BEFORE_REQUEST);
            case RESET_BEFORE_REQUEST -> has(RetryCondition.RESET_BEFORE_REQUEST);
            case REFUSED_STREAM -> has(RetryCondition.REFUSED_STREAM);
            case RESET, OVERFLOW -> false;
        };
    }

    private boolean retriable(ResponseView response) {
        if (response.header(RATE_LIMITED) != null) {
            return has(RetryCondition.ENVOY_RATE_LIMITED);
        }
        if (has(RetryCondition.CONNECT_FAILURE) && neverDelivered(response)) {
            return true;
        }
        int status = response.status();
        if ((has(RetryCondition.SERVER_ERROR) && status >= 500 && status < 600)
                || (has(RetryCondition.GATEWAY_ERROR) && status >= 502 && status <= 504)
                || (has(RetryCondition.RETRIABLE_4XX) && status == 409)
                || (has(RetryCondition.RETRIABLE_STATUS_CODES)
                        && policy.statusCodes().contains(status))) {
            return true;
        }
        if (has(RetryCondition.RETRIABLE_HEADERS) && anyHeader(response)) {
            return true;
        }
        return grpcRetriable(response);
    }

    /**
     * The endpoint's own proxy says that it had nobody to give the request to: its program has ended or does not listen
     * yet. Nothing has happened there, which is what a connection that cannot be made means.
     */
    private static boolean neverDelivered(ResponseView response) {
        CharSequence failure = response.header(RISER_FAILURE);
        return failure != null
                && (AsciiString.contentEquals(failure, FailureReason.CONNECT_REFUSED.name())
                        || AsciiString.contentEquals(failure, FailureReason.CONNECT_TIMEOUT.name()));
    }

    private boolean anyHeader(ResponseView response) {
        RequestView headers = new HeadersOnly(response);
        for (HeaderMatch match : policy.responseHeaders()) {
            if (match.matches(headers)) {
                return true;
            }
        }
        return false;
    }

    private boolean grpcRetriable(ResponseView response) {
        CharSequence grpcStatus = response.header(GRPC_STATUS);
        if (grpcStatus == null) {
            return false;
        }
        RetryCondition condition = switch (grpcStatus.toString()) {
            case "1" -> RetryCondition.GRPC_CANCELLED;
            case "4" -> RetryCondition.GRPC_DEADLINE_EXCEEDED;
            case "8" -> RetryCondition.GRPC_RESOURCE_EXHAUSTED;
            case "13" -> RetryCondition.GRPC_INTERNAL;
            case "14" -> RetryCondition.GRPC_UNAVAILABLE;
            default -> null;
        };
        return condition != null && has(condition);
    }

    private boolean has(RetryCondition condition) {
        Set<RetryCondition> conditions = policy.conditions();
        return conditions.contains(condition);
    }

    private void giveBack() {
        if (holdsPermit && breaker != null) {
            holdsPermit = false;
            breaker.release(Resource.RETRIES);
        }
    }

    /** Gives back what it holds. May be called more than once. */
    @Override
    public void close() {
        giveBack();
    }

    /** Header conditions read a response as they read a request. */
    private record HeadersOnly(ResponseView response) implements RequestView {
        @Override
        public CharSequence method() {
            return "";
        }

        @Override
        public CharSequence authority() {
            return "";
        }

        @Override
        public CharSequence path() {
            return "";
        }

        @Override
        public CharSequence scheme() {
            return "";
        }

        @Override
        public @Nullable CharSequence header(AsciiString lowerCaseName) {
            return response.header(lowerCaseName);
        }
    }
}
