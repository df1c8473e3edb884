package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.riser.base.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorldChecksTest {
    private static final String SERVICES = """
            apiVersion: v1
            kind: Service
            metadata: {name: product, namespace: prod}
            spec: {ports: [{port: 8000}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: apis, namespace: prod}
            spec:
              hosts: ["*.example.com"]
              ports: [{number: 443, name: tls, protocol: TLS}]
            ---
            """;

    private static List<Problem> check(String text) {
        ReadResult result = Texts.read(SERVICES + text);
        assertThat(result.problems()).isEmpty();
        return WorldChecks.check(result.objects());
    }

    private static String virtualService(String namespace, String name, String spec) {
        return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name
                + ", namespace: " + namespace + "}\nspec: " + spec + "\n";
    }

    @Test
    void hosts_of_services_and_under_wildcards_of_entries_are_somebodys() {
        assertThat(
                        check(
                                virtualService(
                                        "prod",
                                        "a",
                                        "{hosts: [product, api.example.com, '*.example.com'], http: [{route: [{destination: {host: api.example.com, port: {number: 443}}}]}]}")))
                .isEmpty();
    }

    @Test
    void a_short_name_in_the_wrong_namespace_is_pointed_to_the_right_one() {
        assertThat(check(virtualService("shop", "a", "{hosts: [product], http: [{directResponse: {status: 200}}]}")))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.field()).isEqualTo("spec.hosts[0]");
                    assertThat(problem.suggestion()).endsWith("did you mean product.prod.svc.cluster.local?");
                });
    }

    @Test
    void a_name_that_lacks_its_ending_is_the_service() {
        assertThat(
                        check(
                                virtualService(
                                        "shop",
                                        "a",
                                        "{hosts: [product.prod], http: [{route: [{destination: {host: product.prod.svc, port: {number: 8000}}}]}]}")))
                .isEmpty();
    }

    @Test
    void a_wildcard_that_covers_no_host_is_reported() {
        assertThat(check(virtualService("prod", "a", "{hosts: ['*.org'], http: [{directResponse: {status: 200}}]}")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.found()).isEqualTo("*.org"));
    }

    @Test
    void hosts_that_workloads_serve_need_no_object() {
        ReadResult result = Texts.read(
                virtualService(
                        "prod",
                        "a",
                        "{hosts: [cart], http: [{route: [{weight: 1, destination: {host: cart, port: {number: 7000}}}, {weight: 1, destination: {host: cart, port: {number: 7001}}}]}]}"));
        assertThat(WorldChecks.check(result.objects(), Map.of("cart.prod.svc.cluster.local", Set.of(7000))))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.field()).isEqualTo("spec.http[0].route[1].destination.port.number");
                    assertThat(problem.allowed()).isEqualTo("7000");
                });
    }

    @Test
    void mirrors_and_tcp_targets_are_checked_too() {
        assertThat(
                        check(
                                virtualService(
                                        "prod",
                                        "a",
                                        "{hosts: [product], http: [{route: [{destination: {host: product}}], mirrors: [{destination: {host: x}}, {destination: {host: product, subset: v9}}]}], tcp: [{route: [{destination: {host: y}}]}]}")))
                .extracting(Problem::field)
                .containsExactly(
                        "spec.http[0].mirrors[0].destination.host",
                        "spec.http[0].mirrors[1].destination.subset",
                        "spec.tcp[0].route[0].destination.host");
    }

    @Test
    void of_two_virtual_services_for_a_host_the_later_by_name_loses() {
        String spec = "{hosts: [product.prod.svc.cluster.local], http: [{directResponse: {status: 200}}]}";
        assertThat(check(virtualService("prod", "b", spec) + virtualService("prod", "a", spec)))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.object()).isEqualTo("VirtualService prod/b");
                    assertThat(problem.message()).contains("VirtualService prod/a");
                });
    }

    @Test
    void objects_that_nobody_sees_together_are_no_rivals() {
        String spec =
                "{exportTo: [.], hosts: [product.prod.svc.cluster.local], http: [{directResponse: {status: 200}}]}";
        assertThat(check(virtualService("prod", "a", spec) + virtualService("shop", "a", spec)))
                .isEmpty();
    }

    @Test
    void an_object_that_is_written_twice_is_reported_with_both_places() {
        String spec = "{hosts: [product], http: [{directResponse: {status: 200}}]}";
        assertThat(check(virtualService("prod", "a", spec) + virtualService("prod", "a", spec)))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.line()).isEqualTo(19);
                    assertThat(problem.message()).contains("test.yaml:14");
                });
    }

    @Test
    void delegates_must_exist_and_have_no_hosts() {
        String root = virtualService("prod", "root", "{hosts: [product], http: [{delegate: {name: part}}]}");
        assertThat(check(root)).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo("spec.http[0].delegate");
            assertThat(problem.message()).contains("not there");
        });
        assertThat(check(root + virtualService("prod", "part", "{http: [{directResponse: {status: 200}}]}")))
                .isEmpty();
        assertThat(check(root
                        + virtualService(
                                "prod", "part", "{hosts: [a.example.com], http: [{directResponse: {status: 200}}]}")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("hosts of its own"));
    }

    @Test
    void a_subset_may_come_from_a_rule_for_a_wildcard() {
        String route = virtualService(
                "prod", "a", "{hosts: [product], http: [{route: [{destination: {host: product, subset: v1}}]}]}");
        String rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                + "metadata: {name: a, namespace: prod}\nspec: {host: '*.prod.svc.cluster.local', subsets: [{name: v1}]}\n";
        assertThat(check(route)).hasSize(1);
        assertThat(check(route + rule)).isEmpty();
    }

    @Test
    void of_two_rules_of_a_namespace_only_what_both_say_is_reported() {
        String rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n";
        String first = rule
                + "metadata: {name: a, namespace: prod}\nspec: {host: product, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1}]}\n";
        assertThat(check(first
                        + rule + "metadata: {name: b, namespace: prod}\nspec: {host: product, subsets: [{name: v2}]}\n"
                        + rule
                        + "metadata: {name: b, namespace: shop}\nspec: {host: product.prod, subsets: [{name: v1}]}\n"))
                .isEmpty();
        assertThat(
                        check(
                                first + rule
                                        + "metadata: {name: b, namespace: prod}\nspec: {host: product, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1}]}\n"))
                .extracting(Problem::field, Problem::found)
                .containsExactly(tuple("spec.trafficPolicy", "product"), tuple("spec.subsets", "v1"));
    }

    @Test
    void a_delegate_must_be_exported_to_those_who_delegate() {
        String root =
                virtualService("prod", "root", "{hosts: [product], http: [{delegate: {name: part, namespace: shop}}]}");
        assertThat(check(root
                        + virtualService("shop", "part", "{exportTo: [.], http: [{directResponse: {status: 200}}]}")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("not exported"));
    }

    @Test
    void a_rule_for_other_clients_is_no_rival() {
        String rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n";
        assertThat(
                        check(
                                rule + "metadata: {name: a, namespace: prod}\nspec: {host: product}\n" + rule
                                        + "metadata: {name: b, namespace: prod}\nspec: {host: product, workloadSelector: {matchLabels: {app: x}}}\n"))
                .isEmpty();
    }
}
