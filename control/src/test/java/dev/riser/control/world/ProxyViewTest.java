package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.model.DestinationRule;
import dev.riser.model.PortProtocol;
import dev.riser.model.VirtualService;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxyViewTest {
    private static final String SHOP = """
            apiVersion: v1
            kind: Service
            metadata: {name: shop, namespace: prod}
            spec:
              clusterIP: 10.1.0.1
              selector: {app: shop}
              ports: [{name: http, port: 80, targetPort: 8080}]
            """;

    private static String rule(String name, String namespace, String host, String more) {
        return """
                ---
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: %s, namespace: %s}
                spec:
                  host: "%s"
                  subsets: [{name: of-%s, labels: {a: b}}]
                  %s
                """.formatted(name, namespace, host, name, more);
    }

    private static List<String> subsets(String rules, String clientNamespace) {
        ProxyView view = new Scenario()
                .objects(SHOP + rules)
                .workload("c-1 " + clientNamespace + " client 10.88.0.9 labels=app:client")
                .view("c-1");
        return view
                .destinationRule(view.service("shop.prod.svc.cluster.local").orElseThrow())
                .map(DestinationRule::subsets)
                .orElse(List.of())
                .stream()
                .map(DestinationRule.Subset::name)
                .toList();
    }

    @Test
    void theClientsNamespaceBeatsTheServicesWhichBeatsTheRoot() {
        String root = rule("root", "istio-system", "shop.prod.svc.cluster.local", "");
        String service = rule("service", "prod", "shop", "");
        String client = rule("client", "test", "shop.prod.svc.cluster.local", "");

        assertThat(subsets(root, "test")).containsExactly("of-root");
        assertThat(subsets(root + service, "test")).containsExactly("of-service");
        assertThat(subsets(root + service + client, "test")).containsExactly("of-client");
        assertThat(subsets(root + service + client, "prod")).containsExactly("of-service");
    }

    @Test
    void theMostSpecificHostWinsAndRulesForTheSameHostAreMerged() {
        String wide = rule("wide", "prod", "*.prod.svc.cluster.local", "");
        String first = rule("a", "prod", "shop", "");
        String second = rule("b", "prod", "shop.prod.svc.cluster.local", "");

        assertThat(subsets(wide, "test")).containsExactly("of-wide");
        assertThat(subsets(wide + second + first, "test")).containsExactly("of-a", "of-b");
    }

    @Test
    void aRuleThatIsNotExportedOrMeantForOthersIsNotSeen() {
        assertThat(subsets(rule("own", "prod", "shop", "exportTo: [\".\"]"), "test"))
                .isEmpty();
        assertThat(subsets(rule("own", "prod", "shop", "exportTo: [\".\"]"), "prod"))
                .containsExactly("of-own");
        assertThat(subsets(rule("of-b", "prod", "shop", "workloadSelector: {matchLabels: {app: other}}"), "prod"))
                .isEmpty();
    }

    @Test
    void theExactHostOfAVirtualServiceBeatsAWildcardAndThenTheNameDecides() {
        String wide = virtualService("a-wide", "*.prod.svc.cluster.local");
        String second = virtualService("c", "shop");
        String first = virtualService("b", "shop.prod.svc.cluster.local");
        ProxyView view = new Scenario()
                .objects(SHOP + wide + second + first)
                .workload("c-1 test client 10.88.0.9")
                .view("c-1");

        assertThat(view.virtualService(
                        view.service("shop.prod.svc.cluster.local").orElseThrow()))
                .map(VirtualService::name)
                .contains("b");
    }

    private static String virtualService(String name, String host) {
        return """
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: %s, namespace: prod}
                spec: {hosts: ["%s"], http: [{directResponse: {status: 200}}]}
                """.formatted(name, host);
    }

    @Test
    void namesWithoutSuffixAreTheServicesWhoseNamesTheyAre() {
        ProxyView view =
                new Scenario().objects(SHOP).workload("c-1 test c 10.88.0.9").view("c-1");

        assertThat(List.of(
                        view.resolve("shop", "prod"),
                        view.resolve("shop.prod", "test"),
                        view.resolve("shop.prod.svc", "test"),
                        view.resolve("shop", "test"),
                        view.resolve("Other.Example.com", "test")))
                .containsExactly(
                        "shop.prod.svc.cluster.local",
                        "shop.prod.svc.cluster.local",
                        "shop.prod.svc.cluster.local",
                        "shop.test.svc.cluster.local",
                        "other.example.com");
    }

    @Test
    void inboundPortsAreThoseOfTheProxyTheRegistrationAndTheServices() {
        ProxyView view = new Scenario()
                .objects(SHOP)
                .workload("s-1 prod shop 10.88.0.2 labels=app:shop ports=8080,9000/tcp")
                .view("s-1");

        assertThat(view.inboundPorts()).isEqualTo(Map.of(8080, PortProtocol.HTTP, 9000, PortProtocol.TCP));
        assertThat(view.servicesBehind(8080)).extracting(MeshService::name).containsExactly("shop");
        assertThat(view.servicesBehind(9000)).isEmpty();
    }

    @Test
    void theNamespacesOwnServiceEntryBeatsAnotherForTheSameHost() {
        String entries = entry("a", "prod", 1) + "---\n" + entry("b", "test", 2);
        Scenario scenario =
                new Scenario().objects(entries).workload("c-1 test c 10.88.0.9").workload("d-1 dev d 10.88.0.8");

        assertThat(scenario.view("c-1").service("api.example.com").orElseThrow().namespace())
                .isEqualTo("test");
        assertThat(scenario.view("d-1").service("api.example.com").orElseThrow().namespace())
                .isEqualTo("prod");
    }

    private static String entry(String name, String namespace, int port) {
        return """
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: %s, namespace: %s}
                spec:
                  hosts: [api.example.com]
                  ports: [{number: %d, name: http, protocol: HTTP}]
                  resolution: DNS
                """.formatted(name, namespace, port);
    }

    @Test
    void aNodeIsReadFromItsMetadata() {
        Node node = Node.newBuilder()
                .setId("sidecar~10.88.0.2~shop-1.prod~prod.svc.cluster.local")
                .setMetadata(Struct.newBuilder()
                        .putFields("NAMESPACE", text("prod"))
                        .putFields("WORKLOAD_NAME", text("shop"))
                        .putFields("INSTANCE", text("shop-1"))
                        .putFields("SERVICE_ACCOUNT", text("account"))
                        .putFields("INSTANCE_IPS", text("10.88.0.2, FD88::2, nonsense"))
                        .putFields("INBOUND_PORTS", text("80,8080,x,"))
                        .putFields(
                                "LABELS",
                                Value.newBuilder()
                                        .setStructValue(Struct.newBuilder().putFields("app", text("shop")))
                                        .build()))
                .build();

        assertThat(ProxyNode.from(node))
                .isEqualTo(new ProxyNode(
                        node.getId(),
                        "prod",
                        "shop",
                        "shop-1",
                        "account",
                        Map.of("app", "shop"),
                        List.of("10.88.0.2", "fd88::2"),
                        List.of(80, 8080),
                        ""));
    }

    @Test
    void aForeignNodeIsReadFromItsId() {
        ProxyNode node = ProxyNode.from(Node.newBuilder()
                .setId("sidecar~10.88.0.2~shop-1.prod~prod.svc.cluster.local")
                .build());

        assertThat(node.namespace()).isEqualTo("prod");
        assertThat(node.addresses()).containsExactly("10.88.0.2");
    }

    private static Value text(String value) {
        return Value.newBuilder().setStringValue(value).build();
    }
}
