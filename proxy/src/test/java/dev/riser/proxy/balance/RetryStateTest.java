package dev.riser.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.CircuitBreaker.Resource;
import dev.riser.proxy.balance.RetryState.AttemptFailure;
import dev.riser.proxy.balance.RetryState.Decision;
import dev.riser.proxy.balance.RetryState.ResponseView;
import dev.riser.proxy.balance.RetryState.RetryAfter;
import dev.riser.proxy.balance.RetryState.Stop;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.Requests;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RetryPolicy;
import dev.riser.proxy.route.StringMatch;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryStateTest {
    private final CircuitBreaker breaker = new CircuitBreaker(CircuitBreakerLimits.DEFAULT);

    @ParameterizedTest
    @CsvSource({
        "5xx, 500, true",
        "5xx, 503, true",
        "5xx, 499, false",
        "5xx, 200, false",
        "gateway-error, 500, false",
        "gateway-error, 502, true",
        "gateway-error, 504, true",
        "gateway-error, 505, false",
        "retriable-4xx, 409, true",
        "retriable-4xx, 404, false",
        "retriable-status-codes, 418, true",
        "retriable-status-codes, 503, false",
        "connect-failure, 503, false",
        "reset, 503, false",
        "refused-stream, 503, false"
    })
    void responsesAreRetriedByTheirStatus(String conditions, int status, boolean retried) {
        assertThat(retried(state(policy(conditions, 1, false), breaker).onResponse(response(status, Map.of()), true)))
                .isEqualTo(retried);
    }

    @ParameterizedTest
    @CsvSource({
        "5xx, CONNECT, true",
        "5xx, RESET, true",
        "5xx, REFUSED_STREAM, true",
        "5xx, OVERFLOW, false",
        "gateway-error, RESET, true",
        "reset, RESET, true",
        "reset, CONNECT, true",
        "connect-failure, CONNECT, true",
        "connect-failure, RESET, false",
        "connect-failure, REFUSED_STREAM, false",
        "refused-stream, REFUSED_STREAM, true",
        "refused-stream, RESET, false",
        "reset-before-request, RESET_BEFORE_REQUEST, true",
        "reset-before-request, CONNECT, true",
        "reset-before-request, RESET, false",
        "retriable-4xx, RESET, false"
    })
    void attemptsWithoutResponseAreRetriedByTheirCause(String conditions, AttemptFailure failure, boolean retried) {
        assertThat(retried(state(policy(conditions, 1, false), breaker).onFailure(failure, true)))
                .isEqualTo(retried);
    }

    @ParameterizedTest
    @CsvSource({
        "unavailable, 14, true",
        "unavailable, 13, false",
        "internal, 13, true",
        "cancelled, 1, true",
        "deadline-exceeded, 4, true",
        "resource-exhausted, 8, true",
        "resource-exhausted, 0, false"
    })
    void grpcResponsesAreRetriedByTheirStatus(String condition, String grpcStatus, boolean retried) {
        ResponseView response = response(200, Map.of("grpc-status", grpcStatus));

        assertThat(retried(state(policy(condition, 1, false), breaker).onResponse(response, true)))
                .isEqualTo(retried);
    }

    @ParameterizedTest
    @CsvSource({
        "connect-failure, CONNECT_REFUSED, true",
        "connect-failure, CONNECT_TIMEOUT, true",
        "connect-failure, DENIED_BY_POLICY, false",
        "connect-failure, UPSTREAM_RESET, false",
        "refused-stream, CONNECT_REFUSED, false"
    })
    void whatTheEndpointsProxyCouldNotDeliverCountsAsAConnectionThatCannotBeMade(
            String conditions, String failure, boolean retried) {
        ResponseView response = response(503, Map.of("x-riser-failure", failure));

        assertThat(retried(state(policy(conditions, 1, false), breaker).onResponse(response, true)))
                .isEqualTo(retried);
    }

    @Test
    void aRateLimitedResponseIsRetriedOnlyWhereThatIsAskedFor() {
        ResponseView limited = response(503, Map.of("x-envoy-ratelimited", "true"));

        assertThat(state(policy("5xx", 1, false), breaker).onResponse(limited, true))
                .isEqualTo(Stop.NOT_RETRIABLE);
        assertThat(retried(state(policy("envoy-ratelimited", 1, false), breaker).onResponse(limited, true)))
                .isTrue();
    }

    @Test
    void responseHeadersCanAskForARetry() {
        RetryPolicy policy = new RetryPolicy(
                Set.of(RetryCondition.RETRIABLE_HEADERS),
                1,
                Duration.ZERO,
                Duration.ZERO,
                List.of(),
                List.of(header("x-again", "yes")),
                List.of(),
                Duration.ofMillis(25),
                Duration.ofMillis(250),
                false,
                1);

        assertThat(retried(state(policy, breaker).onResponse(response(200, Map.of("x-again", "yes")), true)))
                .isTrue();
        assertThat(state(policy, breaker).onResponse(response(200, Map.of("x-again", "no")), true))
                .isEqualTo(Stop.NOT_RETRIABLE);
    }

    @Test
    void onlyRequestsThatTheHeadersChooseAreRetried() {
        RetryPolicy policy = new RetryPolicy(
                Set.of(RetryCondition.SERVER_ERROR),
                1,
                Duration.ZERO,
                Duration.ZERO,
                List.of(),
                List.of(),
                List.of(header(":method", "GET")),
                Duration.ofMillis(25),
                Duration.ofMillis(250),
                false,
                1);
        RetryState post = RetryState.of(policy, Requests.get("http://a/").by("POST"), breaker, new SplittableRandom(1));

        assertThat(post.onResponse(response(503, Map.of()), true)).isEqualTo(Stop.NOT_RETRIABLE);
        assertThat(retried(state(policy, breaker).onResponse(response(503, Map.of()), true)))
                .isTrue();
    }

    @Test
    void aRequestWhoseBodyIsGoneIsNotSentAgain() {
        assertThat(state(policy("5xx", 1, false), breaker).onFailure(AttemptFailure.RESET, false))
                .isEqualTo(Stop.BODY_GONE);
        assertThat(breaker.inUse(Resource.RETRIES)).isZero();
    }

    @Test
    void theLimitOfRetriesHolds() {
        RetryState state = state(policy("5xx", 2, false), breaker);

        assertThat(retried(state.onFailure(AttemptFailure.RESET, true))).isTrue();
        assertThat(retried(state.onFailure(AttemptFailure.RESET, true))).isTrue();
        assertThat(state.onFailure(AttemptFailure.RESET, true)).isEqualTo(Stop.LIMIT_REACHED);
        assertThat(state.retries()).isEqualTo(2);
    }

    @Test
    void whatReachedNobodyCostsNoBudget() {
        CircuitBreaker spent =
                new CircuitBreaker(new CircuitBreakerLimits(9, 9, 9, 3, new CircuitBreakerLimits.RetryBudget(20, 0)));
        CircuitBreaker counted = new CircuitBreaker(new CircuitBreakerLimits(9, 9, 9, 0, null));
        RetryPolicy policy = policy("5xx,connect-failure", 2, false);

        assertThat(retried(state(policy, spent).onFailure(AttemptFailure.CONNECT, true)))
                .isTrue();
        assertThat(retried(state(policy, spent)
                        .onResponse(response(503, Map.of("x-riser-failure", "CONNECT_REFUSED")), true)))
                .isTrue();
        assertThat(spent.inUse(Resource.RETRIES)).isZero();
        assertThat(state(policy, spent).onFailure(AttemptFailure.RESET, true)).isEqualTo(Stop.BUDGET_EXHAUSTED);
        // a plain limit of retries is one of all of them
        assertThat(state(policy, counted).onFailure(AttemptFailure.CONNECT, true))
                .isEqualTo(Stop.BUDGET_EXHAUSTED);
    }

    @Test
    void aRetryHoldsAPermitUntilItEnds() {
        CircuitBreaker tight = new CircuitBreaker(new CircuitBreakerLimits(9, 9, 9, 1, null));
        RetryState first = state(policy("5xx", 3, false), tight);
        RetryState second = state(policy("5xx", 3, false), tight);

        assertThat(retried(first.onFailure(AttemptFailure.RESET, true))).isTrue();
        assertThat(second.onFailure(AttemptFailure.RESET, true)).isEqualTo(Stop.BUDGET_EXHAUSTED);
        first.close();
        first.close();

        assertThat(tight.inUse(Resource.RETRIES)).isZero();
        assertThat(retried(second.onFailure(AttemptFailure.RESET, true))).isTrue();
        assertThat(second.onResponse(response(200, Map.of()), true)).isEqualTo(Stop.NOT_RETRIABLE);
        assertThat(tight.inUse(Resource.RETRIES)).isZero();
    }

    @Test
    void intervalsDoubleUpToTheLimitAndAreJittered() {
        List<Long> longest = new ArrayList<>(List.of(0L, 0L, 0L, 0L, 0L, 0L));
        long shortest = Long.MAX_VALUE;
        for (int seed = 0; seed < 2_000; seed++) {
            RetryState state = RetryState.of(
                    policy("5xx", 6, false), Requests.get("http://a/"), breaker, new SplittableRandom(seed));
            for (int i = 0; i < 6; i++) {
                long nanos = ((RetryAfter) state.onFailure(AttemptFailure.RESET, true)).nanos();
                longest.set(i, Math.max(longest.get(i), nanos));
                shortest = Math.min(shortest, nanos);
            }
            state.close();
        }

        int[] limits = {25, 50, 100, 200, 250, 250};
        for (int i = 0; i < 6; i++) {
            assertThat(longest.get(i)).isBetween(limits[i] * 980_000L, limits[i] * 1_000_000L);
        }
        assertThat(shortest).isBetween(0L, 100_000L);
    }

    @Test
    void withoutPolicyNothingIsRetriedAndNothingHeld() {
        RetryState none = RetryState.of(RetryPolicy.NONE, Requests.get("http://a/"), breaker, new SplittableRandom(1));

        assertThat(none).isSameAs(RetryState.none());
        assertThat(none.onFailure(AttemptFailure.CONNECT, true)).isEqualTo(Stop.NOT_RETRIABLE);
    }

    static RetryState state(RetryPolicy policy, CircuitBreaker breaker) {
        return RetryState.of(policy, Requests.get("http://a/"), breaker, new SplittableRandom(3));
    }

    static RetryPolicy policy(String words, int retries, boolean avoidPrevious) {
        EnumSet<RetryCondition> conditions = EnumSet.noneOf(RetryCondition.class);
        for (RetryCondition condition : RetryCondition.values()) {
            if (List.of(words.split(",", -1)).contains(condition.word())) {
                conditions.add(condition);
            }
        }
        assertThat(conditions).isNotEmpty();
        return new RetryPolicy(
                conditions,
                retries,
                Duration.ZERO,
                Duration.ZERO,
                List.of(418),
                List.of(),
                List.of(),
                Duration.ofMillis(25),
                Duration.ofMillis(250),
                avoidPrevious,
                5);
    }

    private static HeaderMatch header(String name, String value) {
        return new HeaderMatch(
                HeaderMatch.HeaderName.of(name),
                new HeaderMatch.Value(new StringMatch.Exact(value, false)),
                false,
                false);
    }

    private static boolean retried(Decision decision) {
        return decision instanceof RetryAfter;
    }

    private static ResponseView response(int status, Map<String, String> headers) {
        return new ResponseView() {
            @Override
            public int status() {
                return status;
            }

            @Override
            public @Nullable CharSequence header(AsciiString name) {
                return headers.get(name.toString());
            }
        };
    }
}
