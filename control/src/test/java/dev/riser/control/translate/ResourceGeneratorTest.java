package dev.riser.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.control.world.ProxyView;
import dev.riser.control.world.Scenario;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceGeneratorTest {
    private static final ResourceGenerator GENERATOR = new ResourceGenerator();

    private static String service(String port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: shop, namespace: prod}
                spec:
                  clusterIP: 10.1.0.1
                  selector: {app: shop}
                  ports: [%s]
                """.formatted(port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "mongo", "mysql", "redis", "tcp-db", "https", "tls-x"})
    void aServerThatMaySpeakFirstIsNeverMadeToWait(String portName) {
        Listener listener = GENERATOR
                .listener(
                        new Scenario()
                                .objects(service("{name: " + portName + ", port: 80}"))
                                .workload("c-1 test client 10.88.0.9")
                                .view("c-1"),
                        "10.1.0.1_80")
                .orElseThrow();

        assertThat(listener.getListenerFiltersList()).isEmpty();
        assertThat(listener.getFilterChains(0).getFilters(0).getName()).isEqualTo("envoy.filters.network.tcp_proxy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "http-web", "http2", "grpc"})
    void requestsOnADeclaredPortAreNotLookedForEither(String portName) {
        Listener listener = GENERATOR
                .listener(
                        new Scenario()
                                .objects(service("{name: " + portName + ", port: 80}"))
                                .workload("c-1 test client 10.88.0.9")
                                .view("c-1"),
                        "10.1.0.1_80")
                .orElseThrow();

        assertThat(listener.getListenerFiltersList()).isEmpty();
        assertThat(listener.getFilterChains(0).getFilters(0).getName()).isEqualTo(HttpConnections.MANAGER);
    }

    @ParameterizedTest
    @CsvSource({"team:testers,test,beta", "team:users,test,all", "team:testers,prod,beta-of-prod"})
    void rulesForOtherCallersAreLeftOut(String label, String namespace, String expected) {
        String rules = """
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: shop, namespace: prod}
                spec:
                  hosts: [shop]
                  http:
                  - name: beta-of-prod
                    match: [{sourceNamespace: prod}]
                    route: [{destination: {host: shop}}]
                  - name: beta
                    match: [{sourceLabels: {team: testers}}]
                    route: [{destination: {host: shop}}]
                  - name: all
                    route: [{destination: {host: shop}}]
                """;
        ProxyView view = new Scenario()
                .objects(service("{name: http, port: 80}") + rules)
                .workload("c-1 " + namespace + " client 10.88.0.9 labels=" + label)
                .view("c-1");

        List<String> names =
                GENERATOR
                        .route(view, "shop.prod.svc.cluster.local:80")
                        .orElseThrow()
                        .getVirtualHosts(0)
                        .getRoutesList()
                        .stream()
                        .map(Route::getName)
                        .toList();

        assertThat(names).startsWith(expected).endsWith("all");
    }

    @Test
    void aSubsetWhoseNameIsANumberIsNoAddress() {
        String rule = """
                ---
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: shop, namespace: prod}
                spec: {host: shop, subsets: [{name: "2", labels: {version: "2"}}]}
                """;
        ProxyView view = new Scenario()
                .objects(service("{name: http, port: 80}") + rule)
                .workload("s-1 prod shop 10.88.0.2 labels=app:shop,version:2")
                .view("s-1");

        assertThat(GENERATOR
                        .endpoints(view, "outbound|80|2|shop.prod.svc.cluster.local")
                        .orElseThrow()
                        .getEndpointsCount())
                .isEqualTo(1);
    }

    @Test
    void noProxySeesAnythingOfAServiceThatIsNotExportedToIt() {
        String entry = """
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: api, namespace: ops}
                spec:
                  hosts: [api.example.com]
                  addresses: [10.7.0.1]
                  exportTo: ["."]
                  ports: [{number: 80, name: http, protocol: HTTP}]
                  resolution: STATIC
                  endpoints: [{address: 10.7.0.2}]
                """;
        Scenario scenario =
                new Scenario().objects(entry).workload("c-1 prod c 10.88.0.9").workload("o-1 ops o 10.88.0.8");

        for (String id : List.of("c-1", "o-1")) {
            ProxyView view = scenario.view(id);
            boolean sees = id.equals("o-1");
            assertThat(GENERATOR.listener(view, "10.7.0.1_80").isPresent()).isEqualTo(sees);
            assertThat(GENERATOR.route(view, "api.example.com:80").isPresent()).isEqualTo(sees);
            assertThat(GENERATOR.cluster(view, "outbound|80||api.example.com").isPresent())
                    .isEqualTo(sees);
            assertThat(GENERATOR.endpoints(view, "outbound|80||api.example.com").isPresent())
                    .isEqualTo(sees);
            assertThat(GENERATOR.host(view, "api.example.com").isPresent()).isEqualTo(sees);
            assertThat(GENERATOR.all(view, ResourceNames.CLUSTER_TYPE).containsKey("outbound|80||api.example.com"))
                    .isEqualTo(sees);
        }
    }

    @Test
    void everyResourceOfAListBearsTheNameUnderWhichItIsListed() {
        ProxyView view = new Scenario()
                .objects(service("{name: http, port: 80}, {name: tcp, port: 81}"))
                .workload("s-1 prod shop 10.88.0.2 labels=app:shop")
                .view("s-1");

        GENERATOR
                .all(view, ResourceNames.LISTENER_TYPE)
                .forEach((name, listener) ->
                        assertThat(((Listener) listener).getName()).isEqualTo(name));
        assertThat(GENERATOR.all(view, ResourceNames.LISTENER_TYPE))
                .containsOnlyKeys("virtualInbound", "virtualOutbound", "10.1.0.1_80", "10.1.0.1_81");
        assertThat(GENERATOR.all(view, ResourceNames.ROUTE_TYPE)).containsOnlyKeys("shop.prod.svc.cluster.local:80");
        assertThat(GENERATOR.all(view, ResourceNames.CLUSTER_TYPE))
                .containsKeys("inbound|80||", "inbound|81||", "outbound|81||shop.prod.svc.cluster.local");
        assertThat(GENERATOR.all(view, "type.googleapis.com/unknown")).isEmpty();
    }
}
