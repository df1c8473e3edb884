package dev.riser.proxy.discovery;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A control plane that says what the test tells it to, and remembers what it was asked. One stream at a time. */
final class FakeControlPlane extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    private final List<DeltaDiscoveryRequest> requests = new ArrayList<>();
    private Optional<StreamObserver<DeltaDiscoveryResponse>> stream = Optional.empty();
    private Optional<Status> refusal = Optional.empty();
    private int streams;
    private int nonces;

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        streams++;
        if (refusal.isPresent()) {
            responses.onError(refusal.get().asRuntimeException());
            return ignore();
        }
        stream = Optional.of(responses);
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                requests.add(request);
            }

            @Override
            public void onError(Throwable failure) {
                stream = Optional.empty();
            }

            @Override
            public void onCompleted() {
                stream = Optional.empty();
                responses.onCompleted();
            }
        };
    }

    /** Streams opened so far, refused ones too. */
    int streams() {
        return streams;
    }

    boolean connected() {
        return stream.isPresent();
    }

    /** The requests since the last call, in order. */
    List<DeltaDiscoveryRequest> taken() {
        List<DeltaDiscoveryRequest> taken = List.copyOf(requests);
        requests.clear();
        return taken;
    }

    /** Refuses every new stream. */
    void refuse(Status status) {
        refusal = Optional.of(status);
    }

    /** Takes new streams again. */
    void accept() {
        refusal = Optional.empty();
    }

    /** Sends one response and returns its nonce. */
    String send(String type, List<Resource> resources, List<String> removed) {
        String nonce = "n" + ++nonces;
        stream.orElseThrow()
                .onNext(DeltaDiscoveryResponse.newBuilder()
                        .setTypeUrl(type)
                        .setNonce(nonce)
                        .addAllResources(resources)
                        .addAllRemovedResources(removed)
                        .build());
        return nonce;
    }

    /** Breaks the stream off. */
    void breakOff() {
        stream.orElseThrow().onError(new StatusRuntimeException(Status.UNAVAILABLE));
        stream = Optional.empty();
    }

    static Resource resource(String name, String version, Message message) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(Any.pack(message))
                .build();
    }

    private static StreamObserver<DeltaDiscoveryRequest> ignore() {
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                // The stream was refused.
            }

            @Override
            public void onError(Throwable failure) {
                // The stream was refused.
            }

            @Override
            public void onCompleted() {
                // The stream was refused.
            }
        };
    }
}
