package dev.riser.proxy.telemetry;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.encoding.GrowingByteArrayOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.riser.base.FailureReason;
import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.Peer;
import dev.riser.xds.telemetry.Reporter;
import dev.riser.xds.telemetry.ResponseSignals;
import dev.riser.xds.telemetry.SignalReport;
import dev.riser.xds.telemetry.TcpSignals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a workload counted since its last report, summed over event loops; handed from loop to loop, never used by two at
 * once. A sketch leaves in the library's own encoding, index mapping included: {@code DDSketch.decode} reads it.
 */
final class SignalIncrements {
    private record ResponseKey(
            int responseCode, int grpcStatus, @Nullable FailureReason failure, Answerer answeredBy) {}

    private static final class Responses {
        private long requests;
        private long requestBytes;
        private long responseBytes;
        private final DDSketch latencyMillis = ResponseSeries.newSketch();
    }

    private static final class Edge {
        private final Map<ResponseKey, Responses> responses = new LinkedHashMap<>();
        private long opened;
        private long closed;
        private long sent;
        private long received;
        private long active;
    }

    private final Map<EdgeKey, Edge> edges = new LinkedHashMap<>();

    /** Moves an edge's increments here; called on the edge's event loop. */
    void take(EdgeSeries series) {
        Edge edge = edges.computeIfAbsent(series.key, key -> new Edge());
        for (ResponseSeries each : series.responses) {
            if (each.requests == 0) {
                continue;
            }
            Responses into = edge.responses.computeIfAbsent(
                    new ResponseKey(each.responseCode, each.grpcStatus, each.failure, each.answeredBy),
                    key -> new Responses());
            into.requests += each.requests;
            into.requestBytes += each.requestBytes;
            into.responseBytes += each.responseBytes;
            into.latencyMillis.mergeWith(each.latencyMillis);
            each.clear();
        }
        edge.opened += series.opened;
        edge.closed += series.closed;
        edge.sent += series.sent;
        edge.received += series.received;
        edge.active += series.active;
        series.opened = 0;
        series.closed = 0;
        series.sent = 0;
        series.received = 0;
    }

    SignalReport report(String nodeId, long endMillis, long intervalMillis) {
        SignalReport.Builder report = SignalReport.newBuilder()
                .setNodeId(nodeId)
                .setEndMillis(endMillis)
                .setIntervalMillis(intervalMillis);
        edges.forEach((key, edge) -> report.addEdges(edge(key, edge)));
        return report.build();
    }

    private static EdgeSignals edge(EdgeKey key, Edge edge) {
        EdgeSignals.Builder signals = EdgeSignals.newBuilder()
                .setReporter(key.direction() == Direction.INBOUND ? Reporter.DESTINATION : Reporter.SOURCE)
                .setSource(peer(key.source()))
                .setDestination(peer(key.destination()))
                .setDestinationService(
                        key.service().host().isEmpty()
                                ? "unknown"
                                : key.service().host())
                .setDestinationServiceNamespace(key.service().namespace())
                .setProtocol(key.protocol().label())
                .setMutualTls(key.mutualTls())
                .setRoute(key.route());
        edge.responses.forEach((kind, responses) -> signals.addResponses(ResponseSignals.newBuilder()
                .setResponseCode(kind.responseCode())
                .setGrpcStatus(kind.grpcStatus())
                .setFailure(ResponseSeries.failureWord(kind.failure(), kind.answeredBy()))
                .setRequests(responses.requests)
                .setRequestBytes(responses.requestBytes)
                .setResponseBytes(responses.responseBytes)
                .setLatencySketch(encode(responses.latencyMillis))));
        if (key.protocol() == EdgeProtocol.TCP) {
            signals.setTcp(TcpSignals.newBuilder()
                    .setConnectionsOpened(edge.opened)
                    .setConnectionsClosed(edge.closed)
                    .setSentBytes(edge.sent)
                    .setReceivedBytes(edge.received)
                    .setConnectionsActive(edge.active));
        }
        return signals.build();
    }

    private static Peer peer(PeerDescriptor peer) {
        return Peer.newBuilder()
                .setNamespace(peer.namespace())
                .setWorkload(peer.workload())
                .setInstance(peer.instance())
                .setApp(peer.app())
                .setVersion(peer.version())
                .setPrincipal(peer.principal())
                .build();
    }

    private static ByteString encode(DDSketch sketch) {
        GrowingByteArrayOutput output = GrowingByteArrayOutput.withDefaultInitialCapacity();
        try {
            sketch.encode(output, false);
        } catch (IOException impossible) {
            throw new UncheckedIOException("a byte array cannot fail to be written", impossible);
        }
        return UnsafeByteOperations.unsafeWrap(output.trimmedCopy());
    }
}
