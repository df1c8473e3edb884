package dev.riser.xds.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.riser.xds.server.StreamReport.TypeReport;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeltaDiscoveryTest {
    private TestServer server;
    private Client client;

    /** One delta stream. */
    private static final class Client {
        final TestServer.Inbox<DeltaDiscoveryResponse> inbox = new TestServer.Inbox<>();
        final StreamObserver<DeltaDiscoveryRequest> requests;

        Client(TestServer server) {
            requests = server.stub().deltaAggregatedResources(inbox);
        }

        void subscribe(String type, String... names) {
            requests.onNext(
                    request(type).addAllResourceNamesSubscribe(List.of(names)).build());
        }

        void unsubscribe(String type, String... names) {
            requests.onNext(
                    request(type).addAllResourceNamesUnsubscribe(List.of(names)).build());
        }

        void accept(DeltaDiscoveryResponse response) {
            requests.onNext(request(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .build());
        }

        void refuse(DeltaDiscoveryResponse response, String message) {
            requests.onNext(request(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .setErrorDetail(Status.newBuilder().setMessage(message))
                    .build());
        }

        static DeltaDiscoveryRequest.Builder request(String type) {
            return DeltaDiscoveryRequest.newBuilder().setNode(TestServer.NODE).setTypeUrl(type);
        }

        boolean isQuiet() {
            return inbox.messages.isEmpty();
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(NodeGate.OPEN);
        client = new Client(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static List<String> names(DeltaDiscoveryResponse response) {
        return response.getResourcesList().stream().map(Resource::getName).toList();
    }

    private TypeReport report(String type) {
        return server.discovery.streams().getFirst().types().stream()
                .filter(each -> each.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aNameThatExistsIsSentWithItsContentHashAsVersion() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        client.subscribe(ResourceTypes.CLUSTER, "a");
        DeltaDiscoveryResponse response = client.inbox.next();
        assertThat(names(response)).containsExactly("a");
        assertThat(response.getResources(0).getVersion()).hasSize(24);
        assertThat(response.getResources(0).getResource().getValue().toStringUtf8())
                .isEqualTo("one");
        assertThat(response.getNonce()).isNotEmpty();
    }

    @Test
    void aNameThatDoesNotExistIsAnsweredAsRemovedAtOnceAndOnlyOnce() throws InterruptedException {
        client.subscribe(ResourceTypes.LISTENER, "10.0.0.1_80");
        DeltaDiscoveryResponse response = client.inbox.next();
        assertThat(response.getRemovedResourcesList()).containsExactly("10.0.0.1_80");
        assertThat(response.getResourcesCount()).isZero();
        server.discovery.worldChanged();
        assertThat(client.isQuiet()).isTrue();
    }

    @Test
    void aNameThatComesIntoBeingLaterIsSentThen() throws InterruptedException {
        client.subscribe(ResourceTypes.LISTENER, "x");
        client.inbox.next();
        server.source.put(ResourceTypes.LISTENER, "x", "one");
        server.discovery.worldChanged();
        assertThat(names(client.inbox.next())).containsExactly("x");
    }

    @Test
    void anEmptyFirstRequestSubscribesToEverythingOfListenersAndClusters() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        server.source.put(ResourceTypes.CLUSTER, "b", "two");
        client.subscribe(ResourceTypes.CLUSTER);
        assertThat(names(client.inbox.next())).containsExactly("a", "b");
        assertThat(report(ResourceTypes.CLUSTER).wildcard()).isTrue();
    }

    @Test
    void anEmptyFirstRequestForEndpointsSubscribesToNothing() {
        server.source.put(ResourceTypes.ENDPOINTS, "a", "one");
        client.subscribe(ResourceTypes.ENDPOINTS);
        assertThat(client.isQuiet()).isTrue();
        assertThat(report(ResourceTypes.ENDPOINTS).wildcard()).isFalse();
    }

    @Test
    void aStarSubscribesToEverythingOfAnyTypeAndIsAnsweredEvenWhenThereIsNothing() throws InterruptedException {
        client.subscribe(ResourceTypes.ROUTE, "*");
        assertThat(client.inbox.next().getResourcesCount()).isZero();
        server.source.put(ResourceTypes.ROUTE, "r", "one");
        server.discovery.worldChanged();
        assertThat(names(client.inbox.next())).containsExactly("r");
        server.source.remove(ResourceTypes.ROUTE, "r");
        server.discovery.worldChanged();
        assertThat(client.inbox.next().getRemovedResourcesList()).containsExactly("r");
    }

    @Test
    void aPushHoldsOnlyWhatChanged() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        server.source.put(ResourceTypes.CLUSTER, "b", "one");
        client.subscribe(ResourceTypes.CLUSTER, "a", "b");
        client.accept(client.inbox.next());
        server.source.put(ResourceTypes.CLUSTER, "b", "two");
        server.source.put(ResourceTypes.CLUSTER, "c", "nobody asked");
        server.discovery.worldChanged();
        assertThat(names(client.inbox.next())).containsExactly("b");
        server.discovery.worldChanged();
        assertThat(client.isQuiet()).isTrue();
    }

    @Test
    void aPushMakesBeforeItBreaks() throws InterruptedException {
        List<String> types =
                List.of(ResourceTypes.ROUTE, ResourceTypes.LISTENER, ResourceTypes.ENDPOINTS, ResourceTypes.CLUSTER);
        for (String type : types) {
            server.source.put(type, "old", "one");
            client.subscribe(type, "old", "new");
            client.inbox.next();
        }
        for (String type : types) {
            server.source.remove(type, "old");
            server.source.put(type, "new", "one");
        }
        server.discovery.worldChanged();
        List<String> order = new ArrayList<>();
        for (int count = 0; count < 8; count++) {
            DeltaDiscoveryResponse response = client.inbox.next();
            String type = response.getTypeUrl().substring(response.getTypeUrl().lastIndexOf('.') + 1);
            order.add((response.getResourcesCount() > 0 ? "+" : "-") + type);
        }
        assertThat(order)
                .containsExactly(
                        "+Cluster",
                        "+ClusterLoadAssignment",
                        "+Listener",
                        "+RouteConfiguration",
                        "-RouteConfiguration",
                        "-Listener",
                        "-ClusterLoadAssignment",
                        "-Cluster");
    }

    @Test
    void aClientThatComesBackIsSentOnlyWhatDiffersFromWhatItHas() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "same", "one");
        server.source.put(ResourceTypes.CLUSTER, "changed", "one");
        client.subscribe(ResourceTypes.CLUSTER, "same", "changed", "gone");
        DeltaDiscoveryResponse first = client.inbox.next();
        String same = first.getResources(0).getVersion();
        Client back = new Client(server);
        back.requests.onNext(Client.request(ResourceTypes.CLUSTER)
                .addAllResourceNamesSubscribe(List.of("same", "changed", "gone"))
                .putAllInitialResourceVersions(Map.of("same", same, "changed", "an older one", "gone", "x"))
                .build());
        DeltaDiscoveryResponse response = back.inbox.next();
        assertThat(names(response)).containsExactly("changed");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
    }

    @Test
    void aWildcardClientThatComesBackIsToldWhatIsGone() throws InterruptedException {
        server.source.put(ResourceTypes.LISTENER, "here", "one");
        client.requests.onNext(Client.request(ResourceTypes.LISTENER)
                .addResourceNamesSubscribe("*")
                .putInitialResourceVersions("gone", "x")
                .build());
        DeltaDiscoveryResponse response = client.inbox.next();
        assertThat(names(response)).containsExactly("here");
        assertThat(response.getRemovedResourcesList()).containsExactly("gone");
    }

    @Test
    void aRefusedVersionIsRememberedWithItsReasonAndNotSentAgainUntilItChanges() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "good", "one");
        server.source.put(ResourceTypes.CLUSTER, "bad", "one");
        client.subscribe(ResourceTypes.CLUSTER, "good", "bad");
        client.refuse(client.inbox.next(), "bad: lb_policy: RING_HASH is not supported");
        assertThat(server.events).contains("rejected bad: lb_policy: RING_HASH is not supported");
        assertThat(report(ResourceTypes.CLUSTER).acked()).isEqualTo(1);
        assertThat(report(ResourceTypes.CLUSTER).rejected()).singleElement().satisfies(rejection -> {
            assertThat(rejection.name()).isEqualTo("bad");
            assertThat(rejection.reason()).isEqualTo("lb_policy: RING_HASH is not supported");
        });

        server.discovery.worldChanged();
        server.discovery.worldChanged();
        assertThat(client.isQuiet()).isTrue();

        server.source.put(ResourceTypes.CLUSTER, "bad", "two");
        server.discovery.worldChanged();
        DeltaDiscoveryResponse better = client.inbox.next();
        assertThat(names(better)).containsExactly("bad");
        client.accept(better);
        assertThat(report(ResourceTypes.CLUSTER).rejected()).isEmpty();
        assertThat(report(ResourceTypes.CLUSTER).acked()).isEqualTo(2);
    }

    @Test
    void aResourceThatReturnsToTheVersionBeforeTheRefusedOneIsSent() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        client.subscribe(ResourceTypes.CLUSTER, "a");
        client.accept(client.inbox.next());
        server.source.put(ResourceTypes.CLUSTER, "a", "bad");
        server.discovery.worldChanged();
        client.refuse(client.inbox.next(), "a: bad");
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        server.discovery.worldChanged();
        client.accept(client.inbox.next());
        assertThat(report(ResourceTypes.CLUSTER).rejected()).isEmpty();
    }

    @Test
    void anAcknowledgementOfAnOvertakenVersionDoesNotCountForTheNewOne() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        client.subscribe(ResourceTypes.CLUSTER, "a");
        DeltaDiscoveryResponse first = client.inbox.next();
        server.source.put(ResourceTypes.CLUSTER, "a", "two");
        server.discovery.worldChanged();
        client.accept(first);
        assertThat(report(ResourceTypes.CLUSTER).acked()).isZero();
        client.accept(client.inbox.next());
        assertThat(report(ResourceTypes.CLUSTER).acked()).isEqualTo(1);
    }

    @Test
    void whatIsUnsubscribedIsNotPushedAndIsSentAnewWhenAskedForAgain() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        client.subscribe(ResourceTypes.CLUSTER, "a");
        client.accept(client.inbox.next());
        client.unsubscribe(ResourceTypes.CLUSTER, "a");
        server.source.put(ResourceTypes.CLUSTER, "a", "two");
        server.discovery.worldChanged();
        assertThat(client.isQuiet()).isTrue();
        client.subscribe(ResourceTypes.CLUSTER, "a");
        assertThat(names(client.inbox.next())).containsExactly("a");
        client.subscribe(ResourceTypes.CLUSTER, "a");
        assertThat(names(client.inbox.next())).containsExactly("a");
    }

    @Test
    void aStreamOnWhichNothingWasAskedYetGetsNoPush() {
        server.source.put(ResourceTypes.CLUSTER, "a", "one");
        server.discovery.worldChanged();
        assertThat(client.isQuiet()).isTrue();
        assertThat(server.discovery.streams()).isEmpty();
    }

    @Test
    void manyLargeResourcesComeInSeveralResponsesThatEachFitAClientsLimit() throws InterruptedException {
        String large = "x".repeat(900_000);
        for (int number = 0; number < 6; number++) {
            server.source.put(ResourceTypes.CLUSTER, "c" + number, number + large);
        }
        client.subscribe(ResourceTypes.CLUSTER);
        List<String> all = new ArrayList<>();
        while (all.size() < 6) {
            DeltaDiscoveryResponse response = client.inbox.next();
            assertThat(response.getSerializedSize()).isLessThan(4 * 1024 * 1024);
            all.addAll(names(response));
        }
        assertThat(all).containsExactly("c0", "c1", "c2", "c3", "c4", "c5");
    }

    @Test
    void aNodeThatTheGateRefusesSeesNothing() throws Exception {
        try (TestServer guarded = new TestServer(node -> {
            throw io.grpc.Status.PERMISSION_DENIED.withDescription("not you").asException();
        })) {
            guarded.source.put(ResourceTypes.CLUSTER, "a", "one");
            Client stranger = new Client(guarded);
            stranger.subscribe(ResourceTypes.CLUSTER, "a");
            assertThat(stranger.inbox.failures.take())
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("not you");
            assertThat(stranger.inbox.messages).isEmpty();
            assertThat(guarded.discovery.streams()).isEmpty();
        }
    }

    @Test
    void aStreamCannotBecomeAnotherNode() throws InterruptedException {
        client.subscribe(ResourceTypes.CLUSTER);
        client.requests.onNext(Client.request(ResourceTypes.CLUSTER)
                .setNode(Node.newBuilder().setId("node-2"))
                .build());
        assertThat(client.inbox.failures.take()).hasMessageContaining("one stream is one node");
    }

    @Test
    void streamsAreReportedWhileTheyLast() {
        client.subscribe(ResourceTypes.CLUSTER);
        assertThat(server.discovery.streams())
                .singleElement()
                .satisfies(report -> assertThat(report.client().node().getId()).isEqualTo("node-1"));
        client.requests.onCompleted();
        assertThat(server.discovery.streams()).isEmpty();
        assertThat(server.events).containsExactly("connected node-1", "disconnected node-1");
    }

    @Test
    void changesThatAreAnnouncedWhileAClientDoesNotReadBecomeOnePush() throws Exception {
        TestServer.Inbox<DeltaDiscoveryResponse> slow = new TestServer.Inbox<>();
        SlowReader reader = new SlowReader(slow);
        StreamObserver<DeltaDiscoveryRequest> requests = server.stub().deltaAggregatedResources(reader);
        server.source.put(ResourceTypes.CLUSTER, "a", "0");
        requests.onNext(Client.request(ResourceTypes.CLUSTER)
                .addResourceNamesSubscribe("a")
                .build());
        for (int change = 1; change <= 50; change++) {
            server.source.put(ResourceTypes.CLUSTER, "a", String.valueOf(change));
            server.discovery.worldChanged();
        }
        reader.read(50);
        List<String> contents = slow.messages.stream()
                .map(response ->
                        response.getResources(0).getResource().getValue().toStringUtf8())
                .toList();
        assertThat(contents).startsWith("0").endsWith("50").hasSizeLessThan(5);
    }

    /** A client that takes messages only when told to. */
    private static final class SlowReader
            implements io.grpc.stub.ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
        private final TestServer.Inbox<DeltaDiscoveryResponse> inbox;
        private io.grpc.stub.ClientCallStreamObserver<DeltaDiscoveryRequest> call;

        SlowReader(TestServer.Inbox<DeltaDiscoveryResponse> inbox) {
            this.inbox = inbox;
        }

        @Override
        public void beforeStart(io.grpc.stub.ClientCallStreamObserver<DeltaDiscoveryRequest> started) {
            call = started;
            call.disableAutoRequestWithInitial(0);
        }

        void read(int messages) {
            call.request(messages);
        }

        @Override
        public void onNext(DeltaDiscoveryResponse message) {
            inbox.onNext(message);
        }

        @Override
        public void onError(Throwable failure) {
            inbox.onError(failure);
        }

        @Override
        public void onCompleted() {
            inbox.onCompleted();
        }
    }
}
