package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.riser.proxy.route.ForwardAction.ClusterTarget;
import dev.riser.proxy.route.ForwardAction.FromHeader;
import dev.riser.proxy.route.ForwardAction.Named;
import dev.riser.proxy.route.ForwardAction.Weighted;
import dev.riser.proxy.route.ForwardAction.WeightedCluster;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteMatcherTest {
    @ParameterizedTest
    @CsvSource({
        "www.shop.test, exact",
        "WWW.Shop.TEST, exact",
        "a.shop.test, suffix",
        "a.b.shop.test, suffix",
        "x.deep.shop.test, longer suffix",
        "deep.shop.test, suffix",
        ".shop.test, any",
        "shop.test, any",
        "img.example.org, prefix",
        "img.static.example.org, longer prefix",
        "www.shop.test:8080, any",
        "other, any",
        "'', any"
    })
    void theVirtualHostIsFoundByTheMostSpecificDomain(String authority, String expected) {
        RouteTable table = table(
                host("any", "*"),
                host("prefix", "img.*"),
                host("suffix", "*.shop.test"),
                host("longer prefix", "img.static.*"),
                host("longer suffix", "*.deep.shop.test"),
                host("exact", "www.shop.test"));

        assertThat(cluster(table, Requests.get("http://" + authority + "/"))).isEqualTo(expected);
    }

    @Test
    void noVirtualHostIsNoRoute() {
        assertThat(RouteMatcher.match(table(host("a", "a.test")), Requests.get("http://b.test/"), 0))
                .isEqualTo(RouteMatch.NoRoute.NO_HOST);
    }

    @ParameterizedTest
    @CsvSource({"a.test:80, true", "a.test, true", "[fd00::1]:80, true", "[fd00::1], true", "b.test:80, false"})
    void thePortMayBeIgnored(String authority, boolean found) {
        RouteTable table = new RouteTable(
                "t",
                List.of(host("a", "a.test"), host("b", "[fd00::1]")),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                false,
                true,
                Origin.UNKNOWN);

        assertThat(
                        RouteMatcher.match(table, Requests.get("http://" + authority + "/"), 0)
                                instanceof RouteMatch.Forward)
                .isEqualTo(found);
    }

    @Test
    void aTableOfManyHostsFindsEachOfThem() {
        List<VirtualHost> hosts = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            hosts.add(host("cluster" + i, "service" + i + ".prod.svc.cluster.local:" + (8000 + i)));
        }
        RouteTable table = table(hosts.toArray(VirtualHost[]::new));

        for (int i = 0; i < 500; i++) {
            assertThat(cluster(
                            table, Requests.get("http://service" + i + ".prod.svc.cluster.local:" + (8000 + i) + "/")))
                    .isEqualTo("cluster" + i);
        }
        assertThat(cluster(table, Requests.get("http://service1.prod.svc.cluster.local:8000/")))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "exact,  /api,      true",
        "exact,  /api?x=1,  true",
        "exact,  /api/,     false",
        "exact,  /API,      false",
        "iexact, /API,      true",
        "prefix, /apiary,   true",
        "prefix, /ap,       false",
        "prefix, /x?/api,   false",
        "segments, /api,    true",
        "segments, /api/v1, true",
        "segments, /api?q,  true",
        "segments, /apiary, false",
        "regex,  /api,      false",
        "regex,  /api/42,   true",
        "regex,  /api/42?a, true",
        "regex,  /api/42/x, false"
    })
    void pathsMatchWithoutTheirQuery(String kind, String path, boolean matches) {
        PathMatch match = switch (kind) {
            case "exact" -> new PathMatch.Exact("/api", false);
            case "iexact" -> new PathMatch.Exact("/api", true);
            case "prefix" -> new PathMatch.Prefix("/api", false);
            case "segments" -> new PathMatch.Segments("/api", false);
            default -> new PathMatch.Regex(Pattern.compile("/api/[0-9]+"));
        };

        assertThat(cluster(table(host("*", route(match, new Named("c")))), Requests.get("http://a" + path)))
                .isEqualTo(matches ? "c" : null);
    }

    @Test
    void theFirstRouteThatMatchesTakesTheRequest() {
        RouteTable table = table(host(
                "*",
                routeWith(List.of(header("x-user", "jason")), null, "v2"),
                route(new PathMatch.Prefix("/", false), new Named("v1"))));

        assertThat(cluster(table, Requests.get("http://a/").with("x-user", "jason")))
                .isEqualTo("v2");
        assertThat(cluster(table, Requests.get("http://a/").with("x-user", "other")))
                .isEqualTo("v1");
    }

    @Test
    void weightsShareRequests() {
        RouteTable table = table(host(
                "*",
                route(
                        new PathMatch.Prefix("/", false),
                        weighted(cluster("v1", 90), cluster("v2", 10), cluster("v3", 0)))));

        Map<String, Integer> counts = counts(table, 100_000);

        assertThat(counts.get("v2")).isBetween(9_700, 10_300);
        assertThat(counts.get("v1")).isEqualTo(100_000 - counts.getOrDefault("v2", 0));
    }

    @Test
    void oneDrawDecidesTheSameWayEveryTime() {
        RouteTable table =
                table(host("*", route(new PathMatch.Prefix("/", false), weighted(cluster("v1", 1), cluster("v2", 1)))));

        RouteMatch first = RouteMatcher.match(table, Requests.get("http://a/"), 4711);

        assertThat(RouteMatcher.match(table, Requests.get("http://a/"), 4711)).isSameAs(first);
    }

    /** Envoy takes the same number for both decisions, so that half of the requests would all go to v1. */
    @Test
    void aRoutesShareAndItsWeightsAreIndependent() {
        RouteTable table = table(host(
                "*",
                new Route(
                        "half",
                        new PathMatch.Prefix("/", false),
                        List.of(),
                        List.of(),
                        new Fraction(50, 100),
                        false,
                        action(weighted(cluster("v1", 50), cluster("v2", 50)), HostRewrite.Keep.INSTANCE),
                        HeaderChanges.NONE,
                        HeaderChanges.NONE,
                        FilterOverrides.NONE,
                        Origin.UNKNOWN,
                        ""),
                route(new PathMatch.Prefix("/", false), new Named("rest"))));

        Map<String, Integer> counts = counts(table, 100_000);

        assertThat(counts.get("rest")).isBetween(49_000, 51_000);
        assertThat(counts.get("v1")).isBetween(24_300, 25_700);
        assertThat(counts.get("v2")).isBetween(24_300, 25_700);
    }

    @Test
    void aHeaderCanNameTheCluster() {
        RouteTable table =
                table(host("*", route(new PathMatch.Prefix("/", false), new FromHeader(AsciiString.of("x-cluster")))));

        assertThat(cluster(table, Requests.get("http://a/").with("x-cluster", "blue")))
                .isEqualTo("blue");
        assertThat(cluster(table, Requests.get("http://a/"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "application/grpc, true",
        "application/grpc+proto, true",
        "application/grpc-web, false",
        "text/plain, false"
    })
    void aRouteCanTakeGrpcAlone(String type, boolean taken) {
        RouteTable table = table(host(
                "*",
                new Route(
                        "grpc",
                        new PathMatch.Prefix("/", false),
                        List.of(),
                        List.of(),
                        null,
                        true,
                        action(new Named("grpc"), HostRewrite.Keep.INSTANCE),
                        HeaderChanges.NONE,
                        HeaderChanges.NONE,
                        FilterOverrides.NONE,
                        Origin.UNKNOWN,
                        "")));

        assertThat(cluster(table, Requests.get("http://a/").with("content-type", type)))
                .isEqualTo(taken ? "grpc" : null);
    }

    @Test
    void aVirtualHostCanDemandTls() {
        VirtualHost strict = new VirtualHost(
                "strict",
                List.of("*"),
                List.of(route(new PathMatch.Prefix("/", false), new Named("c"))),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                VirtualHost.TlsRequirement.ALL,
                false,
                false,
                Origin.UNKNOWN);

        assertThat(cluster(table(strict), Requests.get("https://a.test/x"))).isEqualTo("c");
        assertThat(RouteMatcher.match(table(strict), Requests.get("http://a.test:80/x?y"), 0))
                .isInstanceOfSatisfying(RouteMatch.Redirect.class, redirect -> {
                    assertThat(redirect.status()).isEqualTo(301);
                    assertThat(redirect.location()).isEqualTo("https://a.test/x?y");
                });
    }

    @Test
    void changesOfTheMostSpecificLevelComeFirstUnlessTheyAreToWin() {
        for (boolean mostSpecificWins : new boolean[] {false, true}) {
            RouteTable table = new RouteTable(
                    "t",
                    List.of(new VirtualHost(
                            "h",
                            List.of("*"),
                            List.of(new Route(
                                    "r",
                                    new PathMatch.Prefix("/", false),
                                    List.of(),
                                    List.of(),
                                    null,
                                    false,
                                    action(
                                            new Weighted(List.of(new WeightedCluster(
                                                    "c",
                                                    1,
                                                    set("x-level", "cluster"),
                                                    HeaderChanges.NONE,
                                                    HostRewrite.Keep.INSTANCE,
                                                    FilterOverrides.NONE))),
                                            HostRewrite.Keep.INSTANCE),
                                    set("x-level", "route"),
                                    HeaderChanges.NONE,
                                    FilterOverrides.NONE,
                                    Origin.UNKNOWN,
                                    "")),
                            set("x-level", "host"),
                            HeaderChanges.NONE,
                            FilterOverrides.NONE,
                            VirtualHost.TlsRequirement.NONE,
                            false,
                            false,
                            Origin.UNKNOWN)),
                    set("x-level", "table"),
                    HeaderChanges.NONE,
                    FilterOverrides.NONE,
                    mostSpecificWins,
                    false,
                    Origin.UNKNOWN);
            RouteMatch.Forward match = (RouteMatch.Forward) RouteMatcher.match(table, Requests.get("http://a/"), 0);
            FakeHeaders headers = new FakeHeaders();

            match.requestChanges().apply(headers, FakeContext.of(Requests.get("http://a/")));

            assertThat(headers.lines()).containsExactly("x-level: " + (mostSpecificWins ? "cluster" : "table"));
        }
    }

    @Test
    void theMostSpecificOverrideOfAFilterHolds() {
        Fault route =
                new Fault(Duration.ofSeconds(1), Fraction.ALL, 0, -1, Fraction.NONE, List.of(), "", Long.MAX_VALUE);
        FilterOverrides less = new FilterOverrides(new FilterOverrides.AccessOverride.Off(), Fault.NONE, null, null);

        FilterOverrides merged = new FilterOverrides(null, route, null, null).orElse(less);

        assertThat(merged.fault()).isEqualTo(route);
        assertThat(merged.access()).isEqualTo(new FilterOverrides.AccessOverride.Off());
        assertThat(merged.cors()).isNull();
    }

    @Test
    void aTableNamesItsClusters() {
        RouteTable table = table(
                host("a", route(new PathMatch.Prefix("/", false), weighted(cluster("v1", 1), cluster("v2", 1)))),
                host("b", route(new PathMatch.Prefix("/", false), new Named("v1"))));

        assertThat(table.clusterNames()).containsExactly("v1", "v2");
    }

    private static Map<String, Integer> counts(RouteTable table, int requests) {
        SplittableRandom random = new SplittableRandom(20261125);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < requests; i++) {
            RouteMatch match = RouteMatcher.match(table, Requests.get("http://a/"), random);
            counts.merge(((RouteMatch.Forward) match).cluster(), 1, Integer::sum);
        }
        return counts;
    }

    private static @Nullable String cluster(RouteTable table, RequestView request) {
        return RouteMatcher.match(table, request, 0) instanceof RouteMatch.Forward forward ? forward.cluster() : null;
    }

    private static RouteTable table(VirtualHost... hosts) {
        return new RouteTable(
                "t",
                List.of(hosts),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                false,
                false,
                Origin.UNKNOWN);
    }

    private static VirtualHost host(String cluster, String domain) {
        return host(domain, route(new PathMatch.Prefix("/", false), new Named(cluster)));
    }

    private static VirtualHost host(String domain, Route... routes) {
        return new VirtualHost(
                domain,
                List.of(domain),
                List.of(routes),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                VirtualHost.TlsRequirement.NONE,
                false,
                false,
                Origin.UNKNOWN);
    }

    private static Route route(PathMatch path, ClusterTarget target) {
        return new Route(
                "",
                path,
                List.of(),
                List.of(),
                null,
                false,
                action(target, HostRewrite.Keep.INSTANCE),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                Origin.UNKNOWN,
                "");
    }

    private static Route routeWith(List<HeaderMatch> headers, @Nullable Fraction fraction, String cluster) {
        return new Route(
                "",
                new PathMatch.Prefix("/", false),
                headers,
                List.of(),
                fraction,
                false,
                action(new Named(cluster), HostRewrite.Keep.INSTANCE),
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                Origin.UNKNOWN,
                "");
    }

    private static ForwardAction action(ClusterTarget target, HostRewrite rewrite) {
        return new ForwardAction(
                target,
                PathRewrite.Keep.INSTANCE,
                rewrite,
                false,
                Duration.ofSeconds(15),
                null,
                null,
                null,
                Duration.ZERO,
                RetryPolicy.NONE,
                List.of(),
                List.of(),
                false,
                503);
    }

    private static Weighted weighted(WeightedCluster... clusters) {
        return new Weighted(List.of(clusters));
    }

    private static WeightedCluster cluster(String name, long weight) {
        return new WeightedCluster(
                name, weight, HeaderChanges.NONE, HeaderChanges.NONE, HostRewrite.Keep.INSTANCE, FilterOverrides.NONE);
    }

    private static HeaderMatch header(String name, String value) {
        return new HeaderMatch(
                HeaderMatch.HeaderName.of(name),
                new HeaderMatch.Value(new StringMatch.Exact(value, false)),
                false,
                false);
    }

    private static HeaderChanges set(String name, String value) {
        return HeaderChanges.of(
                List.of(),
                List.of(new HeaderChanges.Addition(
                        AsciiString.of(name),
                        FormatText.compile(value),
                        HeaderChanges.Append.OVERWRITE_IF_EXISTS_OR_ADD,
                        false)));
    }
}
