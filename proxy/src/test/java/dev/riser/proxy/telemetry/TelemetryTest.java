package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.encoding.ByteArrayInput;
import com.datadoghq.sketch.ddsketch.store.UnboundedSizeDenseStore;
import com.sun.management.ThreadMXBean;
import dev.riser.base.FailureReason;
import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.Reporter;
import dev.riser.xds.telemetry.ResponseSignals;
import dev.riser.xds.telemetry.SignalReport;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TelemetryTest {
    private static final EventExecutor LOOP = ImmediateEventExecutor.INSTANCE;

    private final ManualTicker ticker = new ManualTicker();
    private final ProcessTelemetry process =
            new ProcessTelemetry(ticker, () -> Instant.ofEpochMilli(10_000), Runnable::run);

    private WorkloadTelemetry workload(MetricSettings settings) {
        return process.workload("sidecar~10.0.0.1~frontend-1.prod~prod.svc.cluster.local", settings, Tracer.OFF);
    }

    private static <T> T now(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private String metrics() throws Exception {
        return now(process.prometheus());
    }

    private static List<String> lines(String metrics, String name) {
        return metrics.lines().filter(line -> line.startsWith(name + "{")).toList();
    }

    @Test
    void requestIsCountedWithTheLabelsDashboardsKnow() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);

        telemetry.record(Records.exchange(200, 7));

        assertThat(lines(metrics(), "istio_requests_total"))
                .containsExactly("istio_requests_total{connection_security_policy=\"mutual_tls\","
                        + "destination_app=\"product\",destination_canonical_revision=\"v2\","
                        + "destination_canonical_service=\"product\","
                        + "destination_principal=\"spiffe://cluster.local/ns/prod/sa/product\","
                        + "destination_service=\"product.prod.svc.cluster.local\","
                        + "destination_service_name=\"product\",destination_service_namespace=\"prod\","
                        + "destination_version=\"v2\",destination_workload=\"product-v2\","
                        + "destination_workload_namespace=\"prod\",grpc_response_status=\"\","
                        + "reporter=\"source\",request_protocol=\"http\",response_code=\"200\","
                        + "response_flags=\"-\",source_app=\"frontend\",source_canonical_revision=\"v1\","
                        + "source_canonical_service=\"frontend\","
                        + "source_principal=\"spiffe://cluster.local/ns/prod/sa/frontend\","
                        + "source_version=\"v1\",source_workload=\"frontend\","
                        + "source_workload_namespace=\"prod\"} 1.0");
    }

    @Test
    void durationsFallIntoTheirBuckets() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);

        telemetry.record(Records.exchange(200, 1));
        telemetry.record(Records.exchange(200, 7));
        telemetry.record(Records.exchange(200, 40));

        String metrics = metrics();
        String name = "istio_request_duration_milliseconds";
        List<String> buckets = lines(metrics, name + "_bucket");
        assertThat(buckets).hasSize(20);
        assertThat(count(buckets, "le=\"0.5\"")).isEqualTo(0);
        assertThat(count(buckets, "le=\"1.0\"")).isEqualTo(1);
        assertThat(count(buckets, "le=\"5.0\"")).isEqualTo(1);
        assertThat(count(buckets, "le=\"10.0\"")).isEqualTo(2);
        assertThat(count(buckets, "le=\"50.0\"")).isEqualTo(3);
        assertThat(count(buckets, "le=\"+Inf\"")).isEqualTo(3);
        assertThat(lines(metrics, name + "_sum").getFirst()).endsWith(" 48.0");
        assertThat(lines(metrics, name + "_count").getFirst()).endsWith(" 3");
        assertThat(lines(metrics, "istio_request_bytes_sum").getFirst()).endsWith(" 60.0");
        assertThat(lines(metrics, "istio_response_bytes_sum").getFirst()).endsWith(" 9000.0");
    }

    private static long count(List<String> lines, String label) {
        String line =
                lines.stream().filter(each -> each.contains(label)).findFirst().orElseThrow();
        return (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }

    @Test
    void everyLineOfTheExpositionIsWellFormedAndNoSeriesAppearsTwice() throws Exception {
        WorkloadTelemetry first = workload(MetricSettings.DEFAULT);
        WorkloadTelemetry second = workload(MetricSettings.DEFAULT);
        ExchangeRecord odd = Records.exchange(503, 3);
        odd.failure = FailureReason.NO_ENDPOINT;
        odd.answeredBy = Answerer.PROXY;
        odd.source = new PeerDescriptor("prod", "a\"b\\c\nd", "", "", "", "", "");
        first.forLoop(LOOP).record(odd);
        second.forLoop(LOOP).record(odd);
        first.forLoop(LOOP).connectionOpened(Records.connection());
        process.proxyMetrics().tlsRefused(Direction.INBOUND, FailureReason.PEER_NOT_TRUSTED, "spiffe://evil/\n");
        process.proxyMetrics().gauge(ProxyGauge.WORKLOADS, List.of(), () -> 2);

        String metrics = metrics();

        Pattern sample = Pattern.compile(
                "([a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-z_]+=\"([^\"\\\\\\n]|\\\\[\\\\\"n])*\",?)*\\})?) [0-9.eE+-]+|# (HELP|TYPE) .*");
        Set<String> seen = new HashSet<>();
        assertThat(metrics.lines()).isNotEmpty().allSatisfy(line -> {
            Matcher matcher = sample.matcher(line);
            assertThat(matcher.matches()).as(line).isTrue();
            assertThat(seen.add(line.startsWith("#") ? line : matcher.group(1)))
                    .as(line)
                    .isTrue();
        });
        assertThat(metrics).endsWith("\n").contains("a\\\"b\\\\c\\nd").contains("riser_workloads 2.0\n");
        assertThat(lines(metrics, "istio_requests_total").getFirst()).endsWith(" 2.0");
        assertThat(metrics).contains("riser_failures_total{direction=\"outbound\",reason=\"NO_ENDPOINT\"} 2.0");
    }

    @Test
    void loopsAreMergedWhenMetricsAreCollected() throws Exception {
        WorkloadTelemetry workload = workload(MetricSettings.DEFAULT);
        DefaultEventExecutor one = new DefaultEventExecutor();
        DefaultEventExecutor two = new DefaultEventExecutor();
        try {
            one.submit(() -> workload.forLoop(one).record(Records.exchange(200, 5)))
                    .sync();
            two.submit(() -> {
                        workload.forLoop(two).record(Records.exchange(200, 5));
                        workload.forLoop(two).record(Records.exchange(500, 5));
                    })
                    .sync();

            String metrics = metrics();

            assertThat(lines(metrics, "istio_requests_total"))
                    .anyMatch(line -> line.contains("response_code=\"200\"") && line.endsWith(" 2.0"))
                    .anyMatch(line -> line.contains("response_code=\"500\"") && line.endsWith(" 1.0"))
                    .hasSize(2);
        } finally {
            one.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            two.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void trafficBeyondTheBudgetIsCountedInOverflowSeries() throws Exception {
        MetricSettings three =
                new MetricSettings(3, Duration.ofHours(1), EnumSet.allOf(StandardMetric.class), Set.of());
        WorkloadTelemetry workload = workload(three);
        Telemetry telemetry = workload.forLoop(LOOP);

        for (int peer = 0; peer < 10; peer++) {
            ExchangeRecord exchange = Records.exchange(peer == 9 ? 503 : 200, 5);
            exchange.source = new PeerDescriptor("prod", "caller-" + peer, "", "", "", "", "");
            telemetry.record(exchange);
        }

        List<String> requests = lines(metrics(), "istio_requests_total");
        assertThat(requests).hasSize(5);
        assertThat(requests)
                .filteredOn(line -> line.contains("source_workload=\"overflow\""))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line)
                                .contains("response_code=\"200\"")
                                .endsWith(" 6.0"),
                        line -> assertThat(line)
                                .contains("response_code=\"500\"")
                                .endsWith(" 1.0"));
        assertThat(metrics()).contains("riser_metrics_overflow_total 7.0");
        assertThat(workload.series()).isEqualTo(3);
    }

    @Test
    void idleSeriesGoAndMakeRoomForOthers() throws Exception {
        MetricSettings one =
                new MetricSettings(1, Duration.ofMinutes(10), EnumSet.allOf(StandardMetric.class), Set.of());
        WorkloadTelemetry workload = workload(one);
        Telemetry telemetry = workload.forLoop(LOOP);
        telemetry.record(Records.exchange(200, 5));
        metrics();

        ticker.advance(Duration.ofMinutes(11));
        metrics();
        now(process.signalReports());
        ticker.advance(Duration.ofMinutes(16));
        now(process.signalReports());

        assertThat(workload.series()).isZero();
        assertThat(lines(metrics(), "istio_requests_total")).isEmpty();
        ExchangeRecord other = Records.exchange(200, 5);
        other.source = Records.PRODUCT;
        telemetry.record(other);
        assertThat(lines(metrics(), "istio_requests_total"))
                .singleElement()
                .asString()
                .contains("source_workload=\"product-v2\"");
    }

    @Test
    void seriesThatHasExpiredIsFoundAgainWithItsCount() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        telemetry.record(Records.exchange(200, 5));
        metrics();
        ticker.advance(Duration.ofMinutes(61));
        metrics();

        telemetry.record(Records.exchange(200, 5));

        assertThat(lines(metrics(), "istio_requests_total").getFirst()).endsWith(" 2.0");
    }

    @Test
    void counterDoesNotFallWhenOneOfTwoWorkloadsWithTheSameLabelsLeaves() throws Exception {
        WorkloadTelemetry leaving = workload(MetricSettings.DEFAULT);
        WorkloadTelemetry staying = workload(MetricSettings.DEFAULT);
        leaving.forLoop(LOOP).record(Records.exchange(200, 5));
        staying.forLoop(LOOP).record(Records.exchange(200, 5));

        SignalReport last = now(leaving.close());

        assertThat(last.getEdges(0).getResponses(0).getRequests()).isEqualTo(1);
        assertThat(lines(metrics(), "istio_requests_total").getFirst()).endsWith(" 2.0");
        assertThat(now(process.signalReports())).hasSize(1);
    }

    @Test
    void metricsThatAreNotCapturedAndLabelsThatAreOmittedDoNotAppear() throws Exception {
        MetricSettings few = new MetricSettings(
                100, Duration.ofHours(1), Set.of(StandardMetric.REQUESTS), Set.of("source_principal", "response_code"));
        Telemetry telemetry = workload(few).forLoop(LOOP);

        telemetry.record(Records.exchange(200, 5));
        telemetry.record(Records.exchange(404, 5));

        String metrics = metrics();
        assertThat(metrics).doesNotContain("istio_request_duration").doesNotContain("source_principal");
        assertThat(lines(metrics, "istio_requests_total"))
                .singleElement()
                .asString()
                .endsWith(" 2.0");
    }

    @Test
    void reportHoldsIncrementsAndLatencies() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        for (int millis = 1; millis <= 100; millis++) {
            telemetry.record(Records.exchange(200, millis));
        }
        ExchangeRecord failed = Records.exchange(503, 1);
        failed.failure = FailureReason.CONNECT_REFUSED;
        failed.answeredBy = Answerer.PROXY;
        telemetry.record(failed);

        List<SignalReport> first = now(process.signalReports());
        telemetry.record(Records.exchange(200, 9));
        List<SignalReport> second = now(process.signalReports());
        List<SignalReport> third = now(process.signalReports());

        EdgeSignals edge = first.getFirst().getEdges(0);
        assertThat(first.getFirst().getNodeId()).startsWith("sidecar~");
        assertThat(edge.getReporter()).isEqualTo(Reporter.SOURCE);
        assertThat(edge.getSource().getInstance()).isEqualTo("frontend-1");
        assertThat(edge.getDestination().getPrincipal()).isEqualTo("spiffe://cluster.local/ns/prod/sa/product");
        assertThat(edge.getDestinationService()).isEqualTo("product.prod.svc.cluster.local");
        assertThat(edge.getRoute()).isEqualTo("product VirtualService prod/product http[0] shop.yaml:12");
        assertThat(edge.getMutualTls()).isTrue();
        assertThat(edge.getProtocol()).isEqualTo("http");
        ResponseSignals good = edge.getResponses(0);
        assertThat(good.getRequests()).isEqualTo(100);
        assertThat(good.getGrpcStatus()).isEqualTo(-1);
        assertThat(good.getFailure()).isEmpty();
        assertThat(good.getResponseBytes()).isEqualTo(300_000);
        DDSketch sketch = DDSketch.decode(
                ByteArrayInput.wrap(good.getLatencySketch().toByteArray()), UnboundedSizeDenseStore::new);
        assertThat(sketch.getCount()).isEqualTo(100);
        assertThat(sketch.getValueAtQuantile(0.5)).isCloseTo(50, within(1.0));
        assertThat(sketch.getValueAtQuantile(0.99)).isCloseTo(99, within(1.1));
        assertThat(edge.getResponses(1).getFailure()).isEqualTo("CONNECT_REFUSED");
        assertThat(second.getFirst().getEdges(0).getResponsesList())
                .singleElement()
                .extracting(ResponseSignals::getRequests)
                .isEqualTo(1L);
        assertThat(third).isEmpty();
    }

    @Test
    void openConnectionReportsItsBytesBeforeItEnds() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        ConnectionRecord connection = Records.connection();
        telemetry.connectionOpened(connection);
        connection.bytesReceived = 100;
        connection.bytesSent = 1_000;

        EdgeSignals open = now(process.signalReports()).getFirst().getEdges(0);
        connection.bytesReceived = 150;
        telemetry.connectionClosed(connection);
        EdgeSignals closed = now(process.signalReports()).getFirst().getEdges(0);

        assertThat(open.getProtocol()).isEqualTo("tcp");
        assertThat(open.getReporter()).isEqualTo(Reporter.DESTINATION);
        assertThat(open.getTcp().getConnectionsOpened()).isEqualTo(1);
        assertThat(open.getTcp().getConnectionsActive()).isEqualTo(1);
        assertThat(open.getTcp().getSentBytes()).isEqualTo(1_000);
        assertThat(closed.getTcp().getConnectionsOpened()).isZero();
        assertThat(closed.getTcp().getConnectionsClosed()).isEqualTo(1);
        assertThat(closed.getTcp().getConnectionsActive()).isZero();
        assertThat(closed.getTcp().getReceivedBytes()).isEqualTo(50);
        String metrics = metrics();
        assertThat(lines(metrics, "istio_tcp_received_bytes_total").getFirst()).endsWith(" 150.0");
        assertThat(lines(metrics, "istio_tcp_sent_bytes_total").getFirst()).endsWith(" 1000.0");
        assertThat(lines(metrics, "istio_tcp_connections_opened_total").getFirst())
                .endsWith(" 1.0");
        assertThat(lines(metrics, "istio_tcp_connections_closed_total").getFirst())
                .endsWith(" 1.0");
    }

    @Test
    void openConnectionsAreKeptApartWhenTheyEndInAnyOrder() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        ConnectionRecord first = Records.connection();
        ConnectionRecord second = Records.connection();
        ConnectionRecord third = Records.connection();
        for (ConnectionRecord each : List.of(first, second, third)) {
            telemetry.connectionOpened(each);
            each.bytesSent = 10;
        }
        telemetry.connectionClosed(second);
        telemetry.connectionClosed(third);
        first.bytesSent = 25;

        EdgeSignals edge = now(process.signalReports()).getFirst().getEdges(0);

        assertThat(edge.getTcp().getSentBytes()).isEqualTo(45);
        assertThat(edge.getTcp().getConnectionsActive()).isEqualTo(1);
    }

    @Test
    void denialNamesThePolicy() throws Exception {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        ExchangeRecord denied = Records.exchange(403, 1);
        denied.failure = FailureReason.DENIED_BY_POLICY;
        denied.deniedBy = "ns[prod]-policy[deny-cart]-rule[0]";
        denied.answeredBy = Answerer.PROXY;

        telemetry.record(denied);

        assertThat(metrics())
                .contains("riser_policy_denied_total{policy=\"ns[prod]-policy[deny-cart]-rule[0]\"} 1.0")
                .contains("response_flags=\"RBAC_ACCESS_DENIED\"");
    }

    @Test
    void gaugesWithTheSameLabelsAreMergedAndLeaveWithTheirRegistration() throws Exception {
        ProxyMetrics metrics = process.proxyMetrics();
        metrics.gauge(ProxyGauge.CERTIFICATE_EXPIRY, List.of("prod", "cart"), () -> 30);
        ProxyMetrics.Registration sooner =
                metrics.gauge(ProxyGauge.CERTIFICATE_EXPIRY, List.of("prod", "cart"), () -> 10);
        String line = "riser_certificate_expiry_seconds{namespace=\"prod\",workload=\"cart\"} ";

        assertThat(metrics()).contains(line + "10.0");
        sooner.close();
        assertThat(metrics()).contains(line + "30.0");
    }

    @Test
    void labelsThatPeersChooseAreBounded() throws Exception {
        for (int peer = 0; peer < 2_000; peer++) {
            process.proxyMetrics().tlsRefused(Direction.INBOUND, FailureReason.PEER_NOT_TRUSTED, "spiffe://x/" + peer);
        }

        assertThat(lines(metrics(), "riser_tls_refused_total"))
                .hasSizeLessThanOrEqualTo(501)
                .anyMatch(line -> line.contains("peer=\"overflow\"") && line.endsWith(" 1500.0"));
    }

    @Test
    void countingAllocatesNothingOnceAnEdgeIsKnown() {
        Telemetry telemetry = workload(MetricSettings.DEFAULT).forLoop(LOOP);
        ExchangeRecord exchange = Records.exchange(200, 7);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int count = 0; count < 20_000; count++) {
            telemetry.record(exchange);
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int count = 0; count < 10_000; count++) {
            telemetry.record(exchange);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        // The measuring itself allocates a little; one object for each exchange would be 160,000 bytes.
        assertThat(allocated).isLessThan(10_000);
    }
}
