package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.riser.base.FailureReason;
import dev.riser.base.Ticker;
import dev.riser.xds.otlp.ResourceSpans;
import dev.riser.xds.otlp.Span;
import dev.riser.xds.otlp.Status;
import dev.riser.xds.otlp.TraceExport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SpanExporterTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final BlockingQueue<byte[]> posts = new LinkedBlockingQueue<>();
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private HttpServer collector;

    @BeforeEach
    void startCollector() throws Exception {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            posts.add(exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.createContext("/refuse", exchange -> {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
            posts.add(new byte[0]);
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private SpanExporter exporter(EventLoop loop, String path) {
        return new SpanExporter(
                loop,
                NioSocketChannel::new,
                DefaultAddressResolverGroup.INSTANCE,
                URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + path),
                Map.of("x-tenant", "shop"));
    }

    private static ExchangeRecord traced(Tracer tracer) {
        ExchangeRecord exchange = Records.exchange(503, 12);
        exchange.startEpochMicros = 1_700_000_000_000_000L;
        exchange.method = "GET";
        exchange.originalPath = "/items?secret=1";
        exchange.failure = FailureReason.DEADLINE;
        Map<String, String> headers = Map.of("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");
        exchange.trace = tracer.begin(headers::get);
        return exchange;
    }

    private static Telemetry telemetry(Tracer tracer) {
        return new ProcessTelemetry(Ticker.SYSTEM, InstantSource.system(), Runnable::run)
                .workload("node", MetricSettings.DEFAULT, tracer)
                .forLoop(ImmediateEventExecutor.INSTANCE);
    }

    @Test
    void spanReachesTheCollectorInOtlp() throws Exception {
        SpanExporter exporter = exporter(group.next(), "/v1/traces");
        Tracer tracer = new Tracer(0, Optional.of(exporter), Map.of("service.name", "frontend.prod"), () -> 0xabcdL);

        telemetry(tracer).record(traced(tracer));
        exporter.close();

        byte[] body = posts.poll(60, TimeUnit.SECONDS);
        assertThat(body).isNotNull();
        ResourceSpans spans = TraceExport.parseFrom(body).getResourceSpans(0);
        assertThat(spans.getResource().getAttributes(0).getValue().getStringValue())
                .isEqualTo("frontend.prod");
        Span span = spans.getScopeSpans(0).getSpans(0);
        assertThat(HexFormat.of().formatHex(span.getTraceId().toByteArray())).isEqualTo(TRACE);
        assertThat(HexFormat.of().formatHex(span.getParentSpanId().toByteArray()))
                .isEqualTo("00f067aa0ba902b7");
        assertThat(HexFormat.of().formatHex(span.getSpanId().toByteArray())).isEqualTo("000000000000abcd");
        assertThat(span.getKind()).isEqualTo(Span.Kind.KIND_CLIENT);
        assertThat(span.getName()).isEqualTo("product.prod.svc.cluster.local/*");
        assertThat(span.getStartTimeUnixNano()).isEqualTo(1_700_000_000_000_000_000L);
        assertThat(span.getEndTimeUnixNano() - span.getStartTimeUnixNano()).isEqualTo(12_000_000);
        assertThat(span.getStatus().getCode()).isEqualTo(Status.Code.CODE_ERROR);
        assertThat(span.getAttributesList())
                .anyMatch(each -> each.getKey().equals("error.type")
                        && each.getValue().getStringValue().equals("DEADLINE"))
                .anyMatch(each -> each.getKey().equals("url.path")
                        && each.getValue().getStringValue().equals("/items"));
    }

    @Test
    void spansThatTheCollectorRefusesAreCounted() throws Exception {
        SpanExporter exporter = exporter(group.next(), "/refuse");
        Tracer tracer = new Tracer(0, Optional.of(exporter), Map.of(), () -> 1);
        telemetry(tracer).record(traced(tracer));

        exporter.close();
        assertThat(posts.poll(60, TimeUnit.SECONDS)).isNotNull();
        group.shutdownGracefully(100, 5_000, TimeUnit.MILLISECONDS).sync();

        assertThat(exporter.dropped()).isEqualTo(1);
    }

    @Test
    void spansBeyondTheQueueAreDroppedAndCounted() throws Exception {
        EventLoop busy = group.next();
        SpanExporter exporter = exporter(busy, "/v1/traces");
        CountDownLatch held = new CountDownLatch(1);
        busy.execute(() -> {
            try {
                held.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        Tracer tracer = new Tracer(0, Optional.of(exporter), Map.of(), () -> 1);
        Telemetry telemetry = telemetry(tracer);
        ExchangeRecord exchange = traced(tracer);

        for (int count = 0; count < 5_000; count++) {
            telemetry.record(exchange);
        }
        held.countDown();

        assertThat(exporter.dropped()).isEqualTo(5_000 - 4_096);
    }

    @Test
    void callersDecisionGoesBeforeTheRate() {
        SpanExporter exporter = exporter(group.next(), "/v1/traces");
        Tracer always = new Tracer(1, Optional.of(exporter), Map.of(), () -> 5);
        Tracer never = new Tracer(0, Optional.of(exporter), Map.of(), () -> 5);
        Map<String, String> dropped = Map.of("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-00");
        Map<String, String> undecided = Map.of("b3", "a3ce929d0e0e4736-00f067aa0ba902b7");

        assertThat(always.begin(dropped::get).sampled()).isFalse();
        assertThat(always.begin(Map.<String, String>of()::get).sampled()).isTrue();
        assertThat(always.begin(undecided::get).sampled()).isTrue();
        assertThat(never.begin(undecided::get).sampled()).isFalse();
        assertThat(never.begin(Map.<String, String>of()::get)).isEqualTo(TraceContext.NONE);
        assertThat(List.of(always.begin(Map.of("b3", "0")::get), never.begin(Map.of("b3", "0")::get)))
                .noneMatch(TraceContext::sampled);
    }
}
