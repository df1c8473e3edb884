package dev.riser.proxy.discovery;

import static dev.riser.proxy.discovery.FakeControlPlane.resource;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.RetryDelay;
import dev.riser.xds.dns.Host;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkloadDiscoveryTest {
    private static final String LISTENER = "10.90.0.7_8000";
    private static final String ROUTES = "product.prod.svc.cluster.local:8000";
    private static final String V1 = "outbound|8000|v1|product.prod.svc.cluster.local";
    private static final String V2 = "outbound|8000|v2|product.prod.svc.cluster.local";
    private static final ConfigSource ADS = ConfigSource.newBuilder()
            .setAds(AggregatedConfigSource.getDefaultInstance())
            .build();

    private final FakeControlPlane controlPlane = new FakeControlPlane();
    private final ManualLoop loop = new ManualLoop();
    private final SnapshotHolder holder = new SnapshotHolder();
    private Server server;
    private ManagedChannel channel;
    private WorkloadDiscovery discovery;

    @BeforeEach
    void connect() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(controlPlane)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        discovery = discovery(List.of("virtualInbound", "virtualOutbound"), DiscoverySettings.STANDARD);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void workloadIsReadyWhenItsTwoListenersAreInForce() {
        discovery.start();
        loop.settle();
        assertThat(asked(ResourceType.LISTENER)).containsExactly("virtualInbound", "virtualOutbound");

        send(ResourceType.LISTENER, tcp("virtualInbound", "inbound|8000||"));
        assertThat(discovery.ready().toCompletableFuture()).isNotDone();
        assertThat(asked(ResourceType.CLUSTER)).containsExactly("inbound|8000||");
        send(ResourceType.CLUSTER, cluster("inbound|8000||", Cluster.DiscoveryType.ORIGINAL_DST));
        send(ResourceType.LISTENER, tcp("virtualOutbound", "PassthroughCluster"));
        assertThat(discovery.ready().toCompletableFuture()).isNotDone();
        send(ResourceType.CLUSTER, cluster("PassthroughCluster", Cluster.DiscoveryType.ORIGINAL_DST));

        assertThat(discovery.ready().toCompletableFuture()).isDone();
        assertThat(holder.current().listeners()).containsOnlyKeys("virtualInbound", "virtualOutbound");
    }

    @Test
    void listenerOnDemandComesWithEverythingItLeadsTo() {
        started();
        CompletableFuture<ProxySnapshot> answer = discovery.listener(LISTENER).toCompletableFuture();
        loop.settle();
        assertThat(asked(ResourceType.LISTENER)).containsExactly(LISTENER);

        send(ResourceType.LISTENER, http(LISTENER, ROUTES));
        assertThat(asked(ResourceType.ROUTES)).containsExactly(ROUTES);
        send(ResourceType.ROUTES, routes(ROUTES, V1));
        assertThat(asked(ResourceType.CLUSTER)).containsExactly(V1);
        send(ResourceType.CLUSTER, cluster(V1, Cluster.DiscoveryType.EDS));
        assertThat(asked(ResourceType.ENDPOINTS)).containsExactly(V1);
        assertThat(answer).isNotDone();
        send(ResourceType.ENDPOINTS, endpoints(V1, "10.88.0.3"));

        assertThat(answer).isDone();
        ProxySnapshot snapshot = answer.join();
        assertThat(snapshot.listener(LISTENER)).isNotNull();
        assertThat(snapshot.routes(ROUTES)).isNotNull();
        assertThat(snapshot.cluster(V1)).isNotNull();
        assertThat(snapshot.endpoints(V1)).isNotNull();
        assertThat(discovery.listener(LISTENER).toCompletableFuture()).isCompletedWithValue(holder.current());
    }

    @Test
    void destinationThatTheMeshDoesNotKnowIsAnsweredAndRemembered() {
        started();
        CompletableFuture<ProxySnapshot> answer = discovery.listener(LISTENER).toCompletableFuture();
        loop.settle();
        assertThat(discovery.answered(LISTENER)).isFalse();

        remove(ResourceType.LISTENER, LISTENER);

        assertThat(answer).isDone();
        assertThat(answer.join().listener(LISTENER)).isNull();
        assertThat(discovery.answered(LISTENER)).isTrue();
        controlPlane.taken();
        assertThat(discovery.listener(LISTENER).toCompletableFuture()).isDone();
        loop.settle();
        assertThat(controlPlane.taken()).isEmpty();
    }

    @Test
    void routeWaitsForItsNewClusterWhileTheOldOneServes() {
        serving();

        send(ResourceType.ROUTES, routes(ROUTES, V2));
        assertThat(clusterOfRoute()).isEqualTo(V1);
        remove(ResourceType.CLUSTER, V1);
        remove(ResourceType.ENDPOINTS, V1);
        assertThat(holder.current().cluster(V1)).isNotNull();
        assertThat(holder.current().endpoints(V1)).isNotNull();
        send(ResourceType.CLUSTER, cluster(V2, Cluster.DiscoveryType.EDS));
        assertThat(clusterOfRoute()).isEqualTo(V1);
        send(ResourceType.ENDPOINTS, endpoints(V2, "10.88.0.4"));

        assertThat(clusterOfRoute()).isEqualTo(V2);
        assertThat(holder.current().cluster(V2)).isNotNull();
        assertThat(holder.current().cluster(V1)).isNull();
    }

    @Test
    void everySnapshotOnTheWayHasSomewhereToGo() {
        serving();
        holder.listen((before, after) -> {
            String cluster = clusterOfRoute();
            assertThat(after.cluster(cluster))
                    .as("cluster of version " + after.version())
                    .isNotNull();
            assertThat(after.endpoints(cluster))
                    .as("endpoints of version " + after.version())
                    .isNotNull();
        });

        for (int round = 0; round < 20; round++) {
            String next = round % 2 == 0 ? V2 : V1;
            send(ResourceType.ROUTES, routes(ROUTES, next));
            if (round < 2) {
                send(ResourceType.CLUSTER, cluster(next, Cluster.DiscoveryType.EDS));
            }
            send(ResourceType.ENDPOINTS, endpoints(next, "10.88.0." + (round + 3)));
            assertThat(clusterOfRoute()).isEqualTo(next);
            loop.advance(Duration.ofMillis(100));
        }
    }

    @Test
    void routeDoesNotWaitForEverWhileTheControlPlaneIsThere() {
        serving();
        send(ResourceType.ROUTES, routes(ROUTES, V2));

        loop.advance(Duration.ofSeconds(6));

        assertThat(clusterOfRoute()).isEqualTo(V2);
    }

    @Test
    void routeWaitsOnWhileTheControlPlaneIsAway() {
        serving();
        send(ResourceType.ROUTES, routes(ROUTES, V2));
        controlPlane.refuse(Status.UNAVAILABLE);
        controlPlane.breakOff();

        loop.advance(Duration.ofMinutes(1));

        assertThat(clusterOfRoute()).isEqualTo(V1);
    }

    @Test
    void everythingHeldStaysWhileTheControlPlaneIsAway() {
        serving();
        ProxySnapshot before = holder.current();
        controlPlane.refuse(Status.UNAVAILABLE);
        controlPlane.breakOff();
        for (int minute = 0; minute < 10; minute++) {
            discovery.listener(LISTENER);
            loop.advance(Duration.ofMinutes(1));
        }

        assertThat(discovery.connected()).isFalse();
        assertThat(holder.current().listeners()).isEqualTo(before.listeners());
        assertThat(holder.current().endpointSets()).isEqualTo(before.endpointSets());

        CompletableFuture<ProxySnapshot> unknown =
                discovery.listener("10.90.0.9_80").toCompletableFuture();
        loop.advance(Duration.ofMillis(1));
        assertThat(unknown).isDone();
        assertThat(discovery.answered("10.90.0.9_80")).isFalse();

        controlPlane.accept();
        controlPlane.taken();
        loop.advance(Duration.ofSeconds(1));
        List<DeltaDiscoveryRequest> requests = controlPlane.taken();
        assertThat(requests)
                .filteredOn(request -> request.getTypeUrl().equals(ResourceType.ENDPOINTS.url()))
                .singleElement()
                .satisfies(request ->
                        assertThat(request.getInitialResourceVersionsMap()).containsEntry(V1, "1"));
    }

    @Test
    void badRouteIsRefusedAndTheOldOneServesOn() {
        serving();
        controlPlane.taken();

        RouteConfiguration bad = RouteConfiguration.newBuilder()
                .setName(ROUTES)
                .addVirtualHosts(VirtualHost.newBuilder()
                        .setName("v")
                        .addDomains("*")
                        .addRoutes(Route.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))))
                .build();
        send(ResourceType.ROUTES, resource(ROUTES, "2", bad));

        assertThat(clusterOfRoute()).isEqualTo(V1);
        assertThat(controlPlane.taken())
                .filteredOn(DeltaDiscoveryRequest::hasErrorDetail)
                .singleElement()
                .satisfies(answer ->
                        assertThat(answer.getErrorDetail().getMessage()).startsWith(ROUTES + ": "));
    }

    @Test
    void badListenerThatIsNewCountsAsAnswered() {
        started();
        CompletableFuture<ProxySnapshot> answer = discovery.listener(LISTENER).toCompletableFuture();
        loop.settle();

        send(
                ResourceType.LISTENER,
                resource(
                        LISTENER,
                        "1",
                        Listener.newBuilder()
                                .setName(LISTENER)
                                .addFilterChains(FilterChain.newBuilder()
                                        .addFilters(Filter.newBuilder().setName("unheard")))
                                .build()));

        assertThat(answer).isDone();
        assertThat(answer.join().listener(LISTENER)).isNull();
    }

    @Test
    void connectionWaitsAtMostTwoSecondsForASilentControlPlane() {
        started();
        CompletableFuture<ProxySnapshot> answer = discovery.listener(LISTENER).toCompletableFuture();
        loop.advance(Duration.ofMillis(1999));
        assertThat(answer).isNotDone();

        loop.advance(Duration.ofMillis(1));

        assertThat(answer).isDone();
    }

    @Test
    void listenerThatNobodyUsesIsGivenUpWithWhatOnlyItLedTo() {
        serving();
        controlPlane.taken();

        loop.advance(Duration.ofMinutes(4));
        discovery.listener(LISTENER);
        loop.advance(Duration.ofMinutes(4));
        assertThat(holder.current().listener(LISTENER)).isNotNull();
        loop.advance(Duration.ofMinutes(3));

        assertThat(holder.current().listeners()).containsOnlyKeys("virtualInbound", "virtualOutbound");
        assertThat(holder.current().routes(ROUTES)).isNull();
        assertThat(holder.current().cluster(V1)).isNull();
        assertThat(holder.current().endpoints(V1)).isNull();
        assertThat(holder.current().cluster("PassthroughCluster")).isNotNull();
        assertThat(controlPlane.taken())
                .flatExtracting(DeltaDiscoveryRequest::getResourceNamesUnsubscribeList)
                .containsExactlyInAnyOrder(LISTENER, ROUTES, V1, V1);
    }

    @Test
    void longestUnusedMakesWayWhereTooManyAreAskedFor() {
        discovery = discovery(
                List.of("virtualInbound"),
                new DiscoverySettings(
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(1),
                        2,
                        2));
        discovery.start();
        loop.settle();
        for (String name : List.of("a", "b")) {
            discovery.listener(name);
            loop.settle();
            remove(ResourceType.LISTENER, name);
            loop.advance(Duration.ofSeconds(1));
        }
        discovery.listener("a");
        controlPlane.taken();

        discovery.listener("c");
        loop.settle();

        assertThat(controlPlane.taken()).singleElement().satisfies(request -> {
            assertThat(request.getResourceNamesSubscribeList()).containsExactly("c");
            assertThat(request.getResourceNamesUnsubscribeList()).containsExactly("b");
        });
    }

    @Test
    void nameOfTheMeshHasItsAddressesAndAStrangeOneHasNone() throws Exception {
        started();
        CompletableFuture<Optional<List<InetAddress>>> product =
                discovery.host("product.prod.svc.cluster.local").toCompletableFuture();
        CompletableFuture<Optional<List<InetAddress>>> strange =
                discovery.host("example.org").toCompletableFuture();
        loop.settle();

        controlPlane.send(
                ResourceType.HOST.url(),
                List.of(resource(
                        "product.prod.svc.cluster.local",
                        "1",
                        Host.newBuilder()
                                .addAddresses("10.90.0.7")
                                .addAddresses("fd90::7")
                                .build())),
                List.of("example.org"));
        loop.settle();

        assertThat(product.join())
                .contains(List.of(InetAddress.ofLiteral("10.90.0.7"), InetAddress.ofLiteral("fd90::7")));
        assertThat(strange.join()).isEmpty();
        controlPlane.taken();
        CompletableFuture<Optional<List<InetAddress>>> again =
                discovery.host("example.org").toCompletableFuture();
        loop.settle();
        assertThat(again).isCompletedWithValue(Optional.empty());
        assertThat(controlPlane.taken()).isEmpty();
    }

    @Test
    void strangeNamesGoOnResolvingWhileTheControlPlaneIsAwayButNotWhileItIsSilent() {
        started();
        CompletableFuture<Optional<List<InetAddress>>> silent =
                discovery.host("a.example.org").toCompletableFuture();
        loop.advance(Duration.ofSeconds(2));
        assertThat(silent).isCompletedExceptionally();
        controlPlane.refuse(Status.UNAVAILABLE);
        controlPlane.breakOff();
        loop.settle();

        CompletableFuture<Optional<List<InetAddress>>> away =
                discovery.host("b.example.org").toCompletableFuture();
        loop.advance(Duration.ofMillis(1));

        assertThat(away).isCompletedWithValue(Optional.empty());
    }

    @Test
    void hostWithoutAUsableAddressIsRefused() {
        started();
        discovery.host("product");
        loop.settle();
        controlPlane.taken();

        send(
                ResourceType.HOST,
                resource(
                        "product",
                        "1",
                        Host.newBuilder().addAddresses("nonsense").build()));

        assertThat(controlPlane.taken().getFirst().getErrorDetail().getMessage())
                .startsWith("product: addresses");
    }

    private WorkloadDiscovery discovery(List<String> always, DiscoverySettings settings) {
        return new WorkloadDiscovery(
                () -> channel,
                Node.newBuilder().setId("sidecar~10.88.0.2~a.b~b").build(),
                always,
                ResourceCompilers.standard(),
                holder,
                loop,
                RetryDelay.standard(new Random(1)),
                settings,
                loop.ticker(),
                AdsObserver.NONE);
    }

    private void started() {
        discovery.start();
        loop.settle();
        send(
                ResourceType.LISTENER,
                tcp("virtualInbound", "inbound|8000||"),
                tcp("virtualOutbound", "PassthroughCluster"));
        send(
                ResourceType.CLUSTER,
                cluster("inbound|8000||", Cluster.DiscoveryType.ORIGINAL_DST),
                cluster("PassthroughCluster", Cluster.DiscoveryType.ORIGINAL_DST));
        controlPlane.taken();
    }

    private void serving() {
        started();
        discovery.listener(LISTENER);
        loop.settle();
        send(ResourceType.LISTENER, http(LISTENER, ROUTES));
        send(ResourceType.ROUTES, routes(ROUTES, V1));
        send(ResourceType.CLUSTER, cluster(V1, Cluster.DiscoveryType.EDS));
        send(ResourceType.ENDPOINTS, endpoints(V1, "10.88.0.3"));
        assertThat(clusterOfRoute()).isEqualTo(V1);
    }

    private String clusterOfRoute() {
        var table = holder.current().routes(ROUTES);
        if (table == null) {
            throw new AssertionError("no routes in force");
        }
        return table.clusterNames().getFirst();
    }

    private void send(ResourceType type, Resource... resources) {
        controlPlane.send(type.url(), List.of(resources), List.of());
        loop.settle();
    }

    private void remove(ResourceType type, String name) {
        controlPlane.send(type.url(), List.of(), List.of(name));
        loop.settle();
    }

    private List<String> asked(ResourceType type) {
        return controlPlane.taken().stream()
                .filter(request -> request.getTypeUrl().equals(type.url()))
                .flatMap(request -> request.getResourceNamesSubscribeList().stream())
                .toList();
    }

    private static Resource tcp(String name, String cluster) {
        return listener(
                name,
                "envoy.filters.network.tcp_proxy",
                Any.pack(TcpProxy.newBuilder()
                        .setStatPrefix("tcp")
                        .setCluster(cluster)
                        .build()));
    }

    private static Resource http(String name, String routes) {
        return listener(
                name,
                "envoy.filters.network.http_connection_manager",
                Any.pack(HttpConnectionManager.newBuilder()
                        .setStatPrefix("http")
                        .setRds(Rds.newBuilder().setConfigSource(ADS).setRouteConfigName(routes))
                        .addHttpFilters(HttpFilter.newBuilder()
                                .setName("envoy.filters.http.router")
                                .setTypedConfig(Any.pack(Router.getDefaultInstance())))
                        .build()));
    }

    private static Resource listener(String name, String filter, Any config) {
        return resource(
                name,
                "1",
                Listener.newBuilder()
                        .setName(name)
                        .setAddress(address("10.90.0.7", 8000))
                        .addFilterChains(FilterChain.newBuilder()
                                .addFilters(Filter.newBuilder().setName(filter).setTypedConfig(config)))
                        .build());
    }

    private static Resource routes(String name, String cluster) {
        return resource(
                name,
                cluster,
                RouteConfiguration.newBuilder()
                        .setName(name)
                        .addVirtualHosts(VirtualHost.newBuilder()
                                .setName("product")
                                .addDomains("*")
                                .addRoutes(Route.newBuilder()
                                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                        .setRoute(RouteAction.newBuilder().setCluster(cluster))))
                        .build());
    }

    private static Resource cluster(String name, Cluster.DiscoveryType type) {
        Cluster.Builder cluster = Cluster.newBuilder().setName(name).setType(type);
        if (type == Cluster.DiscoveryType.EDS) {
            cluster.setEdsClusterConfig(
                    Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ADS).setServiceName(name));
        } else {
            cluster.setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
        }
        return resource(name, "1", cluster.build());
    }

    private static Resource endpoints(String cluster, String address) {
        return resource(
                cluster,
                "1",
                ClusterLoadAssignment.newBuilder()
                        .setClusterName(cluster)
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder().setAddress(address(address, 8000)))))
                        .build());
    }

    private static Address address(String address, int port) {
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(port))
                .build();
    }
}
