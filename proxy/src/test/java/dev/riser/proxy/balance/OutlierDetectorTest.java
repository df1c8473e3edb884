package dev.riser.proxy.balance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.OutlierSettings.FailurePercentage;
import dev.riser.proxy.balance.OutlierSettings.SuccessRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutlierDetectorTest {
    private final ManualTicker ticker = new ManualTicker();
    private final List<String> events = new ArrayList<>();
    private final OutlierObserver observer = new OutlierObserver() {
        @Override
        public void onEjected(Host host, Cause cause, Duration duration) {
            events.add("ejected " + host + " " + cause + " " + duration.toSeconds());
        }

        @Override
        public void onWithheld(Host host, Cause cause) {
            events.add("withheld " + host + " " + cause);
        }

        @Override
        public void onReturned(Host host) {
            events.add("returned " + host);
        }
    };

    @Test
    void fiveServerErrorsInARowEject() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);

        respond(cluster, host, 4, 500);
        assertThat(host.ejected()).isFalse();
        respond(cluster, host, 1, 500);

        assertThat(events).containsExactly("ejected 10.0.0.0:80 CONSECUTIVE_SERVER_ERRORS 30");
        assertThat(cluster.availableHosts()).isEqualTo(2);
    }

    @Test
    void oneSuccessStartsTheCountAnew() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);

        respond(cluster, host, 4, 500);
        respond(cluster, host, 1, 200);
        respond(cluster, host, 4, 500);

        assertThat(events).isEmpty();
    }

    @Test
    void anEjectedEndpointIsNotChosenAndReturnsAfterItsTime() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);
        respond(cluster, host, 5, 500);

        assertThat(picked(cluster, host)).isFalse();

        ticker.advance(Duration.ofSeconds(29));
        cluster.sweep();
        assertThat(host.ejected()).isTrue();
        ticker.advance(Duration.ofSeconds(1));
        cluster.sweep();

        assertThat(events).endsWith("returned 10.0.0.0:80");
        assertThat(picked(cluster, host)).isTrue();
    }

    @Test
    void eachEjectionInARowIsLongerUpToTheLimitAndGoodTimesAreRemembered() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            respond(cluster, host, 5, 500);
            seconds.add(
                    Long.parseLong(events.getLast().substring(events.getLast().lastIndexOf(' ') + 1)));
            ticker.advance(Duration.ofMinutes(5));
            cluster.sweep();
        }

        assertThat(seconds).startsWith(30L, 60L, 90L).endsWith(300L, 300L);

        for (int i = 0; i < 12; i++) {
            cluster.sweep();
        }
        respond(cluster, host, 5, 500);
        assertThat(events.getLast()).endsWith(" 30");
    }

    @ParameterizedTest
    @CsvSource({"10, 1", "30, 3", "31, 4", "0, 0", "100, 10"})
    void onlyAShareOfTheClusterIsOutAtOnce(int maxPercent, int ejected) {
        ClusterState cluster = cluster(settings(maxPercent, false), 10);

        for (int i = 0; i < 10; i++) {
            respond(cluster, host(cluster, i), 5, 500);
        }

        assertThat(events.stream().filter(event -> event.startsWith("ejected"))).hasSize(ejected);
        assertThat(events.stream().filter(event -> event.startsWith("withheld")))
                .hasSize(10 - ejected);
    }

    @Test
    void oneMayAlwaysBeOutWhereTheSettingSaysSo() {
        ClusterState cluster = cluster(settings(0, true), 2);

        respond(cluster, host(cluster, 0), 5, 500);
        respond(cluster, host(cluster, 1), 5, 500);

        assertThat(events)
                .containsExactly(
                        "ejected 10.0.0.0:80 CONSECUTIVE_SERVER_ERRORS 30",
                        "withheld 10.0.0.1:80 CONSECUTIVE_SERVER_ERRORS");
    }

    @Test
    void gatewayErrorsAreCountedApart() {
        ClusterState cluster = cluster(gateway(3), 10);
        Host host = host(cluster, 0);

        respond(cluster, host, 2, 503);
        respond(cluster, host, 1, 500);
        respond(cluster, host, 2, 502);
        assertThat(events).isEmpty();
        respond(cluster, host, 1, 504);

        assertThat(events).containsExactly("ejected 10.0.0.0:80 CONSECUTIVE_GATEWAY_ERRORS 30");
    }

    @Test
    void failuresOnOurSideCountAsErrorsUnlessTheyAreSplit() {
        ClusterState together = cluster(settings(100, false), 3);
        for (int i = 0; i < 5; i++) {
            together.outlier().onFailure(host(together, 0), Outcome.CONNECT_FAILED);
        }
        // They count as 503, and findings about gateway errors are only reported by default.
        assertThat(events)
                .containsExactly(
                        "withheld 10.0.0.0:80 CONSECUTIVE_GATEWAY_ERRORS",
                        "ejected 10.0.0.0:80 CONSECUTIVE_SERVER_ERRORS 30");

        events.clear();
        OutlierSettings defaults = settings(100, false);
        ClusterState split = cluster(
                new OutlierSettings(
                        5,
                        100,
                        5,
                        0,
                        true,
                        2,
                        100,
                        defaults.interval(),
                        defaults.baseEjectionTime(),
                        defaults.maxEjectionTime(),
                        Duration.ZERO,
                        100,
                        false,
                        defaults.successRate(),
                        defaults.failurePercentage()),
                3);
        respond(split, host(split, 0), 4, 500);
        split.outlier().onFailure(host(split, 0), Outcome.RESET);
        assertThat(events).isEmpty();
        split.outlier().onFailure(host(split, 0), Outcome.TIMED_OUT);

        assertThat(events).containsExactly("ejected 10.0.0.0:80 CONSECUTIVE_LOCAL_ORIGIN_FAILURES 30");
    }

    /** A proxy that takes an open stream for a success never ejects anything. */
    @Test
    void anOpenStreamEndsNoRowOfServerErrors() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);

        for (int i = 0; i < 5; i++) {
            cluster.outlier().onConnected(host);
            cluster.outlier().onResponse(host, 500);
        }

        assertThat(host.ejected()).isTrue();
    }

    @Test
    void aConnectionForBytesIsASuccess() {
        ClusterState cluster = cluster(settings(100, false), 3);
        Host host = host(cluster, 0);

        for (int i = 0; i < 10; i++) {
            cluster.outlier().onFailure(host, Outcome.CONNECT_FAILED);
            cluster.outlier().onBytesConnected(host);
        }

        assertThat(host.ejected()).isFalse();
    }

    @Test
    void originalDestinationsAreNeverEjected() {
        ClusterState cluster = cluster(settings(100, false), 0);
        Host host = cluster.hostAt(new EndpointAddress("10.0.0.7", 80));

        respond(cluster, host, 50, 500);

        assertThat(events).isEmpty();
        assertThat(host.ejected()).isFalse();
    }

    @Test
    void anEndpointThatFailsMoreThanTheOthersIsEjected() {
        ClusterState cluster =
                cluster(rates(new SuccessRate(100, 5, 100, 1900), new FailurePercentage(0, 85, 5, 50)), 10);
        for (int i = 0; i < 10; i++) {
            respond(cluster, host(cluster, i), 100, 200);
        }
        alternate(cluster, host(cluster, 3), 100);

        cluster.sweep();

        assertThat(events).containsExactly("ejected 10.0.0.3:80 SUCCESS_RATE 30");
    }

    @Test
    void ratesOfTooFewEndpointsOrRequestsSayNothing() {
        SuccessRate success = new SuccessRate(100, 5, 100, 1900);
        ClusterState few = cluster(rates(success, new FailurePercentage(0, 85, 5, 50)), 4);
        for (int i = 0; i < 4; i++) {
            respond(few, host(few, i), 100, 200);
        }
        alternate(few, host(few, 3), 400);
        few.sweep();

        assertThat(events).isEmpty();
    }

    @Test
    void anEndpointThatFailsTooOftenIsEjected() {
        ClusterState cluster =
                cluster(rates(new SuccessRate(0, 5, 100, 1900), new FailurePercentage(100, 40, 1, 50)), 10);
        alternate(cluster, host(cluster, 1), 50);
        respond(cluster, host(cluster, 2), 100, 200);

        cluster.sweep();

        assertThat(events).containsExactly("ejected 10.0.0.1:80 FAILURE_PERCENTAGE 30");
    }

    @Test
    void ratesAreOfOneIntervalAlone() {
        ClusterState cluster =
                cluster(rates(new SuccessRate(0, 5, 100, 1900), new FailurePercentage(100, 40, 1, 60)), 10);
        alternate(cluster, host(cluster, 1), 50);
        cluster.sweep();
        alternate(cluster, host(cluster, 1), 50);
        cluster.sweep();

        assertThat(events).isEmpty();
    }

    @Test
    void withoutSettingsEverythingReturns() {
        ClusterState cluster = cluster(settings(100, false), 3);
        respond(cluster, host(cluster, 0), 5, 500);

        cluster.update(BalanceSettings.DEFAULT, endpoints(3));
        respond(cluster, host(cluster, 1), 50, 500);

        assertThat(events).containsExactly("ejected 10.0.0.0:80 CONSECUTIVE_SERVER_ERRORS 30", "returned 10.0.0.0:80");
        assertThat(cluster.availableHosts()).isEqualTo(3);
    }

    @Test
    void anEndpointThatIsTakenAwayMakesRoomForOtherEjections() {
        ClusterState cluster = cluster(settings(30, false), 4);
        respond(cluster, host(cluster, 3), 5, 500);
        respond(cluster, host(cluster, 2), 5, 500);
        cluster.update(withOutlier(settings(30, false)), endpoints(2));

        respond(cluster, host(cluster, 0), 5, 500);

        assertThat(events.getLast()).startsWith("ejected 10.0.0.0:80");
    }

    private static boolean picked(ClusterState cluster, Host host) {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100; i++) {
            if (cluster.pick(random, RetryState.none()) == host) {
                return true;
            }
        }
        return false;
    }

    private static void respond(ClusterState cluster, Host host, int times, int status) {
        for (int i = 0; i < times; i++) {
            cluster.outlier().onResponse(host, status);
        }
    }

    /** Half of the responses fail, never two in a row. */
    private static void alternate(ClusterState cluster, Host host, int times) {
        for (int i = 0; i < times; i++) {
            cluster.outlier().onResponse(host, i % 2 == 0 ? 500 : 200);
        }
    }

    private ClusterState cluster(OutlierSettings settings, int hosts) {
        ClusterState cluster = new ClusterState("c", withOutlier(settings), ticker, new SplittableRandom(5), observer);
        cluster.update(withOutlier(settings), endpoints(hosts));
        return cluster;
    }

    private static EndpointSet endpoints(int count) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add(Endpoint.of(new EndpointAddress("10.0.0." + i, 80)));
        }
        return EndpointSet.of("c", endpoints);
    }

    private static Host host(ClusterState cluster, int index) {
        return requireNonNull(cluster.host(new EndpointAddress("10.0.0." + index, 80)));
    }

    private static BalanceSettings withOutlier(OutlierSettings settings) {
        return new BalanceSettings(
                new BalanceSettings.RoundRobin(),
                50,
                false,
                CircuitBreakerLimits.DEFAULT,
                CircuitBreakerLimits.DEFAULT,
                settings);
    }

    private static OutlierSettings settings(int maxPercent, boolean alwaysOne) {
        OutlierSettings defaults = OutlierSettings.DEFAULT;
        return new OutlierSettings(
                5,
                100,
                5,
                0,
                false,
                5,
                100,
                defaults.interval(),
                defaults.baseEjectionTime(),
                defaults.maxEjectionTime(),
                Duration.ZERO,
                maxPercent,
                alwaysOne,
                new SuccessRate(0, 5, 100, 1900),
                defaults.failurePercentage());
    }

    private static OutlierSettings gateway(int count) {
        OutlierSettings base = settings(100, false);
        return new OutlierSettings(
                100,
                100,
                count,
                100,
                false,
                5,
                100,
                base.interval(),
                base.baseEjectionTime(),
                base.maxEjectionTime(),
                Duration.ZERO,
                100,
                false,
                base.successRate(),
                base.failurePercentage());
    }

    private static OutlierSettings rates(SuccessRate success, FailurePercentage failure) {
        OutlierSettings base = settings(100, false);
        return new OutlierSettings(
                5,
                100,
                5,
                0,
                false,
                5,
                100,
                base.interval(),
                base.baseEjectionTime(),
                base.maxEjectionTime(),
                Duration.ZERO,
                100,
                false,
                success,
                failure);
    }
}
