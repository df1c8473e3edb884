package dev.riser.proxy.balance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.BalanceSettings.Policy;
import dev.riser.proxy.balance.Endpoint.Health;
import dev.riser.proxy.balance.EndpointSet.Group;
import dev.riser.proxy.balance.EndpointSet.Locality;
import dev.riser.proxy.route.Fraction;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterStateTest {
    private static final Policy ROUND_ROBIN = new BalanceSettings.RoundRobin();
    private static final Policy RANDOM = new BalanceSettings.Random();
    private static final Policy LEAST_REQUEST = new BalanceSettings.LeastRequest(2);

    private final ManualTicker ticker = new ManualTicker();
    private final SplittableRandom random = new SplittableRandom(42);

    static List<Policy> policies() {
        return List.of(ROUND_ROBIN, RANDOM, LEAST_REQUEST);
    }

    @Test
    void aClusterWithoutEndpointsSaysSo() {
        assertThat(cluster(ROUND_ROBIN).pick(random, RetryState.none())).isEqualTo(Pick.Refused.NO_ENDPOINT);
    }

    @Test
    void roundRobinTakesTurns() {
        ClusterState cluster = cluster(ROUND_ROBIN, host("a", 1), host("b", 1), host("c", 1));

        List<String> picks = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            picks.add(pick(cluster));
        }

        assertThat(picks.subList(0, 3)).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(picks.subList(3, 6)).isEqualTo(picks.subList(0, 3));
        assertThat(picks.subList(6, 9)).isEqualTo(picks.subList(0, 3));
    }

    @Test
    void weightedRoundRobinIsExactAndSpreadsEvenly() {
        ClusterState cluster = cluster(ROUND_ROBIN, host("a", 50), host("b", 10), host("c", 10));

        List<String> picks = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            picks.add(pick(cluster));
        }

        assertThat(picks).filteredOn("a"::equals).hasSize(50);
        assertThat(picks).filteredOn("b"::equals).hasSize(10);
        assertThat(longestRun(picks, "a")).isLessThanOrEqualTo(5);
    }

    @Test
    void largeWeightsAreScaledDownAndStayInProportion() {
        ClusterState cluster = cluster(ROUND_ROBIN, host("a", 1_999_999_973), host("b", 1_000_000_007), host("c", 1));

        Map<String, Integer> counts = counts(cluster, 100_000);

        assertThat(counts.get("a")).isBetween(66_300, 66_900);
        assertThat(counts.get("b")).isBetween(33_000, 33_600);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everyPolicyHonoursWeights(Policy policy) {
        ClusterState cluster = cluster(policy, host("a", 3), host("b", 1));

        Map<String, Integer> counts = counts(cluster, 40_000);

        assertThat(counts.get("a")).isBetween(29_000, 31_000);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void everyPolicySpreadsEvenlyOverEqualEndpoints(Policy policy) {
        ClusterState cluster = cluster(policy, host("a", 1), host("b", 1), host("c", 1), host("d", 1));

        counts(cluster, 40_000)
                .forEach((name, count) -> assertThat(count).as(name).isBetween(9_600, 10_400));
    }

    @Test
    void leastRequestAvoidsTheBusyEndpoint() {
        ClusterState cluster = cluster(LEAST_REQUEST, host("a", 1), host("b", 1));
        Host busy = requireNonNull(cluster.host(address("a")));
        for (int i = 0; i < 10; i++) {
            busy.requestStarted();
        }

        Map<String, Integer> counts = counts(cluster, 10_000);

        // Only where both draws fall on the busy one: a quarter.
        assertThat(counts.get("a")).isBetween(2_300, 2_700);
        assertThat(busy.activeRequests()).isEqualTo(10);
    }

    @Test
    void leastRequestComparesLoadForEachUnitOfWeight() {
        ClusterState cluster = cluster(LEAST_REQUEST, host("big", 10), host("small", 1));
        Host big = requireNonNull(cluster.host(address("big")));
        Host small = requireNonNull(cluster.host(address("small")));
        for (int i = 0; i < 5; i++) {
            big.requestStarted();
        }
        small.requestStarted();

        assertThat(counts(cluster, 10_000).get("small")).isLessThan(200);
    }

    @Test
    void nothingSpillsWhileAPriorityIsThoughtToBearItsLoad() {
        ClusterState cluster = state(ROUND_ROBIN);
        cluster.update(settings(ROUND_ROBIN), set(priority(0, hosts("a", 10, 8)), priority(1, hosts("b", 10, 10))));

        assertThat(share(cluster, "b")).isZero();
    }

    @Test
    void whatAPriorityCannotBearSpillsToTheNext() {
        ClusterState cluster = state(ROUND_ROBIN);
        cluster.update(settings(ROUND_ROBIN), set(priority(0, hosts("a", 10, 5)), priority(1, hosts("b", 10, 10))));

        // 5 of 10 healthy bear 70 %.
        assertThat(share(cluster, "b")).isBetween(0.28, 0.32);
    }

    @Test
    void aPriorityWithoutHealthyEndpointHandsOverEverything() {
        ClusterState cluster = state(ROUND_ROBIN);
        cluster.update(settings(ROUND_ROBIN), set(priority(0, hosts("a", 10, 0)), priority(1, hosts("b", 10, 10))));

        assertThat(share(cluster, "b")).isEqualTo(1.0);
        assertThat(cluster.inPanic()).isFalse();
    }

    @Test
    void degradedEndpointsComeAfterAllHealthyOnes() {
        Endpoint degraded = new Endpoint(address("slow"), "slow", Health.DEGRADED, 1, "", "", Map.of());
        ClusterState cluster = cluster(ROUND_ROBIN, host("a", 1), host("b", 1), host("c", 1), degraded);

        // 3 of 4 healthy bear 105 %.
        assertThat(share(cluster, "slow")).isZero();

        cluster.update(settings(ROUND_ROBIN), EndpointSet.of("c", List.of(host("a", 1), degraded)));

        // 1 of 2 healthy bears 70 %.
        assertThat(share(cluster, "slow")).isBetween(0.28, 0.32);
    }

    @Test
    void healthIsIgnoredWhereTooFewAreHealthy() {
        ClusterState cluster = state(ROUND_ROBIN);
        cluster.update(settings(ROUND_ROBIN), set(priority(0, hosts("a", 10, 4))));

        Map<String, Integer> counts = counts(cluster, 1_000);

        assertThat(cluster.inPanic()).isTrue();
        assertThat(counts).hasSize(10);
    }

    @Test
    void withoutPanicNothingUnhealthyIsChosen() {
        ClusterState cluster = state(ROUND_ROBIN);
        BalanceSettings calm = new BalanceSettings(
                ROUND_ROBIN, 0, false, CircuitBreakerLimits.DEFAULT, CircuitBreakerLimits.DEFAULT, null);

        cluster.update(calm, set(priority(0, hosts("a", 10, 1))));
        assertThat(counts(cluster, 100)).containsOnlyKeys("a0");

        cluster.update(calm, set(priority(0, hosts("a", 10, 0))));
        assertThat(cluster.pick(random, RetryState.none())).isEqualTo(Pick.Refused.NO_HEALTHY_ENDPOINT);
    }

    @Test
    void whereAllPrioritiesPanicLoadGoesByTheirSize() {
        ClusterState cluster = state(ROUND_ROBIN);
        cluster.update(settings(ROUND_ROBIN), set(priority(0, hosts("a", 30, 0)), priority(1, hosts("b", 10, 0))));

        assertThat(share(cluster, "b")).isBetween(0.23, 0.27);
    }

    @Test
    void localitiesShareByTheirWeights() {
        ClusterState cluster = state(ROUND_ROBIN);
        BalanceSettings weighted = new BalanceSettings(
                ROUND_ROBIN, 50, true, CircuitBreakerLimits.DEFAULT, CircuitBreakerLimits.DEFAULT, null);
        EndpointSet endpoints = set(
                new Group(new Locality("r", "near", ""), 0, 90, hosts("a", 1, 1)),
                new Group(new Locality("r", "far", ""), 0, 10, hosts("b", 9, 9)),
                new Group(new Locality("r", "off", ""), 0, 0, hosts("c", 5, 5)));

        cluster.update(weighted, endpoints);

        assertThat(share(cluster, "b")).isBetween(0.08, 0.12);
        assertThat(share(cluster, "c")).isZero();
    }

    @Test
    void aLocalityThatIsIllGetsLess() {
        ClusterState cluster = state(ROUND_ROBIN);
        BalanceSettings weighted = new BalanceSettings(
                ROUND_ROBIN, 0, true, CircuitBreakerLimits.DEFAULT, CircuitBreakerLimits.DEFAULT, null);

        cluster.update(
                weighted,
                set(
                        new Group(new Locality("r", "a", ""), 0, 50, hosts("a", 10, 10)),
                        new Group(new Locality("r", "b", ""), 0, 50, hosts("b", 10, 5))));

        // 50 * 100 against 50 * 70.
        assertThat(share(cluster, "b")).isBetween(0.39, 0.43);
    }

    @Test
    void anEndpointThatStaysKeepsWhatIsKnownAboutIt() {
        ClusterState cluster = cluster(ROUND_ROBIN, host("a", 1), host("b", 1));
        Host before = requireNonNull(cluster.host(address("a")));
        Host leaving = requireNonNull(cluster.host(address("b")));
        before.requestStarted();

        Endpoint heavier = new Endpoint(address("a"), "name", Health.HEALTHY, 7, "w", "mutual", Map.of());
        cluster.update(settings(RANDOM), EndpointSet.of("c", List.of(heavier, host("c", 1))));

        assertThat(cluster.host(address("a"))).isSameAs(before);
        assertThat(before.endpoint()).isEqualTo(heavier);
        assertThat(before.activeRequests()).isEqualTo(1);
        assertThat(before.removed()).isFalse();
        assertThat(leaving.removed()).isTrue();
        assertThat(cluster.host(address("b"))).isNull();
    }

    @Test
    void aTriedEndpointIsAvoidedWhileThereAreOthers() {
        for (BalanceSettings.Policy policy : List.of(RANDOM, ROUND_ROBIN, LEAST_REQUEST)) {
            ClusterState cluster = cluster(policy, host("a", 1), host("b", 1), host("c", 50));
            // "b" is busy and "a", which refuses everything, never is: drawing anew a few times would often end at "a".
            Host busy = requireNonNull(cluster.host(address("b")));
            for (int i = 0; i < 10; i++) {
                busy.requestStarted();
            }
            RetryState retry = RetryStateTest.state(RetryStateTest.policy("5xx", 5, true), cluster.breaker(false));
            retry.attempt(requireNonNull(cluster.host(address("a"))));
            retry.attempt(requireNonNull(cluster.host(address("c"))));

            for (int i = 0; i < 200; i++) {
                assertThat(name(cluster.pick(random, retry))).as("%s", policy).isEqualTo("b");
            }

            retry.attempt(busy);
            assertThat(cluster.pick(random, retry)).isInstanceOf(Host.class);
        }
    }

    @Test
    void discoveryCanHaveRequestsRefused() {
        ClusterState cluster = state(ROUND_ROBIN);
        EndpointSet endpoints = new EndpointSet(
                "c", List.of(new Group(Locality.NOWHERE, 0, 0, hosts("a", 1, 1))), 140, List.of(new Fraction(25, 100)));
        cluster.update(settings(ROUND_ROBIN), endpoints);

        int dropped = 0;
        for (int i = 0; i < 10_000; i++) {
            dropped += cluster.pick(random, RetryState.none()) == Pick.Refused.DROPPED ? 1 : 0;
        }

        assertThat(dropped).isBetween(2_300, 2_700);
    }

    @Test
    void originalDestinationsAreMadeOnceAndForgottenWithoutUse() {
        ClusterState cluster = state(new BalanceSettings.OriginalDestination());
        Host host = cluster.hostAt(new EndpointAddress("10.0.0.1", 80));
        Host busy = cluster.hostAt(new EndpointAddress("10.0.0.2", 80));
        busy.requestStarted();

        assertThat(cluster.hostAt(new EndpointAddress("10.0.0.1", 80))).isSameAs(host);

        ticker.advance(Duration.ofSeconds(6));
        cluster.sweep();

        assertThat(cluster.host(new EndpointAddress("10.0.0.1", 80))).isNull();
        assertThat(host.removed()).isTrue();
        assertThat(cluster.host(new EndpointAddress("10.0.0.2", 80))).isSameAs(busy);
    }

    @Test
    void equalIpv6AddressesAreEqualHoweverTheyAreWritten() {
        assertThat(new EndpointAddress("fd00:0:0:0::1", 80)).isEqualTo(new EndpointAddress("fd00::1", 80));
        assertThat(new EndpointAddress("fd00::1", 80)).hasToString("[fd00::1]:80");
    }

    @Test
    void hostNamesAreReplacedByTheirAddresses() throws Exception {
        Endpoint named = new Endpoint(
                new EndpointAddress("api.test", 443), "", Health.HEALTHY, 3, "", "none", Map.of("tls", "none"));
        InetAddress one = InetAddress.getByAddress(new byte[] {10, 0, 0, 1});
        InetAddress two = InetAddress.getByAddress(new byte[] {10, 0, 0, 2});

        EndpointSet resolved = EndpointSet.of("c", List.of(named, host("a", 1)))
                .resolved(name -> name.equals("api.test") ? List.of(one, two) : List.of());

        assertThat(resolved.groups().get(0).endpoints())
                .containsExactly(
                        new Endpoint(
                                new EndpointAddress("10.0.0.1", 443),
                                "api.test",
                                Health.HEALTHY,
                                3,
                                "",
                                "none",
                                Map.of("tls", "none")),
                        new Endpoint(
                                new EndpointAddress("10.0.0.2", 443),
                                "api.test",
                                Health.HEALTHY,
                                3,
                                "",
                                "none",
                                Map.of("tls", "none")),
                        host("a", 1));
        assertThat(EndpointSet.of("c", List.of(named, host("a", 1))).hostNames())
                .containsExactly("api.test");
    }

    private static int longestRun(List<String> picks, String name) {
        int longest = 0;
        int run = 0;
        for (String pick : picks) {
            run = pick.equals(name) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private double share(ClusterState cluster, String prefix) {
        int total = 10_000;
        int hits = 0;
        for (int i = 0; i < total; i++) {
            hits += pick(cluster).startsWith(prefix) ? 1 : 0;
        }
        return (double) hits / total;
    }

    private Map<String, Integer> counts(ClusterState cluster, int picks) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < picks; i++) {
            counts.merge(pick(cluster), 1, Integer::sum);
        }
        return counts;
    }

    private String pick(ClusterState cluster) {
        return name(cluster.pick(random, RetryState.none()));
    }

    private static String name(Pick pick) {
        return pick instanceof Host host ? host.endpoint().hostname() : pick.toString();
    }

    private ClusterState cluster(Policy policy, Endpoint... endpoints) {
        ClusterState cluster = state(policy);
        cluster.update(settings(policy), EndpointSet.of("c", Arrays.asList(endpoints)));
        return cluster;
    }

    private ClusterState state(Policy policy) {
        return new ClusterState("c", settings(policy), ticker, new SplittableRandom(7), OutlierObserver.NONE);
    }

    private static BalanceSettings settings(Policy policy) {
        return new BalanceSettings(policy, 50, false, CircuitBreakerLimits.DEFAULT, CircuitBreakerLimits.DEFAULT, null);
    }

    private static EndpointSet set(Group... groups) {
        return new EndpointSet("c", List.of(groups), EndpointSet.DEFAULT_OVERPROVISIONING_PERCENT, List.of());
    }

    private static Group priority(int priority, List<Endpoint> endpoints) {
        return new Group(Locality.NOWHERE, priority, 0, endpoints);
    }

    private static List<Endpoint> hosts(String prefix, int count, int healthy) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add(new Endpoint(
                    new EndpointAddress("10." + (int) prefix.charAt(0) + ".1." + i, 80),
                    prefix + i,
                    i < healthy ? Health.HEALTHY : Health.UNHEALTHY,
                    1,
                    "",
                    "",
                    Map.of()));
        }
        return endpoints;
    }

    private static Endpoint host(String name, int weight) {
        return new Endpoint(address(name), name, Health.HEALTHY, weight, "", "", Map.of());
    }

    private static EndpointAddress address(String name) {
        return new EndpointAddress("10.0." + (int) name.charAt(0) + "." + name.length(), 80);
    }
}
