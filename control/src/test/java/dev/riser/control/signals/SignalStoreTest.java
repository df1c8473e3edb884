package dev.riser.control.signals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import com.datadoghq.sketch.ddsketch.encoding.GrowingByteArrayOutput;
import com.google.protobuf.ByteString;
import dev.riser.control.signals.SignalQueries.StatQuery;
import dev.riser.control.testing.ManualClock;
import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.Peer;
import dev.riser.xds.telemetry.ResponseSignals;
import dev.riser.xds.telemetry.SignalReport;
import dev.riser.xds.telemetry.TcpSignals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SignalStoreTest {
    private static final Duration MINUTE = Duration.ofSeconds(60);

    private final ManualClock clock = ManualClock.atNoon();
    private SignalStore store = new SignalStore(clock);
    private SignalQueries queries = new SignalQueries(store);

    private static Peer peer(String workload, String version, String instance) {
        return Peer.newBuilder()
                .setNamespace("prod")
                .setWorkload(workload)
                .setVersion(version)
                .setInstance(instance)
                .setPrincipal("spiffe://cluster.local/ns/prod/sa/" + workload)
                .build();
    }

    private static EdgeSignals.Builder edge(dev.riser.xds.telemetry.Reporter reporter, String version) {
        return EdgeSignals.newBuilder()
                .setReporter(reporter)
                .setSource(peer("frontend", "v1", "frontend-1"))
                .setDestination(peer("product", version, "product-" + version))
                .setDestinationService("product.prod.svc.cluster.local")
                .setDestinationServiceNamespace("prod")
                .setProtocol("http")
                .setMutualTls(true);
    }

    private static ResponseSignals responses(int code, int requests, double... latencies) {
        DDSketch sketch = DDSketches.logarithmicUnboundedDense(0.01);
        for (double latency : latencies) {
            sketch.accept(latency);
        }
        ByteString bytes = latencies.length == 0 ? ByteString.EMPTY : encoded(sketch);
        return ResponseSignals.newBuilder()
                .setResponseCode(code)
                .setGrpcStatus(-1)
                .setRequests(requests)
                .setRequestBytes(10L * requests)
                .setResponseBytes(100L * requests)
                .setLatencySketch(bytes)
                .build();
    }

    private static ByteString encoded(DDSketch sketch) {
        GrowingByteArrayOutput output = GrowingByteArrayOutput.withDefaultInitialCapacity();
        try {
            sketch.encode(output, false);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return ByteString.copyFrom(output.trimmedCopy());
    }

    private void report(EdgeSignals... edges) {
        store.add(SignalReport.newBuilder()
                .setEndMillis(clock.millis())
                .setIntervalMillis(10_000)
                .addAllEdges(List.of(edges))
                .build());
    }

    private List<StatRow> stat(TargetKind kind, Duration window) {
        return queries.stat(new StatQuery(kind, "prod", "", window, Optional.empty(), Optional.empty()), List.of());
    }

    @Test
    void aRowHasRateSuccessAndLatencyOfWhatTheTargetServed() {
        clock.pass(Duration.ofSeconds(10));
        double[] latencies = IntStream.rangeClosed(1, 100).asDoubleStream().toArray();
        report(
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .addResponses(responses(200, 90, latencies))
                        .addResponses(responses(503, 10))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v1")
                        .addResponses(responses(200, 999, latencies))
                        .build());
        StatRow row = stat(TargetKind.DEPLOY, MINUTE).getFirst();
        assertThat(row.namespace()).isEqualTo("prod");
        assertThat(row.name()).isEqualTo("product");
        assertThat(row.meshed()).isTrue();
        assertThat(row.requests()).isEqualTo(100);
        assertThat(row.success()).hasValue(0.9);
        assertThat(row.rps()).isCloseTo(100 / 60.0, within(1e-9));
        assertThat(row.p50().orElseThrow()).isCloseTo(50, within(1.1));
        assertThat(row.p99().orElseThrow()).isCloseTo(99, within(2.0));
        assertThat(row.writeBytesPerSecond()).isCloseTo(100 * 100 / 60.0, within(1e-9));
    }

    @Test
    void theCallersAreBelievedWhereTheTargetHasNoProxy() {
        clock.pass(Duration.ofSeconds(10));
        report(edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v1")
                .addResponses(responses(200, 7))
                .build());
        StatRow row = stat(TargetKind.DEPLOY, MINUTE).getFirst();
        assertThat(row.requests()).isEqualTo(7);
        assertThat(row.meshed()).isFalse();
    }

    @Test
    void aServiceIsSeenWithItsClientsEyes() {
        clock.pass(Duration.ofSeconds(10));
        report(
                edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v1")
                        .addResponses(responses(200, 8))
                        .addResponses(responses(503, 2))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .addResponses(responses(200, 8))
                        .build());
        StatRow row = stat(TargetKind.SERVICE, MINUTE).getFirst();
        assertThat(row.name()).isEqualTo("product");
        assertThat(row.success()).hasValue(0.8);
    }

    @Test
    void rowsByPodAndByNamespaceAddUpTheSameRequests() {
        clock.pass(Duration.ofSeconds(10));
        report(
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .addResponses(responses(200, 3))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v2")
                        .addResponses(responses(200, 4))
                        .build());
        assertThat(stat(TargetKind.POD, MINUTE))
                .extracting(StatRow::name, StatRow::requests)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("product-v1", 3L),
                        org.assertj.core.groups.Tuple.tuple("product-v2", 4L));
        assertThat(stat(TargetKind.NAMESPACE, MINUTE))
                .extracting(StatRow::name, StatRow::requests)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("prod", 7L));
    }

    @Test
    void fromAndToFilterByTheOtherEnd() {
        clock.pass(Duration.ofSeconds(10));
        report(
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .addResponses(responses(200, 3))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .setSource(peer("admin", "v1", "admin-1"))
                        .addResponses(responses(200, 5))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v1")
                        .addResponses(responses(200, 4))
                        .build());
        List<StatRow> fromAdmin = queries.stat(
                new StatQuery(
                        TargetKind.DEPLOY, "prod", "", MINUTE, Target.parse("deploy/admin.prod", ""), Optional.empty()),
                List.of());
        assertThat(fromAdmin).extracting(StatRow::requests).containsExactly(5L);
        List<StatRow> toProduct = queries.stat(
                new StatQuery(
                        TargetKind.DEPLOY, "prod", "", MINUTE, Optional.empty(), Target.parse("svc/product", "prod")),
                List.of());
        assertThat(toProduct)
                .filteredOn(row -> row.name().equals("frontend"))
                .extracting(StatRow::requests)
                .containsExactly(4L);
    }

    @Test
    void aTargetWithoutTrafficHasARowWithoutFigures() {
        List<StatRow> rows = queries.stat(
                new StatQuery(TargetKind.DEPLOY, "prod", "", MINUTE, Optional.empty(), Optional.empty()),
                List.of(new KnownTarget("prod", "idle", true), new KnownTarget("other", "away", true)));
        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.name()).isEqualTo("idle");
            assertThat(row.meshed()).isTrue();
            assertThat(row.success()).isEqualTo(OptionalDouble.empty());
            assertThat(row.p99()).isEqualTo(OptionalDouble.empty());
            assertThat(row.rps()).isZero();
        });
    }

    @Test
    void whatIsOlderThanTheWindowDoesNotCountAndAfterAnHourItIsGone() {
        clock.pass(Duration.ofSeconds(10));
        report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                .addResponses(responses(200, 5))
                .build());
        clock.pass(Duration.ofSeconds(50));
        assertThat(stat(TargetKind.DEPLOY, MINUTE))
                .extracting(StatRow::requests)
                .containsExactly(5L);
        clock.pass(Duration.ofSeconds(10));
        assertThat(stat(TargetKind.DEPLOY, MINUTE)).isEmpty();
        assertThat(stat(TargetKind.DEPLOY, Duration.ofMinutes(10)))
                .extracting(StatRow::requests)
                .containsExactly(5L);
        clock.pass(Duration.ofHours(1));
        report();
        assertThat(store.fill().edges()).isZero();
        assertThat(store.fill().bytes()).isZero();
    }

    @Test
    void edgesBeyondTheLimitAreCountedTogether() {
        store = new SignalStore(clock, 3, SignalStore.DEFAULT_MOST_BYTES);
        for (int number = 0; number < 10; number++) {
            report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v" + number)
                    .addResponses(responses(200, 1))
                    .build());
        }
        assertThat(store.fill().edges()).isEqualTo(4);
        assertThat(store.fill().overflowed()).isEqualTo(7);
        long[] requests = {0};
        store.forEach(store.span(MINUTE), (edge, counted) -> requests[0] += counted.requests());
        assertThat(requests[0]).isEqualTo(10);
    }

    @Test
    void theOldestSlicesGoWhenTheMemoryIsUsedUp() {
        store = new SignalStore(clock, 100, 2_000);
        queries = new SignalQueries(store);
        for (int slice = 0; slice < 60; slice++) {
            clock.pass(Duration.ofSeconds(10));
            report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                    .addResponses(responses(200, 1, 1, 10, 100))
                    .build());
            assertThat(store.fill().bytes()).isLessThanOrEqualTo(2_000);
        }
        assertThat(stat(TargetKind.DEPLOY, Duration.ofHours(1)).getFirst().requests())
                .isBetween(3L, 6L);
    }

    @Test
    void ratesCountTheTimeThatWasReportedOn() {
        clock.pass(Duration.ofSeconds(30));
        report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                .addResponses(responses(200, 100))
                .build());
        clock.pass(Duration.ofSeconds(9));
        assertThat(stat(TargetKind.DEPLOY, Duration.ofSeconds(10)).getFirst().rps())
                .isEqualTo(10.0);
    }

    @Test
    void sketchesOfOtherMappingsAreReadAndRubbishIsDroppedAndCounted() {
        clock.pass(Duration.ofSeconds(10));
        DDSketch sketch = DDSketches.unboundedDense(0.01);
        sketch.accept(250);
        ResponseSignals.Builder plain = responses(200, 1).toBuilder();
        report(
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                        .addResponses(plain.setLatencySketch(encoded(sketch)))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v2")
                        .addResponses(plain.setLatencySketch(ByteString.copyFromUtf8("\u0001rubbish")))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v3")
                        .addResponses(plain.setLatencySketch(ByteString.copyFromUtf8("\nrubbish")))
                        .build(),
                EdgeSignals.getDefaultInstance());
        assertThat(stat(TargetKind.POD, MINUTE)).singleElement().satisfies(row -> {
            assertThat(row.name()).isEqualTo("product-v1");
            assertThat(row.p50().orElseThrow()).isCloseTo(250, within(5.1));
        });
        assertThat(store.fill().malformed()).isEqualTo(3);
    }

    @Test
    void theGraphNamesBothEndsSharesOfVersionsAndMutualTls() {
        clock.pass(Duration.ofSeconds(10));
        report(
                edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v1")
                        .addResponses(responses(200, 90))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.SOURCE, "v2")
                        .addResponses(responses(200, 10))
                        .build(),
                edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v2")
                        .addResponses(responses(200, 10))
                        .build());
        SignalGraph graph = queries.graph(MINUTE);
        assertThat(graph.nodes()).extracting(SignalGraph.Node::id).containsExactly("prod/frontend", "prod/product");
        assertThat(graph.nodes().get(1).versions()).containsExactly("v1", "v2");
        assertThat(graph.edges()).singleElement().satisfies(edge -> {
            assertThat(edge.versions()).isEqualTo(Map.of("v1", 0.9, "v2", 0.1));
            assertThat(edge.mutualTls()).isTrue();
            assertThat(edge.requests()).isEqualTo(100);
            assertThat(edge.sourcePrincipal()).isEqualTo("spiffe://cluster.local/ns/prod/sa/frontend");
            assertThat(edge.destinationPrincipal()).isEqualTo("spiffe://cluster.local/ns/prod/sa/product");
        });
    }

    @Test
    void aPlaintextCallerWithoutAProxyIsAnUnknownNodeOnAnUnencryptedEdge() {
        clock.pass(Duration.ofSeconds(10));
        report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                .setSource(Peer.getDefaultInstance())
                .setMutualTls(false)
                .addResponses(responses(200, 1))
                .build());
        SignalGraph graph = queries.graph(MINUTE);
        assertThat(graph.edges()).singleElement().satisfies(edge -> {
            assertThat(edge.source()).isEqualTo("/unknown");
            assertThat(edge.mutualTls()).isFalse();
        });
        assertThat(graph.nodes())
                .extracting(SignalGraph.Node::kind)
                .contains(SignalGraph.Kind.UNKNOWN, SignalGraph.Kind.WORKLOAD);
    }

    @Test
    void aTimeseriesHasOnePointForEachSliceAndOneLineForEachVersion() {
        for (int slice = 1; slice <= 3; slice++) {
            clock.pass(Duration.ofSeconds(10));
            report(
                    edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                            .addResponses(responses(200, 100 * slice, 5))
                            .build(),
                    edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v2")
                            .addResponses(responses(500, 10))
                            .build());
        }
        Timeseries chart = queries.timeseries(
                new Target(TargetKind.DEPLOY, "product", "prod"), Duration.ofSeconds(40), Timeseries.By.VERSION);
        assertThat(chart.step()).isEqualTo(10);
        assertThat(chart.times()).hasSize(4);
        assertThat(chart.times().getLast() + 10).isEqualTo(clock.instant().getEpochSecond());
        assertThat(chart.series()).extracting(Timeseries.Series::label).containsExactly("v1", "v2");
        assertThat(chart.series().getFirst().rps()).containsExactly(0.0, 10.0, 20.0, 30.0);
        assertThat(chart.series().get(1).success().getLast()).hasValue(0.0);
        assertThat(chart.series().get(1).success().getFirst()).isEmpty();
    }

    @Test
    void openTcpConnectionsAreALevelNotASum() {
        for (int slice = 0; slice < 3; slice++) {
            clock.pass(Duration.ofSeconds(10));
            report(edge(dev.riser.xds.telemetry.Reporter.DESTINATION, "v1")
                    .setProtocol("tcp")
                    .setTcp(TcpSignals.newBuilder()
                            .setConnectionsOpened(1)
                            .setConnectionsActive(2)
                            .setSentBytes(600))
                    .build());
        }
        StatRow row = stat(TargetKind.DEPLOY, MINUTE).getFirst();
        assertThat(row.tcpConnections()).isEqualTo(2);
        assertThat(row.readBytesPerSecond()).isEqualTo(30.0);
        assertThat(row.success()).isEmpty();
    }

    @Test
    void grpcStatusesThatBlameTheServerAreFailures() {
        for (int status : new int[] {2, 4, 12, 13, 14, 15}) {
            assertThat(Success.of(200, status)).as("status %d", status).isFalse();
        }
        for (int status : new int[] {0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 16}) {
            assertThat(Success.of(200, status)).as("status %d", status).isTrue();
        }
        assertThat(Success.of(404, -1)).isTrue();
        assertThat(Success.of(500, -1)).isFalse();
        assertThat(Success.of(0, -1)).isFalse();
    }

    @Test
    void targetsAreReadAsUsersWriteThem() {
        assertThat(Target.parse("deploy/web.prod", "x")).contains(new Target(TargetKind.DEPLOY, "web", "prod"));
        assertThat(Target.parse("deploy/web", "prod")).contains(new Target(TargetKind.DEPLOY, "web", "prod"));
        assertThat(Target.parse("svc/api.example.com", ""))
                .contains(new Target(TargetKind.SERVICE, "api.example.com", ""));
        assertThat(Target.parse("ns/prod", "x")).contains(new Target(TargetKind.NAMESPACE, "prod", ""));
        assertThat(Target.parse("web", "prod")).isEmpty();
        assertThat(Target.parse("car/web", "prod")).isEmpty();
    }
}
