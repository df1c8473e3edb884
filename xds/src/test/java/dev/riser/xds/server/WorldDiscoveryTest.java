package dev.riser.xds.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.Status;
import dev.riser.xds.server.StreamReport.TypeReport;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorldDiscoveryTest {
    private TestServer server;
    private TestServer.Inbox<DiscoveryResponse> inbox;
    private StreamObserver<DiscoveryRequest> requests;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(NodeGate.OPEN);
        inbox = new TestServer.Inbox<>();
        requests = server.stub().streamAggregatedResources(inbox);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static DiscoveryRequest.Builder request(String type, String... names) {
        return DiscoveryRequest.newBuilder()
                .setNode(TestServer.NODE)
                .setTypeUrl(type)
                .addAllResourceNames(List.of(names));
    }

    private void accept(DiscoveryResponse response, String... names) {
        requests.onNext(request(response.getTypeUrl(), names)
                .setResponseNonce(response.getNonce())
                .setVersionInfo(response.getVersionInfo())
                .build());
    }

    private static List<String> contents(DiscoveryResponse response) {
        return response.getResourcesList().stream()
                .map(Any::getValue)
                .map(value -> value.toStringUtf8())
                .toList();
    }

    private TypeReport report(String type) {
        return server.discovery.streams().getFirst().types().stream()
                .filter(each -> each.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyResponseHoldsEverythingThatWasAskedFor() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "a1");
        server.source.put(ResourceTypes.CLUSTER, "b", "b1");
        requests.onNext(request(ResourceTypes.CLUSTER).build());
        DiscoveryResponse first = inbox.next();
        assertThat(contents(first)).containsExactly("a1", "b1");
        accept(first);
        server.source.put(ResourceTypes.CLUSTER, "b", "b2");
        server.discovery.worldChanged();
        DiscoveryResponse second = inbox.next();
        assertThat(contents(second)).containsExactly("a1", "b2");
        assertThat(second.getVersionInfo()).isNotEqualTo(first.getVersionInfo());
    }

    @Test
    void anAcknowledgementIsNotAnsweredAndAnUnchangedWorldIsNotPushed() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "a1");
        requests.onNext(request(ResourceTypes.CLUSTER).build());
        accept(inbox.next());
        server.discovery.worldChanged();
        assertThat(inbox.messages).isEmpty();
        assertThat(report(ResourceTypes.CLUSTER).acked()).isEqualTo(1);
    }

    @Test
    void aNameThatIsAddedIsAnswered() throws InterruptedException {
        server.source.put(ResourceTypes.ENDPOINTS, "a", "a1");
        server.source.put(ResourceTypes.ENDPOINTS, "b", "b1");
        requests.onNext(request(ResourceTypes.ENDPOINTS, "a").build());
        DiscoveryResponse first = inbox.next();
        assertThat(contents(first)).containsExactly("a1");
        accept(first, "a", "b");
        assertThat(contents(inbox.next())).containsExactly("a1", "b1");
    }

    @Test
    void anAnswerToAnOvertakenResponseIsIgnored() throws InterruptedException {
        server.source.put(ResourceTypes.ENDPOINTS, "a", "a1");
        requests.onNext(request(ResourceTypes.ENDPOINTS, "a").build());
        DiscoveryResponse first = inbox.next();
        server.source.put(ResourceTypes.ENDPOINTS, "a", "a2");
        server.discovery.worldChanged();
        DiscoveryResponse second = inbox.next();
        accept(first, "a", "b");
        assertThat(inbox.messages).isEmpty();
        assertThat(report(ResourceTypes.ENDPOINTS).acked()).isZero();
        accept(second, "a");
        assertThat(report(ResourceTypes.ENDPOINTS).acked()).isEqualTo(1);
    }

    @Test
    void aRefusalIsRememberedAndNotAnsweredWithTheSameAgain() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "a1");
        requests.onNext(request(ResourceTypes.CLUSTER).build());
        DiscoveryResponse first = inbox.next();
        requests.onNext(request(ResourceTypes.CLUSTER)
                .setResponseNonce(first.getNonce())
                .setErrorDetail(Status.newBuilder().setMessage("cannot be"))
                .build());
        server.discovery.worldChanged();
        assertThat(inbox.messages).isEmpty();
        assertThat(report(ResourceTypes.CLUSTER).rejected())
                .singleElement()
                .satisfies(rejection -> assertThat(rejection.reason()).isEqualTo("cannot be"));
        server.source.put(ResourceTypes.CLUSTER, "a", "a2");
        server.discovery.worldChanged();
        accept(inbox.next());
        assertThat(report(ResourceTypes.CLUSTER).rejected()).isEmpty();
    }

    @Test
    void anEmptyListAfterNamesWereGivenMeansNothingMore() throws InterruptedException {
        server.source.put(ResourceTypes.CLUSTER, "a", "a1");
        requests.onNext(request(ResourceTypes.CLUSTER, "a").build());
        accept(inbox.next());
        assertThat(report(ResourceTypes.CLUSTER).wildcard()).isFalse();
        assertThat(report(ResourceTypes.CLUSTER).subscribed()).isZero();
        assertThat(inbox.messages).isEmpty();
    }
}
