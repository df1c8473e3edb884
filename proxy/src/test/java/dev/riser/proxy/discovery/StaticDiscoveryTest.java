package dev.riser.proxy.discovery;

import static dev.riser.proxy.discovery.FakeControlPlane.resource;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.RetryDelay;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StaticDiscoveryTest {
    private static final String STATIC = """
            node: {id: from-file, cluster: test}
            static_resources:
              listeners:
              - name: tcp
                address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.tcp_proxy
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                      stat_prefix: tcp
                      cluster: backend
            """;
    private static final String BACKEND = """
              clusters:
              - name: backend
                type: STATIC
                load_assignment:
                  cluster_name: backend
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9}}}}]}]
            """;
    private static final String DYNAMIC = """
            dynamic_resources:
              ads_config: {api_type: DELTA_GRPC, grpc_services: [{envoy_grpc: {cluster_name: xds}}]}
              cds_config: {ads: {}, resource_api_version: V3}
            """;

    private final FakeControlPlane controlPlane = new FakeControlPlane();
    private final ManualLoop loop = new ManualLoop();
    private final SnapshotHolder holder = new SnapshotHolder();
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void connect() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(controlPlane)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void staticResourcesAreInForceAtOnceAndAskNobody() {
        StaticDiscovery discovery = discovery(STATIC + BACKEND);

        assertThat(problems(discovery)).isEmpty();

        assertThat(discovery.ready().toCompletableFuture()).isDone();
        assertThat(holder.current().listener("tcp")).isNotNull();
        assertThat(holder.current().cluster("backend")).isNotNull();
        assertThat(controlPlane.streams()).isZero();
    }

    @Test
    void whatCannotBeHonouredIsNamed() {
        assertThat(problems(discovery((STATIC + BACKEND)
                        .replace("type: STATIC", "type: STATIC\n    lb_policy: LOAD_BALANCING_POLICY_CONFIG"))))
                .singleElement()
                .satisfies(problem -> assertThat(problem).startsWith("cluster backend: "));
    }

    @Test
    void sourcesOtherThanAdsAreNamed() {
        assertThat(problems(discovery(
                        STATIC + BACKEND + "dynamic_resources: {lds_config: {path_config_source: {path: /x}}}")))
                .containsExactly("dynamic_resources.lds_config: path_config_source; allowed: ads");
    }

    @Test
    void everythingOfTheControlPlaneComesToTheStaticResources() {
        StaticDiscovery discovery = discovery(STATIC + DYNAMIC);
        assertThat(problems(discovery)).isEmpty();
        List<DeltaDiscoveryRequest> requests = controlPlane.taken();
        assertThat(requests).singleElement().satisfies(request -> {
            assertThat(request.getTypeUrl()).isEqualTo(ResourceType.CLUSTER.url());
            assertThat(request.getResourceNamesSubscribeList()).containsExactly("*");
            assertThat(request.getNode().getId()).isEqualTo("from-file");
        });
        assertThat(holder.current().listener("tcp")).isNull();

        Cluster backend = Cluster.newBuilder()
                .setName("backend")
                .setType(Cluster.DiscoveryType.ORIGINAL_DST)
                .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
                .build();
        controlPlane.send(
                ResourceType.CLUSTER.url(),
                List.of(
                        resource("backend", "1", backend),
                        resource(
                                "other",
                                "1",
                                backend.toBuilder().setName("other").build())),
                List.of());
        loop.settle();

        assertThat(discovery.ready().toCompletableFuture()).isDone();
        assertThat(holder.current().listener("tcp")).isNotNull();
        assertThat(holder.current().clusters()).containsOnlyKeys("backend", "other");

        controlPlane.send(ResourceType.CLUSTER.url(), List.of(), List.of("other"));
        loop.settle();
        assertThat(holder.current().clusters()).containsOnlyKeys("backend");
    }

    private StaticDiscovery discovery(String text) {
        return new StaticDiscovery(
                BootstrapFile.parse(text, "envoy.yaml").bootstrap(),
                bootstrap -> () -> channel,
                ResourceCompilers.standard(),
                holder,
                loop,
                RetryDelay.standard(new Random(1)),
                DiscoverySettings.STANDARD,
                loop.ticker(),
                AdsObserver.NONE);
    }

    private List<String> problems(StaticDiscovery discovery) {
        var problems = discovery.start().toCompletableFuture();
        loop.settle();
        return problems.join();
    }
}
