package dev.riser.proxy.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.route.RetryCondition;
import dev.riser.proxy.route.RetryPolicy;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallerWishesTest {
    private static final RetryPolicy ROUTE = new RetryPolicy(
            Set.of(RetryCondition.CONNECT_FAILURE),
            2,
            Duration.ofSeconds(3),
            Duration.ZERO,
            List.of(418),
            List.of(),
            List.of(),
            Duration.ofMillis(25),
            Duration.ofMillis(250),
            true,
            5);

    private static HeaderBlock headers(String... pairs) {
        HeaderBlock block = new HeaderBlock();
        block.append(AsciiString.of("accept"), AsciiString.of("*/*"));
        for (int i = 0; i < pairs.length; i += 2) {
            block.append(AsciiString.of(pairs[i]), AsciiString.of(pairs[i + 1]));
        }
        return block;
    }

    @Test
    void withoutAWishTheRoutesRetriesHoldUnchanged() {
        assertThat(CallerWishes.retries(headers(), ROUTE)).isSameAs(ROUTE);
        assertThat(CallerWishes.times(headers())).isEqualTo(CallerWishes.Times.NONE);
    }

    @Test
    void theCallersConditionsAreAddedToTheRoutes() {
        HeaderBlock headers = headers(
                "x-envoy-retry-on", "5xx, retriable-status-codes,nonsense,cancelled",
                "x-envoy-retry-grpc-on", "unavailable,reset",
                "x-envoy-max-retries", "7",
                "x-envoy-retriable-status-codes", "425,x,429",
                "x-envoy-retriable-header-names", "X-Again");

        RetryPolicy policy = CallerWishes.retries(headers, ROUTE);

        assertThat(policy.conditions())
                .containsExactlyInAnyOrder(
                        RetryCondition.CONNECT_FAILURE,
                        RetryCondition.SERVER_ERROR,
                        RetryCondition.RETRIABLE_STATUS_CODES,
                        RetryCondition.GRPC_UNAVAILABLE);
        assertThat(policy.retries()).isEqualTo(7);
        assertThat(policy.statusCodes()).containsExactly(418, 425, 429);
        assertThat(policy.responseHeaders()).hasSize(1);
        assertThat(policy.avoidPreviousHosts()).isTrue();
        assertThat(headers.toString()).isEqualTo("accept: */*\n");
    }

    @Test
    void whoAsksForRetriesWithoutANumberGetsTheRoutesOrOne() {
        assertThat(CallerWishes.retries(headers("x-envoy-retry-on", "5xx"), ROUTE)
                        .retries())
                .isEqualTo(2);
        assertThat(CallerWishes.retries(headers("x-envoy-retry-on", "5xx"), RetryPolicy.NONE)
                        .retries())
                .isEqualTo(1);
    }

    @Test
    void aNumberAloneChangesTheRoutesRetriesAndMakesNone() {
        assertThat(CallerWishes.retries(headers("x-envoy-max-retries", "0"), ROUTE)
                        .enabled())
                .isFalse();
        assertThat(CallerWishes.retries(headers("x-envoy-max-retries", "3"), RetryPolicy.NONE))
                .isSameAs(RetryPolicy.NONE);
    }

    @ParameterizedTest
    @CsvSource({"250, 250000000", "0, 0", "x,", "-1,", "1.5,", "999999999999999999, 100000000000000000"})
    void limitsOfTimeAreWholeMilliseconds(String text, Long nanos) {
        HeaderBlock headers = headers(
                "x-envoy-upstream-rq-timeout-ms", text,
                "x-envoy-upstream-rq-per-try-timeout-ms", text,
                "x-envoy-upstream-rq-timeout-alt-response", "1");

        assertThat(CallerWishes.times(headers)).isEqualTo(new CallerWishes.Times(nanos, nanos, true));
        assertThat(headers.toString()).isEqualTo("accept: */*\n");
    }

    @Test
    void nothingOfItIsLeftOfACallerWhoIsNotTrusted() {
        HeaderBlock headers = headers(
                "x-envoy-retry-on", "5xx",
                "x-envoy-upstream-rq-timeout-ms", "1",
                "x-envoy-expected-rq-timeout-ms", "1",
                "x-envoy-force-trace", "1",
                "x-envoy-attempt-count", "2");

        CallerWishes.distrust(headers);

        assertThat(headers.toString()).isEqualTo("accept: */*\nx-envoy-attempt-count: 2\n");
    }

    @Test
    void theUpstreamIsToldHowLongTheCallerWaits() {
        HeaderBlock headers = headers("x-envoy-expected-rq-timeout-ms", "9");

        CallerWishes.expect(headers, 0);
        assertThat(headers.toString()).contains("x-envoy-expected-rq-timeout-ms: 9");
        CallerWishes.expect(headers, Duration.ofMillis(1500).toNanos());
        assertThat(headers.toString()).contains("x-envoy-expected-rq-timeout-ms: 1500");
    }
}
