package dev.riser.xds.client;

import static dev.riser.xds.client.FakeControlPlane.resource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.google.protobuf.Any;
import dev.riser.xds.dns.Host;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeltaAdsClientTest {
    private static final String CLUSTER = Any.pack(Cluster.getDefaultInstance()).getTypeUrl();
    private static final String HOST = Any.pack(Host.getDefaultInstance()).getTypeUrl();
    private static final Node NODE =
            Node.newBuilder().setId("sidecar~10.88.0.2~a.b~b").build();

    private final FakeControlPlane controlPlane = new FakeControlPlane();
    private final ManualLoop loop = new ManualLoop();
    private final Map<String, String> held = new LinkedHashMap<>();
    private final Map<String, String> refusals = new LinkedHashMap<>();
    private Server server;
    private ManagedChannel channel;
    private DeltaAdsClient client;

    @BeforeEach
    void connect() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(controlPlane)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        client = new DeltaAdsClient(() -> channel, NODE, loop, RetryDelay.standard(new Random(1)), AdsObserver.NONE);
        client.handle(CLUSTER, this::apply);
        client.handle(HOST, this::apply);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void firstRequestIntroducesTheNodeOnce() {
        client.subscribe(CLUSTER, List.of("a"));
        client.subscribe(HOST, List.of("x"));
        client.start();
        loop.settle();

        List<DeltaDiscoveryRequest> requests = controlPlane.taken();

        assertThat(requests).extracting(DeltaDiscoveryRequest::getTypeUrl).containsExactly(CLUSTER, HOST);
        assertThat(requests.get(0).getNode()).isEqualTo(NODE);
        assertThat(requests.get(0).getResourceNamesSubscribeList()).containsExactly("a");
        assertThat(requests.get(1).hasNode()).isFalse();
    }

    @Test
    void typeWithoutNamesIsNotAskedForBecauseThatWouldMeanEverything() {
        client.subscribe(HOST, List.of("x"));
        client.start();
        loop.settle();

        assertThat(controlPlane.taken())
                .extracting(DeltaDiscoveryRequest::getTypeUrl)
                .containsExactly(HOST);
    }

    @Test
    void goodResponseIsDeliveredAndAcknowledged() {
        started(CLUSTER, "a", "b");

        String nonce = controlPlane.send(CLUSTER, List.of(cluster("a", "1")), List.of("b"));
        loop.settle();

        assertThat(held).containsExactly(entry("a", "1"), entry("b", "removed"));
        assertThat(controlPlane.taken()).singleElement().satisfies(answer -> {
            assertThat(answer.getResponseNonce()).isEqualTo(nonce);
            assertThat(answer.hasErrorDetail()).isFalse();
            assertThat(answer.getTypeUrl()).isEqualTo(CLUSTER);
        });
    }

    @Test
    void badResourceIsNamedInTheRefusalAndTheGoodOnesApply() {
        started(CLUSTER, "a", "b", "c");
        refusals.put("b", "lb_policy: not known here");
        refusals.put("c", "line one\nline two");

        String nonce =
                controlPlane.send(CLUSTER, List.of(cluster("a", "1"), cluster("b", "1"), cluster("c", "1")), List.of());
        loop.settle();

        assertThat(held).containsOnly(entry("a", "1"));
        assertThat(controlPlane.taken()).singleElement().satisfies(answer -> {
            assertThat(answer.getResponseNonce()).isEqualTo(nonce);
            assertThat(answer.getErrorDetail().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
            assertThat(answer.getErrorDetail().getMessage())
                    .isEqualTo("b: lb_policy: not known here\nc: line one line two");
        });
    }

    @Test
    void resourceOfAnotherTypeThanTheResponseSaysIsRefused() {
        started(CLUSTER, "a");

        controlPlane.send(CLUSTER, List.of(resource("a", "1", Host.getDefaultInstance())), List.of());
        loop.settle();

        assertThat(held).isEmpty();
        assertThat(controlPlane.taken().getFirst().getErrorDetail().getMessage())
                .startsWith("a: is a " + HOST);
    }

    @Test
    void defectInAHandlerRefusesTheResponseAndKeepsTheStream() {
        client.handle(HOST, (type, upserts, removed) -> {
            throw new IllegalStateException("broken");
        });
        started(HOST, "x");

        controlPlane.send(HOST, List.of(resource("x", "1", Host.getDefaultInstance())), List.of());
        loop.settle();

        assertThat(controlPlane.taken().getFirst().getErrorDetail().getMessage())
                .contains("x: cannot be read here");
        assertThat(controlPlane.connected()).isTrue();
    }

    @Test
    void typeThatNobodyAskedForIsRefused() {
        started(CLUSTER, "a");

        controlPlane.send("type.googleapis.com/unknown", List.of(), List.of("x"));
        loop.settle();

        assertThat(controlPlane.taken().getFirst().getErrorDetail().getMessage())
                .contains("does not use the type");
    }

    @Test
    void reconnectAsksForEverythingWithTheAcceptedVersionsOnly() {
        started(CLUSTER, "a", "b", "c");
        refusals.put("b", "bad");
        controlPlane.send(CLUSTER, List.of(cluster("a", "1"), cluster("b", "1")), List.of("c"));
        loop.settle();
        controlPlane.taken();

        controlPlane.breakOff();
        loop.settle();
        assertThat(controlPlane.streams()).isEqualTo(1);
        loop.advance(Duration.ofMillis(100));

        assertThat(controlPlane.streams()).isEqualTo(2);
        assertThat(held).contains(entry("a", "1"));
        assertThat(controlPlane.taken()).singleElement().satisfies(request -> {
            assertThat(request.getNode()).isEqualTo(NODE);
            assertThat(request.getResourceNamesSubscribeList()).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(request.getInitialResourceVersionsMap()).containsExactly(entry("a", "1"));
            assertThat(request.getResponseNonce()).isEmpty();
        });
    }

    @Test
    void versionBeforeARefusedOneStaysTheVersionInHand() {
        started(CLUSTER, "a");
        controlPlane.send(CLUSTER, List.of(cluster("a", "1")), List.of());
        loop.settle();
        refusals.put("a", "bad");
        controlPlane.send(CLUSTER, List.of(cluster("a", "2")), List.of());
        loop.settle();
        controlPlane.taken();

        controlPlane.breakOff();
        loop.advance(Duration.ofSeconds(1));

        assertThat(controlPlane.taken().getFirst().getInitialResourceVersionsMap())
                .containsExactly(entry("a", "1"));
    }

    @Test
    void pausesGrowWhileTheControlPlaneIsAwayAndStartOverAfterAnAnswer() {
        controlPlane.refuse(Status.UNAVAILABLE);
        started(CLUSTER, "a");
        loop.advance(Duration.ofSeconds(10));
        int refused = controlPlane.streams();
        assertThat(refused).isBetween(10, 24);

        controlPlane.accept();
        loop.advance(Duration.ofSeconds(1));
        assertThat(controlPlane.connected()).isTrue();
        assertThat(controlPlane.streams()).isEqualTo(refused + 1);

        controlPlane.send(CLUSTER, List.of(), List.of("a"));
        controlPlane.breakOff();
        loop.advance(Duration.ofMillis(100));
        assertThat(controlPlane.connected()).isTrue();
    }

    @Test
    void streamThatIsRefusedWithoutAnAnswerDoesNotResetThePause() {
        controlPlane.refuse(Status.PERMISSION_DENIED);
        started(CLUSTER, "a");
        loop.advance(Duration.ofSeconds(5));
        int before = controlPlane.streams();

        loop.advance(Duration.ofSeconds(4));

        assertThat(controlPlane.streams() - before).isBetween(4, 8);
    }

    @Test
    void changesOfOneTurnLeaveInOneRequest() {
        started(CLUSTER, "a", "b");
        client.subscribe(CLUSTER, List.of("c"));
        client.subscribe(CLUSTER, List.of("d"));
        client.unsubscribe(CLUSTER, List.of("a", "never"));
        loop.settle();

        assertThat(controlPlane.taken()).singleElement().satisfies(request -> {
            assertThat(request.getResourceNamesSubscribeList()).containsExactly("c", "d");
            assertThat(request.getResourceNamesUnsubscribeList()).containsExactly("a");
            assertThat(request.getInitialResourceVersionsMap()).isEmpty();
        });
    }

    @Test
    void nameGivenUpAndWantedAgainIsAskedForAnew() {
        started(CLUSTER, "a");
        controlPlane.send(CLUSTER, List.of(cluster("a", "1")), List.of());
        loop.settle();
        controlPlane.taken();
        client.unsubscribe(CLUSTER, List.of("a"));
        client.subscribe(CLUSTER, List.of("a"));
        loop.settle();

        assertThat(controlPlane.taken()).singleElement().satisfies(request -> {
            assertThat(request.getResourceNamesSubscribeList()).containsExactly("a");
            assertThat(request.getResourceNamesUnsubscribeList()).isEmpty();
        });
    }

    @Test
    void whatArrivesAfterGivingItUpIsDropped() {
        started(CLUSTER, "a", "b");
        client.unsubscribe(CLUSTER, List.of("a"));

        controlPlane.send(CLUSTER, List.of(cluster("a", "1"), cluster("b", "1")), List.of());
        loop.settle();

        assertThat(held).containsOnly(entry("b", "1"));
    }

    @Test
    void wildcardTakesEveryName() {
        client.subscribeAll(CLUSTER);
        client.start();
        loop.settle();
        assertThat(controlPlane.taken().getFirst().getResourceNamesSubscribeList())
                .containsExactly("*");

        controlPlane.send(CLUSTER, List.of(cluster("a", "1"), cluster("b", "2")), List.of());
        loop.settle();
        controlPlane.taken();
        controlPlane.breakOff();
        loop.advance(Duration.ofMillis(100));

        assertThat(held).containsExactly(entry("a", "1"), entry("b", "2"));
        assertThat(controlPlane.taken().getFirst().getInitialResourceVersionsMap())
                .containsOnly(entry("a", "1"), entry("b", "2"));
    }

    @Test
    void closedClientDoesNotReturn() {
        started(CLUSTER, "a");

        client.close();
        loop.advance(Duration.ofMinutes(1));

        assertThat(controlPlane.connected()).isFalse();
        assertThat(controlPlane.streams()).isEqualTo(1);
        assertThat(loop.waiting()).isFalse();
    }

    private void started(String type, String... names) {
        client.subscribe(type, List.of(names));
        client.start();
        loop.settle();
        controlPlane.taken();
    }

    private Map<String, String> apply(String type, List<ResourceUpdate> upserts, java.util.Set<String> removed) {
        Map<String, String> rejected = new LinkedHashMap<>();
        for (ResourceUpdate update : upserts) {
            if (refusals.containsKey(update.name())) {
                rejected.put(update.name(), refusals.get(update.name()));
            } else {
                held.put(update.name(), update.version());
            }
        }
        removed.forEach(name -> held.put(name, "removed"));
        return rejected;
    }

    private static io.envoyproxy.envoy.service.discovery.v3.Resource cluster(String name, String version) {
        return resource(name, version, Cluster.newBuilder().setName(name).build());
    }
}
