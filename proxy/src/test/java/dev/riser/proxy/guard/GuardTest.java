package dev.riser.proxy.guard;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.riser.proxy.guard.AccessDecision.Allowed;
import dev.riser.proxy.guard.AccessDecision.Denied;
import dev.riser.proxy.guard.ConnectionFacts.PeerCertificate;
import dev.riser.proxy.guard.RbacRules.Action;
import dev.riser.proxy.guard.RbacRules.Policy;
import dev.riser.proxy.route.FilterOverrides.AccessOverride;
import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.route.IpRange;
import dev.riser.proxy.route.RequestView;
import dev.riser.proxy.route.Requests;
import dev.riser.proxy.route.StringMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GuardTest {
    private static final Condition ALWAYS = new Condition.Always();
    private static final Condition FRONTEND = principal("spiffe://cluster.local/ns/shop/sa/frontend");
    private static final Condition GET = new Condition.Header(new HeaderMatch(
            HeaderMatch.HeaderName.of(":method"),
            new HeaderMatch.Value(new StringMatch.Exact("GET", false)),
            false,
            false));
    private static final Peer SHOP = Peer.of("spiffe://cluster.local/ns/shop/sa/frontend");
    private static final RequestView REQUEST = Requests.get("http://a.test/admin/users?q=/public");

    @Test
    void withoutFiltersEverythingIsAllowed() {
        assertThat(check(List.of(), SHOP)).isEqualTo(Allowed.BY_DEFAULT);
    }

    @Test
    void allowRulesDenyWhateverNoPolicyMatches() {
        List<RbacFilter> filters = List.of(filter(rules(Action.ALLOW, "readers", policy(GET, FRONTEND))));

        assertThat(check(filters, SHOP)).isEqualTo(new Allowed("readers"));
        assertThat(check(filters, Peer.of("spiffe://cluster.local/ns/shop/sa/cart")))
                .isEqualTo(new Denied("default"));
        assertThat(check(filters, SHOP, Requests.get("http://a/").by("POST"))).isEqualTo(new Denied("default"));
        assertThat(check(filters, Peer.NOBODY)).isEqualTo(new Denied("default"));
    }

    @Test
    void allowRulesWithoutPolicyDenyEverything() {
        assertThat(check(List.of(filter(new RbacRules(Action.ALLOW, Map.of()))), SHOP))
                .isEqualTo(Denied.BY_DEFAULT);
    }

    @Test
    void denyRulesAllowWhateverNoPolicyMatches() {
        List<RbacFilter> filters = List.of(filter(rules(Action.DENY, "no-frontend", policy(ALWAYS, FRONTEND))));

        assertThat(check(filters, SHOP)).isEqualTo(new Denied("no-frontend"));
        assertThat(check(filters, Peer.NOBODY)).isEqualTo(Allowed.BY_DEFAULT);
    }

    @Test
    void logRulesNeverDeny() {
        assertThat(check(List.of(filter(rules(Action.LOG, "seen", policy(ALWAYS, ALWAYS)))), SHOP))
                .isEqualTo(new Allowed("seen"));
    }

    @Test
    void theFirstPolicyByNameIsTheOneThatIsNamed() {
        RbacRules rules = new RbacRules(
                Action.DENY,
                Map.of(
                        "b",
                        policy(ALWAYS, ALWAYS),
                        "a",
                        policy(ALWAYS, ALWAYS),
                        "A",
                        policy(GET, new Condition.Not(ALWAYS))));

        assertThat(rules.policyNames()).containsExactly("A", "a", "b");
        assertThat(check(List.of(filter(rules)), SHOP)).isEqualTo(new Denied("a"));
    }

    @Test
    void everyFilterMustAllow() {
        RbacFilter allow = filter(rules(Action.ALLOW, "all", policy(ALWAYS, ALWAYS)));
        RbacFilter deny = filter(rules(Action.DENY, "none", policy(ALWAYS, ALWAYS)));

        assertThat(check(List.of(allow, deny), SHOP)).isEqualTo(new Denied("none"));
        assertThat(check(List.of(deny, allow), SHOP)).isEqualTo(new Denied("none"));
        assertThat(check(
                        List.of(allow, filter(rules(Action.DENY, "x", policy(ALWAYS, new Condition.Not(ALWAYS))))),
                        SHOP))
                .isEqualTo(new Allowed("all"));
    }

    @Test
    void aRouteReplacesTheRulesOrSwitchesThemOff() {
        List<RbacFilter> filters = List.of(filter(rules(Action.DENY, "chain", policy(ALWAYS, ALWAYS))));
        RbacFilter own = filter(rules(Action.DENY, "route", policy(ALWAYS, ALWAYS)));

        assertThat(Guard.check(filters, own, SHOP, REQUEST, ShadowObserver.NONE))
                .isEqualTo(new Denied("route"));
        assertThat(Guard.check(filters, new AccessOverride.Off(), SHOP, REQUEST, ShadowObserver.NONE))
                .isEqualTo(Allowed.BY_DEFAULT);
    }

    @Test
    void shadowRulesAreReportedAndEnforceNothing() {
        List<String> heard = new ArrayList<>();
        RbacFilter filter = new RbacFilter(null, "", rules(Action.DENY, "tried", policy(ALWAYS, ALWAYS)), "dry_run_");

        AccessDecision decision = Guard.check(
                List.of(filter),
                null,
                SHOP,
                REQUEST,
                (from, what) -> heard.add(from.shadowStatPrefix() + what.policy() + (what instanceof Denied)));

        assertThat(decision).isEqualTo(Allowed.BY_DEFAULT);
        assertThat(heard).containsExactly("dry_run_triedtrue");
    }

    @Test
    void aRuleThatFailsDenies() {
        Condition fails = new Condition.DestinationIp(range("10.0.0.0", 8));
        ConnectionFacts broken = new Broken();

        assertThat(Guard.check(
                        List.of(filter(rules(Action.DENY, "d", policy(fails, ALWAYS)))), broken, ShadowObserver.NONE))
                .isEqualTo(new Denied("d"));
        assertThat(Guard.check(
                        List.of(filter(rules(Action.ALLOW, "a", policy(fails, ALWAYS)))), broken, ShadowObserver.NONE))
                .isEqualTo(new Denied("a"));
    }

    @Test
    void conditionsOnRequestsHoldForNoConnection() {
        List<RbacFilter> filters = List.of(filter(rules(Action.ALLOW, "get", policy(GET, ALWAYS))));

        assertThat(Guard.check(filters, SHOP, ShadowObserver.NONE)).isEqualTo(Denied.BY_DEFAULT);
    }

    @Test
    void aPathIsMatchedWithoutItsQuery() {
        assertThat(holds(new Condition.UrlPath(new StringMatch.Exact("/admin/users", false)), SHOP))
                .isTrue();
        assertThat(holds(new Condition.UrlPath(new StringMatch.Suffix("/public", false)), SHOP))
                .isFalse();
    }

    @Test
    void addressesAndPortsAreMatched() {
        assertThat(holds(new Condition.DestinationIp(range("10.90.0.0", 16)), SHOP))
                .isTrue();
        assertThat(holds(new Condition.DestinationIp(range("10.91.0.0", 16)), SHOP))
                .isFalse();
        assertThat(holds(new Condition.DestinationPort(8000, 8001), SHOP)).isTrue();
        assertThat(holds(new Condition.DestinationPort(7000, 8000), SHOP)).isFalse();
        assertThat(holds(new Condition.DirectRemoteIp(range("10.88.0.5", 32)), SHOP))
                .isTrue();
        assertThat(holds(new Condition.DirectRemoteIp(range("203.0.113.0", 24)), SHOP))
                .isFalse();
        assertThat(holds(new Condition.RemoteIp(range("203.0.113.0", 24)), SHOP))
                .isTrue();
        assertThat(holds(new Condition.ServerName(new StringMatch.Suffix(".test", false)), SHOP))
                .isTrue();
    }

    @Test
    void conditionsCombine() {
        Condition never = new Condition.Not(ALWAYS);

        assertThat(holds(new Condition.All(List.of(ALWAYS, GET)), SHOP)).isTrue();
        assertThat(holds(new Condition.All(List.of(ALWAYS, never)), SHOP)).isFalse();
        assertThat(holds(new Condition.All(List.of()), SHOP)).isTrue();
        assertThat(holds(new Condition.Any(List.of(never, GET)), SHOP)).isTrue();
        assertThat(holds(new Condition.Any(List.of()), SHOP)).isFalse();
    }

    @Test
    void aPeerIsKnownByUriNamesElseDnsNamesElseItsSubject() {
        Condition any = new Condition.Authenticated(null);
        Condition regex = new Condition.Authenticated(new StringMatch.Regex(Pattern.compile(".*/ns/shop/.*")));
        Condition dns = principal("shop.test");
        Condition subject = principal("CN=shop");

        assertThat(holds(any, SHOP)).isTrue();
        assertThat(holds(any, Peer.NOBODY)).isFalse();
        assertThat(holds(regex, SHOP)).isTrue();
        assertThat(holds(regex, Peer.of("spiffe://cluster.local/ns/other/sa/x")))
                .isFalse();
        assertThat(holds(dns, new Peer(new PeerCertificate(List.of(), List.of("shop.test"), "CN=shop"))))
                .isTrue();
        assertThat(holds(dns, new Peer(new PeerCertificate(List.of("spiffe://x"), List.of("shop.test"), ""))))
                .isFalse();
        assertThat(holds(subject, new Peer(new PeerCertificate(List.of(), List.of(), "CN=shop"))))
                .isTrue();
        assertThat(holds(subject, new Peer(new PeerCertificate(List.of(), List.of("shop.test"), "CN=shop"))))
                .isFalse();
    }

    /** What a policy that excludes a namespace compiles to: a caller without identity must not slip through. */
    @Test
    void notTheNamespaceStillMeansAnybodyElse() {
        Condition notShop =
                new Condition.Not(new Condition.Authenticated(new StringMatch.Regex(Pattern.compile(".*/ns/shop/.*"))));
        List<RbacFilter> deny = List.of(filter(rules(Action.DENY, "others", policy(ALWAYS, notShop))));

        assertThat(check(deny, Peer.NOBODY)).isEqualTo(new Denied("others"));
        assertThat(check(deny, SHOP)).isEqualTo(Allowed.BY_DEFAULT);
    }

    private static boolean holds(Condition condition, Peer peer) {
        return condition.matches(peer, REQUEST);
    }

    private static AccessDecision check(List<RbacFilter> filters, Peer peer) {
        return check(filters, peer, REQUEST);
    }

    private static AccessDecision check(List<RbacFilter> filters, Peer peer, RequestView request) {
        return Guard.check(filters, null, peer, request, ShadowObserver.NONE);
    }

    private static RbacFilter filter(RbacRules rules) {
        return new RbacFilter(rules, "", null, "");
    }

    private static RbacRules rules(Action action, String name, Policy policy) {
        return new RbacRules(action, Map.of(name, policy));
    }

    private static Policy policy(Condition permission, Condition principal) {
        return new Policy(List.of(permission), List.of(principal));
    }

    private static Condition principal(String name) {
        return new Condition.Authenticated(new StringMatch.Exact(name, false));
    }

    private static IpRange range(String base, int length) {
        return new IpRange(requireNonNull(IpAddress.parse(base)), length);
    }

    private record Peer(@Nullable PeerCertificate peer) implements ConnectionFacts {
        static final Peer NOBODY = new Peer(null);

        static Peer of(String uri) {
            return new Peer(new PeerCertificate(List.of(uri), List.of(), ""));
        }

        @Override
        public IpAddress directRemoteAddress() {
            return requireNonNull(IpAddress.parse("10.88.0.5"));
        }

        @Override
        public IpAddress remoteAddress() {
            return requireNonNull(IpAddress.parse("203.0.113.7"));
        }

        @Override
        public IpAddress localAddress() {
            return requireNonNull(IpAddress.parse("10.90.0.7"));
        }

        @Override
        public int localPort() {
            return 8000;
        }

        @Override
        public CharSequence requestedServerName() {
            return "outbound.test";
        }
    }

    /** A connection whose address cannot be told. */
    private static final class Broken implements ConnectionFacts {
        @Override
        public IpAddress directRemoteAddress() {
            throw new IllegalStateException("gone");
        }

        @Override
        public IpAddress remoteAddress() {
            throw new IllegalStateException("gone");
        }

        @Override
        public IpAddress localAddress() {
            throw new IllegalStateException("gone");
        }

        @Override
        public int localPort() {
            return 0;
        }

        @Override
        public CharSequence requestedServerName() {
            return "";
        }

        @Override
        public @Nullable PeerCertificate peer() {
            return null;
        }
    }
}
