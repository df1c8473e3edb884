package dev.riser.xds.server;

import dev.riser.base.Ticker;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Aggregated discovery, incremental and state of the world, as one gRPC service. Each stream is worked on by one task at a
 * time; a change of the world leaves at most one pending push in each stream, however often it is announced, and a slow
 * client delays nobody but itself.
 *
 * <p>Protocol: <a href="https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol">xDS REST and gRPC protocol</a>.
 */
public final class DiscoveryServer extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    private final ResourceSource source;
    private final NodeGate gate;
    private final DiscoveryObserver observer;
    private final Executor workers;
    private final Ticker ticker;
    private final InstantSource clock;
    private final Map<Long, DiscoveryStream<?, ?>> streams = new ConcurrentHashMap<>();
    private final AtomicLong streamNumbers = new AtomicLong();

    /**
     * @param source where resources come from
     * @param gate who may be which node
     * @param observer told of what happens
     * @param workers runs the streams' work, which may take milliseconds and does not wait for the network
     * @param ticker measures pushes
     * @param clock says when a stream was opened
     */
    public DiscoveryServer(
            ResourceSource source,
            NodeGate gate,
            DiscoveryObserver observer,
            Executor workers,
            Ticker ticker,
            InstantSource clock) {
        this.source = source;
        this.gate = gate;
        this.observer = observer;
        this.workers = workers;
        this.ticker = ticker;
        this.clock = clock;
    }

    /** Says that the source may answer differently now. Returns at once; any thread. */
    public void worldChanged() {
        long announced = ticker.nanos();
        for (DiscoveryStream<?, ?> stream : streams.values()) {
            stream.announce(announced);
        }
    }

    /** The admitted streams as they stand, oldest first. Any thread. */
    public List<StreamReport> streams() {
        return streams.values().stream()
                .flatMap(stream -> stream.report().stream())
                .sorted(Comparator.comparingLong(report -> report.client().stream()))
                .toList();
    }

    /** Ends the streams of the clients that {@code choice} picks, for example because their token was withdrawn. */
    public void disconnect(java.util.function.Predicate<DiscoveryClient> choice, Status reason) {
        for (DiscoveryStream<?, ?> stream : streams.values()) {
            if (stream.report().filter(report -> choice.test(report.client())).isPresent()) {
                stream.end(reason);
            }
        }
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        return open(new DeltaStream(this, call(responses)));
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(StreamObserver<DiscoveryResponse> responses) {
        return open(new WorldStream(this, call(responses)));
    }

    private <Q, P> StreamObserver<Q> open(DiscoveryStream<Q, P> stream) {
        streams.put(stream.number(), stream);
        return stream;
    }

    private static <P> ServerCallStreamObserver<P> call(StreamObserver<P> responses) {
        return (ServerCallStreamObserver<P>) responses;
    }

    long nextStreamNumber() {
        return streamNumbers.incrementAndGet();
    }

    DiscoveryClient admit(long stream, io.envoyproxy.envoy.config.core.v3.Node node, java.time.Instant openedAt)
            throws StatusException {
        return new DiscoveryClient(stream, node, gate.admit(node), openedAt);
    }

    void forget(DiscoveryStream<?, ?> stream) {
        streams.remove(stream.number());
    }

    ResourceSource source() {
        return source;
    }

    DiscoveryObserver observer() {
        return observer;
    }

    Executor workers() {
        return workers;
    }

    Ticker ticker() {
        return ticker;
    }

    InstantSource clock() {
        return clock;
    }
}
