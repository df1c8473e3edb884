package dev.riser.xds.server;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A discovery server inside the test's thread: every call, task and answer runs before the line that caused it returns,
 * so a test needs to wait for nothing.
 */
final class TestServer implements AutoCloseable {
    static final Node NODE = Node.newBuilder().setId("node-1").build();

    final TableSource source = new TableSource();
    final List<String> events = new ArrayList<>();
    final DiscoveryServer discovery;
    private final Server server;
    private final ManagedChannel channel;

    TestServer(NodeGate gate) throws IOException {
        discovery =
                new DiscoveryServer(source, gate, new Recorder(events), Runnable::run, () -> 0, () -> Instant.EPOCH);
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(discovery)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    AggregatedDiscoveryServiceStub stub() {
        return AggregatedDiscoveryServiceGrpc.newStub(channel);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private record Recorder(List<String> events) implements DiscoveryObserver {
        @Override
        public void onConnected(DiscoveryClient client) {
            events.add("connected " + client.node().getId());
        }

        @Override
        public void onDisconnected(DiscoveryClient client) {
            events.add("disconnected " + client.node().getId());
        }

        @Override
        public void onRejected(DiscoveryClient client, String type, String name, String reason) {
            events.add("rejected " + name + ": " + reason);
        }
    }

    /** What a client has received. */
    static final class Inbox<P> implements StreamObserver<P> {
        final LinkedBlockingQueue<P> messages = new LinkedBlockingQueue<>();
        final LinkedBlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

        @Override
        public void onNext(P message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            failures.add(failure);
        }

        @Override
        public void onCompleted() {
            failures.add(new IllegalStateException("completed"));
        }

        P next() throws InterruptedException {
            P message = messages.poll(60, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message came; failures: " + failures);
            }
            return message;
        }
    }
}
