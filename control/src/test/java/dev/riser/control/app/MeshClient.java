package dev.riser.control.app;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Speaks to a control plane as users and proxies do. */
final class MeshClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ControlPlane plane;

    MeshClient(ControlPlane plane) {
        this.plane = plane;
    }

    record Answer(int status, JsonNode body, HttpResponse<String> response) {}

    Answer get(String path) throws Exception {
        return call("GET", path, "", "");
    }

    Answer post(String path, String body) throws Exception {
        return call("POST", path, body, plane.adminToken());
    }

    Answer call(String method, String path, String body, String token) throws Exception {
        java.net.http.HttpRequest.Builder request = java.net.http.HttpRequest.newBuilder()
                .uri(URI.create("http://127.0.0.1:" + plane.apiPort() + path))
                .method(method, java.net.http.HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        boolean json = response.headers().firstValue("content-type").orElse("").startsWith("application/json");
        return new Answer(
                response.statusCode(), json ? JSON.readTree(response.body()) : JSON.createObjectNode(), response);
    }

    ManagedChannel channel(Path rootBundle) throws IOException {
        return NettyChannelBuilder.forAddress("127.0.0.1", plane.xdsPort())
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(rootBundle.toFile())
                        .build())
                .build();
    }

    static Node node(JsonNode registered, String namespace, String name) {
        return Node.newBuilder()
                .setId(registered.path("node").asString(""))
                .setMetadata(Struct.newBuilder()
                        .putFields("NAMESPACE", text(namespace))
                        .putFields("WORKLOAD_NAME", text(name))
                        .putFields("SERVICE_ACCOUNT", text(name))
                        .putFields("INSTANCE", text(registered.path("id").asString("")))
                        .putFields(
                                "INSTANCE_IPS", text(registered.path("address4").asString(""))))
                .build();
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    /** A bearer token on a call. */
    record Bearer(String token) {
        CallCredentials credentials() {
            String value = "Bearer " + token;
            return new CallCredentials() {
                @Override
                public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
                    Metadata headers = new Metadata();
                    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), value);
                    applier.apply(headers);
                }
            };
        }
    }

    /** One delta stream. */
    static final class Discovery implements StreamObserver<DeltaDiscoveryResponse> {
        private final LinkedBlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
        private final LinkedBlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        private final StreamObserver<DeltaDiscoveryRequest> requests;
        private final Node node;

        Discovery(ManagedChannel channel, String token, Node node) {
            this.node = node;
            this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel)
                    .withCallCredentials(new Bearer(token).credentials())
                    .deltaAggregatedResources(this);
        }

        void subscribe(String type, String... names) {
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setNode(node)
                    .setTypeUrl(type)
                    .addAllResourceNamesSubscribe(List.of(names))
                    .build());
        }

        void accept(DeltaDiscoveryResponse response) {
            requests.onNext(DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .build());
        }

        DeltaDiscoveryResponse next() throws InterruptedException {
            DeltaDiscoveryResponse response = responses.poll(60, TimeUnit.SECONDS);
            if (response == null) {
                throw new AssertionError("no response came; failures: " + failures);
            }
            return response;
        }

        Throwable failure() throws InterruptedException {
            Throwable failure = failures.poll(60, TimeUnit.SECONDS);
            if (failure == null) {
                throw new AssertionError("the stream did not fail");
            }
            return failure;
        }

        void end() {
            requests.onCompleted();
        }

        @Override
        public void onNext(DeltaDiscoveryResponse response) {
            responses.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            failures.add(failure);
        }

        @Override
        public void onCompleted() {
            failures.add(new IllegalStateException("completed"));
        }
    }
}
