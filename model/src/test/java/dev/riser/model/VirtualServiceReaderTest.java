package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VirtualServiceReaderTest {
    private static String virtualService(String spec) {
        return "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                + "metadata: {name: shop, namespace: prod, labels: {team: shop}}\nspec:\n"
                + spec.indent(2);
    }

    private static HttpRule rule(String rule) {
        return Texts.only(
                        VirtualService.class,
                        virtualService(
                                "hosts: [product]\nhttp:\n- " + rule.indent(2).strip()))
                .http()
                .getFirst();
    }

    /** The problem of one rule, as field and message. */
    private static String problem(String rule) {
        ReadResult result = Texts.read(
                virtualService("hosts: [product]\nhttp:\n- " + rule.indent(2).strip()));
        assertThat(result.objects()).isEmpty();
        assertThat(result.problems()).hasSize(1);
        Problem problem = result.problems().getFirst();
        return problem.field() + ": " + problem.message();
    }

    private static final String ROUTE = "route: [{destination: {host: product}}]\n";

    @Test
    void every_field_of_a_match_is_read() {
        HttpRule rule = rule("""
                name: canary
                match:
                - name: beta
                  uri: {prefix: /api/}
                  scheme: {exact: http}
                  method: {regex: GET|HEAD}
                  authority: {exact: shop.example.com}
                  headers:
                    X-Group: {exact: beta}
                    x-any: {}
                  withoutHeaders: {x-bot: {regex: ".+"}}
                  queryParams: {Version: {exact: "2"}}
                  ignoreUriCase: true
                  port: 8000
                  sourceLabels: {app: frontend}
                  sourceNamespace: prod
                  gateways: [mesh]
                """ + ROUTE);
        assertThat(rule.name()).isEqualTo("canary");
        assertThat(rule.index()).isZero();
        assertThat(rule.line()).isEqualTo(7);
        HttpRule.Match match = rule.matches().getFirst();
        assertThat(match.name()).isEqualTo("beta");
        assertThat(match.uri()).contains(new StringMatch.Prefix("/api/"));
        assertThat(match.scheme()).contains(new StringMatch.Exact("http"));
        assertThat(match.method().orElseThrow().matches("HEAD")).isTrue();
        assertThat(match.method().orElseThrow().matches("HEADER")).isFalse();
        assertThat(match.authority()).contains(new StringMatch.Exact("shop.example.com"));
        assertThat(match.headers())
                .isEqualTo(Map.of("x-group", new StringMatch.Exact("beta"), "x-any", new StringMatch.Present()));
        assertThat(match.withoutHeaders()).containsOnlyKeys("x-bot");
        assertThat(match.queryParams()).isEqualTo(Map.of("Version", new StringMatch.Exact("2")));
        assertThat(match.ignoreUriCase()).isTrue();
        assertThat(match.port()).hasValue(8000);
        assertThat(match.sourceLabels()).isEqualTo(Map.of("app", "frontend"));
        assertThat(match.sourceNamespace()).contains("prod");
        assertThat(match.line()).isEqualTo(9);
    }

    @Test
    void every_field_of_a_rule_that_forwards_is_read() {
        HttpRule rule = rule("""
                route:
                - destination: {host: product, subset: v1, port: {number: 8000}}
                  weight: 90
                  headers: {response: {add: {x-version: v1}}}
                - destination: {host: product, subset: v2}
                  weight: 10
                rewrite: {authority: product.internal, uriRegexRewrite: {match: "^/a/(.*)$", rewrite: '/b/\\1'}}
                timeout: 1.5s
                retries: {attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,connect-failure,503", retryRemoteLocalities: true, retryIgnorePreviousHosts: false, backoff: 50ms}
                fault:
                  delay: {fixedDelay: 2s, percentage: {value: 0.5}}
                  abort: {grpcStatus: UNAVAILABLE, percent: 20}
                headers:
                  request: {set: {X-A: a}, add: {x-b: b}, remove: [X-C]}
                corsPolicy:
                  allowOrigins: [{exact: "https://shop.example.com"}, {regex: "https://.*\\\\.example\\\\.com"}]
                  allowMethods: [GET, POST]
                  allowHeaders: [x-token]
                  exposeHeaders: [x-trace]
                  maxAge: 24h
                  allowCredentials: true
                  unmatchedPreflights: IGNORE
                mirrors:
                - destination: {host: shadow}
                  percentage: {value: 1}
                - destination: {host: archive}
                """);
        assertThat(rule.matches()).isEmpty();
        HttpRule.Forward forward = (HttpRule.Forward) rule.action();
        assertThat(forward.targets()).extracting(WeightedDestination::weight).containsExactly(90, 10);
        assertThat(forward.targets().getFirst().destination())
                .isEqualTo(new Destination("product", Optional.of("v1"), OptionalInt.of(8000), 8));
        assertThat(forward.targets().getFirst().headers().response().add()).isEqualTo(Map.of("x-version", "v1"));
        HttpRule.Rewrite rewrite = rule.rewrite().orElseThrow();
        assertThat(rewrite.authority()).contains("product.internal");
        assertThat(rewrite.path().orElseThrow()).isInstanceOfSatisfying(HttpRule.PathRewrite.Regex.class, regex -> {
            assertThat(regex.match()).isEqualTo("^/a/(.*)$");
            assertThat(regex.rewrite()).isEqualTo("/b/\\1");
        });
        assertThat(rule.timeout()).contains(Duration.ofMillis(1500));
        assertThat(rule.retries())
                .contains(new HttpRule.Retries(
                        3,
                        Optional.of(Duration.ofMillis(500)),
                        List.of("5xx", "connect-failure", "503"),
                        true,
                        false,
                        Optional.of(Duration.ofMillis(50))));
        HttpRule.Fault fault = rule.fault().orElseThrow();
        assertThat(fault.delay()).contains(new HttpRule.Delay(Duration.ofSeconds(2), new Percentage(0.5)));
        assertThat(fault.delay().orElseThrow().percentage().ofAMillion()).isEqualTo(5000);
        assertThat(fault.abort()).contains(new HttpRule.Abort(new HttpRule.AbortStatus.Grpc(14), new Percentage(20)));
        assertThat(rule.headers().request())
                .isEqualTo(new HeaderChanges.Operations(Map.of("x-a", "a"), Map.of("x-b", "b"), List.of("x-c")));
        HttpRule.Cors cors = rule.cors().orElseThrow();
        assertThat(cors.allowOrigins()).hasSize(2);
        assertThat(cors.allowMethods()).containsExactly("GET", "POST");
        assertThat(cors.maxAge()).contains(Duration.ofDays(1));
        assertThat(cors.allowCredentials()).contains(true);
        assertThat(cors.forwardUnmatchedPreflights()).isFalse();
        assertThat(rule.mirrors())
                .extracting(HttpRule.Mirror::percentage)
                .containsExactly(new Percentage(1), Percentage.ALL);
    }

    @Test
    void a_single_target_without_weight_gets_everything_and_an_unweighted_one_beside_others_nothing() {
        HttpRule.Forward alone = (HttpRule.Forward) rule(ROUTE).action();
        assertThat(alone.targets().getFirst().weight()).isEqualTo(100);
        HttpRule.Forward two =
                (HttpRule.Forward) rule("route: [{destination: {host: a}, weight: 5}, {destination: {host: b}}]")
                        .action();
        assertThat(two.targets()).extracting(WeightedDestination::weight).containsExactly(5, 0);
    }

    @Test
    void redirects_direct_responses_and_delegates_are_read() {
        assertThat(
                        rule("redirect: {uri: /v2, authority: new.example.com, scheme: https, derivePort: FROM_PROTOCOL_DEFAULT, redirectCode: 308}")
                                .action())
                .isEqualTo(new HttpRule.Redirect(
                        Optional.of(new HttpRule.RedirectPath.Whole("/v2")),
                        Optional.of("new.example.com"),
                        Optional.of("https"),
                        Optional.of(new HttpRule.RedirectPort.ProtocolDefault()),
                        308));
        assertThat(rule("redirect: {port: 8443}").action())
                .isEqualTo(new HttpRule.Redirect(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new HttpRule.RedirectPort.Fixed(8443)),
                        301));
        assertThat(rule("directResponse: {status: 503, body: {string: closed}}").action())
                .isEqualTo(new HttpRule.DirectResponse(503, "closed".getBytes(StandardCharsets.UTF_8)));
        assertThat(rule("directResponse: {status: 503, body: {bytes: AAE=}}").action())
                .isEqualTo(new HttpRule.DirectResponse(503, new byte[] {0, 1}));
        assertThat(rule("delegate: {name: rest}").action()).isEqualTo(new HttpRule.Delegate("prod", "rest"));
        assertThat(rule("delegate: {name: rest, namespace: shop}").action())
                .isEqualTo(new HttpRule.Delegate("shop", "rest"));
    }

    @Test
    void rules_for_tls_and_tcp_are_read() {
        VirtualService read = Texts.only(VirtualService.class, virtualService("""
                        hosts: ["*.example.com"]
                        exportTo: [., monitoring]
                        tls:
                        - match: [{sniHosts: [a.example.com], port: 443, destinationSubnets: [10.0.0.0/8], sourceLabels: {app: x}}]
                          route: [{destination: {host: a.example.com}}]
                        tcp:
                        - match: [{port: 5432, sourceNamespace: shop}]
                          route: [{destination: {host: db}, weight: 1}, {destination: {host: db2}, weight: 3}]
                        """));
        assertThat(read.tls()).singleElement().satisfies(rule -> {
            assertThat(rule.matches().getFirst().sniHosts()).containsExactly("a.example.com");
            assertThat(rule.matches().getFirst().destinationSubnets()).containsExactly(IpBlock.parse("10.0.0.0/8"));
            assertThat(rule.matches().getFirst().port()).hasValue(443);
        });
        assertThat(read.tcp()).singleElement().satisfies(rule -> {
            assertThat(rule.matches().getFirst().sourceNamespace()).contains("shop");
            assertThat(rule.targets()).extracting(WeightedDestination::weight).containsExactly(1, 3);
        });
        assertThat(read.visibleIn("prod")).isTrue();
        assertThat(read.visibleIn("monitoring")).isTrue();
        assertThat(read.visibleIn("shop")).isFalse();
        assertThat(read.labels()).isEqualTo(Map.of("team", "shop"));
        assertThat(read.origin()).isEqualTo(new Origin("VirtualService", "prod", "shop", "test.yaml", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v1beta1", "v1alpha3"})
    void all_three_versions_are_read(String version) {
        String text = virtualService("hosts: [product]\nhttp:\n- " + ROUTE).replace("io/v1", "io/" + version);
        assertThat(Texts.only(VirtualService.class, text).http()).hasSize(1);
        assertThat(Texts.read(text).documents().getFirst().apiVersion()).isEqualTo("networking.istio.io/" + version);
    }

    @Test
    void what_concerns_a_gateway_is_noted_and_left_out() {
        ReadResult result = Texts.read(virtualService("""
                hosts: [product]
                gateways: [mesh, front]
                http:
                - match: [{gateways: [front], uri: {prefix: /a}}]
                  route: [{destination: {host: product}}]
                - match: [{gateways: [front], uri: {prefix: /a}}, {uri: {prefix: /b}}]
                  route: [{destination: {host: product}}]
                """));
        VirtualService read = (VirtualService) result.objects().getFirst();
        assertThat(read.http()).singleElement().satisfies(rule -> {
            assertThat(rule.index()).isEqualTo(1);
            assertThat(rule.matches())
                    .singleElement()
                    .satisfies(match -> assertThat(match.uri()).contains(new StringMatch.Prefix("/b")));
        });
        assertThat(result.problems())
                .extracting(Problem::field)
                .containsExactly("spec.gateways", "spec.http[0].match[0].gateways", "spec.http[1].match[0].gateways");
    }

    @Test
    void a_virtual_service_without_hosts_is_one_that_others_delegate_to() {
        assertThat(Texts.only(VirtualService.class, virtualService("http:\n- " + ROUTE))
                        .hosts())
                .isEmpty();
        assertThat(Texts.read(virtualService("http: [{delegate: {name: x}}]")).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.field()).isEqualTo("spec.http[0].delegate"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "redirect: {}|spec.http[0].redirect: the redirect leads back",
                "redirect: {uri: /a, prefixRewrite: /b}|spec.http[0].redirect: the redirect gives the path twice",
                "redirect: {uri: /a, redirectCode: 200}|spec.http[0].redirect.redirectCode: the status is none of a redirect",
                "directResponse: {status: 99}|spec.http[0].directResponse.status: the value is out of range",
                "directResponse: {status: 200, body: {}}|spec.http[0].directResponse.body: the body must be given once",
                "route: []|spec.http[0].route: the route has no target",
                "route: [{destination: {host: '*.a'}}]|spec.http[0].route[0].destination.host: a wildcard cannot stand here",
                "route: [{destination: {host: a}, weight: 1.5}]|spec.http[0].route[0].weight: the value is not a whole number",
                "route: [{destination: {host: a}, weight: '5'}]|spec.http[0].route[0].weight: the value is not a whole number",
                "route: [{destination: {host: a}, weight: 0}]|spec.http[0].route: the weights of the route are all 0",
                "redirect: {uri: /a}\\nrewrite: {uri: /b}|spec.http[0].rewrite: nothing is forwarded",
                "directResponse: {status: 200}\\nmirror: {host: a}|spec.http[0]: nothing is forwarded",
            })
    void what_a_rule_does_is_checked(String rule, String expected) {
        assertThat(problem(rule.replace("\\n", "\n"))).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "timeout: -1s|spec.http[0].timeout: the duration is negative",
                "timeout: 1us|spec.http[0].timeout: the duration is too short",
                "timeout: soon|spec.http[0].timeout: the value is not a duration",
                "timeout: {}|spec.http[0].timeout: the value has the wrong type",
                "retries: {}|spec.http[0].retries.attempts: a required field is missing",
                "retries: {attempts: -1}|spec.http[0].retries.attempts: the value is negative",
                "retries: {attempts: 1, retryOn: 5xy}|spec.http[0].retries.retryOn: '5xy' is no condition",
                "fault: {}|spec.http[0].fault: the fault says nothing",
                "fault: {delay: {}}|spec.http[0].fault.delay.fixedDelay: a required field is missing",
                "fault: {abort: {httpStatus: 500, grpcStatus: INTERNAL}}|spec.http[0].fault.abort: the abort must say with what",
                "fault: {abort: {grpcStatus: BROKEN}}|spec.http[0].fault.abort.grpcStatus: the value is not known",
                "rewrite: {}|spec.http[0].rewrite: the rewrite changes nothing",
                "rewrite: {uriRegexRewrite: {match: '(a)', rewrite: '\\2'}}|spec.http[0].rewrite.uriRegexRewrite.rewrite: the replacement mentions a group",
                "rewrite: {uriRegexRewrite: {match: '(a', rewrite: b}}|spec.http[0].rewrite.uriRegexRewrite.match: the regular expression cannot be compiled",
                "mirror: {host: a}\\nmirrors: [{destination: {host: b}}]|spec.http[0].mirror: mirrors are given twice",
                "mirrorPercentage: {value: 5}|spec.http[0].mirrorPercentage: the share belongs to mirror",
                "headers: {request: {set: {host: a}}}|spec.http[0].headers.request.set[host]: the host cannot be changed as a header",
                "headers: {request: {set: {'a b': a}}}|spec.http[0].headers.request.set[a b]: 'a b' is not the name of a header",
                "headers: {response: {add: {a: \"x\\r\\ny\"}}}|spec.http[0].headers.response.add[a]: a header's value cannot hold control characters",
                "corsPolicy: {allowMethods: [get]}|spec.http[0].corsPolicy.allowMethods[0]: methods are written in upper case",
                "match: [{uri: /a}]|spec.http[0].match[0].uri: the value has the wrong type",
                "match: [{uri: {}}]|spec.http[0].match[0].uri: the condition says nothing",
                "match: [{uri: {regex: a.*}, ignoreUriCase: true}]|spec.http[0].match[0].ignoreUriCase: ignoreUriCase has no effect on a regex",
                "match: [{uri: {regex: '((a{1000}){1000}){1000}'}}]|spec.http[0].match[0].uri.regex: the regular expression is too large",
                "match: [{statPrefix: a}]|spec.http[0].match[0].statPrefix: the field is known, but not supported",
                "match: [{headers: {':path': {exact: a}}}]|spec.http[0].match[0].headers[:path]: ':path' is not the name of a header",
                "match: [{sourceLabels: {'a b': c}}]|spec.http[0].match[0].sourceLabels[a b]: the label's name is not valid",
            })
    void everything_beside_the_route_is_checked(String field, String expected) {
        assertThat(problem(field.replace("\\n", "\n") + "\n" + ROUTE)).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hosts: [a]|spec|there is no rule",
                "hosts: [a]\\nhttp: []|spec|there is no rule",
                "hosts: []\\nhttp: [{route: [{destination: {host: a}}]}]|spec.hosts|a required field is missing",
                "hosts: ['a..b']\\nhttp: [{route: [{destination: {host: a}}]}]|spec.hosts[0]|the value is not a host name",
                "hosts: [a]\\ntls: [{route: [{destination: {host: a}}]}]|spec.tls[0].match|a required field is missing",
                "hosts: [a]\\ntls: [{match: [{port: 443}], route: [{destination: {host: a}}]}]|spec.tls[0].match[0].sniHosts|a required field is missing",
                "hosts: [a]\\ntcp: [{match: [{destinationSubnets: [10.0.0.0/33]}], route: [{destination: {host: a}}]}]|spec.tcp[0].match[0].destinationSubnets[0]|the value is not an address or block",
                "hosts: [a]\\ntcp: [{match: [{sourceSubnet: 10.0.0.0/8}], route: [{destination: {host: a}}]}]|spec.tcp[0].match[0].sourceSubnet|the field is known, but not supported",
            })
    void the_whole_is_checked(String spec, String field, String message) {
        ReadResult result = Texts.read(virtualService(spec.replace("\\n", "\n")));
        assertThat(result.objects()).isEmpty();
        assertThat(result.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo(field);
            assertThat(problem.message()).startsWith(message);
        });
    }
}
