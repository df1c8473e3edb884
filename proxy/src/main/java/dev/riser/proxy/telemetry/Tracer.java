package dev.riser.proxy.telemetry;

import com.google.protobuf.ByteString;
import dev.riser.base.FailureReason;
import dev.riser.proxy.telemetry.TraceContext.Sampling;
import dev.riser.xds.otlp.AnyValue;
import dev.riser.xds.otlp.KeyValue;
import dev.riser.xds.otlp.Resource;
import dev.riser.xds.otlp.Span;
import dev.riser.xds.otlp.Status;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Begins and continues traces for one workload, and makes its spans. Safe on any thread if the source of randomness is.
 */
public final class Tracer {
    /** Passes traces on untouched, begins none, and exports nothing. */
    public static final Tracer OFF = new Tracer(0, Optional.empty(), Map.of(), () -> 1);

    private final double rate;
    private final Optional<SpanExporter> exporter;
    private final Resource resource;
    private final LongSupplier random;

    /**
     * A tracer.
     *
     * @param rate share of requests, 0 to 1, that begin a sampled trace where the caller has not decided
     * @param exporter where spans go
     * @param resource attributes of the workload, such as {@code service.name}
     * @param random uniformly distributed numbers, safe on any thread
     */
    public Tracer(double rate, Optional<SpanExporter> exporter, Map<String, String> resource, LongSupplier random) {
        this.rate = rate;
        this.exporter = exporter;
        Resource.Builder builder = Resource.newBuilder();
        resource.forEach((key, value) -> builder.addAttributes(attribute(key, value)));
        this.resource = builder.build();
        this.random = random;
    }

    /**
     * This hop's context for a request: a child of the caller's, or a new trace. Where spans are not recorded, the
     * caller's context itself, or none: the request then passes through as it came. Write it with
     * {@link TraceContext#writeTo}.
     *
     * @param headers first value by lower-case name, {@code null} where absent
     */
    public TraceContext begin(Function<String, @Nullable CharSequence> headers) {
        TraceContext incoming = TraceContext.from(headers);
        Sampling sampling = incoming.sampling() == Sampling.DEFER ? decide() : incoming.sampling();
        boolean recorded = exporter.isPresent() && (sampling == Sampling.RECORD || sampling == Sampling.DEBUG);
        if (incoming.present()) {
            return recorded ? incoming.child(id(), sampling) : incoming;
        }
        if (!recorded) {
            return TraceContext.NONE;
        }
        return TraceContext.root(random.getAsLong(), id(), id(), sampling, incoming);
    }

    private Sampling decide() {
        // 53 bits are what a double holds.
        return (random.getAsLong() >>> 11) * 0x1p-53 < rate ? Sampling.RECORD : Sampling.DROP;
    }

    private long id() {
        long id = random.getAsLong();
        return id == 0 ? 1 : id;
    }

    void export(ExchangeRecord exchange) {
        if (exporter.isPresent()) {
            exporter.get().offer(resource, span(exchange));
        }
    }

    private static Span span(ExchangeRecord exchange) {
        TraceContext trace = exchange.trace;
        boolean inbound = exchange.direction == Direction.INBOUND;
        long startNanos = exchange.startEpochMicros * 1_000;
        FailureReason failure = exchange.failure;
        String host = exchange.service.host().isEmpty() ? exchange.authority.toString() : exchange.service.host();
        Span.Builder span = Span.newBuilder()
                .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16)
                        .putLong(trace.traceIdHigh())
                        .putLong(trace.traceIdLow())
                        .flip()))
                .setSpanId(bytes(trace.spanId()))
                .setName(host.isEmpty() ? exchange.method.toString() : host + "/*")
                .setKind(inbound ? Span.Kind.KIND_SERVER : Span.Kind.KIND_CLIENT)
                .setStartTimeUnixNano(startNanos)
                .setEndTimeUnixNano(startNanos + Math.max(0, exchange.endNanos - exchange.startNanos))
                .setFlags(1);
        if (trace.parentSpanId() != 0) {
            span.setParentSpanId(bytes(trace.parentSpanId()));
        }
        text(span, "http.request.method", exchange.method);
        text(span, "url.scheme", exchange.scheme);
        text(span, "server.address", exchange.authority);
        text(span, "url.path", withoutQuery(exchange.originalPath));
        text(span, "network.protocol.version", exchange.protocol.replace("HTTP/", ""));
        text(span, "user_agent.original", exchange.userAgent);
        text(span, "guid:x-request-id", exchange.requestId);
        text(span, "upstream_cluster", exchange.clusterName);
        text(span, "riser.route", exchange.routeName);
        text(span, "riser.route.origin", exchange.routeOrigin);
        text(span, "istio.canonical_service", exchange.destination.service());
        text(span, "riser.source", exchange.source.principal());
        text(span, "riser.destination", exchange.destination.principal());
        text(span, "riser.denied_by", exchange.deniedBy);
        if (exchange.upstreamHost instanceof InetSocketAddress upstream) {
            text(span, "network.peer.address", AddressText.of(upstream));
        }
        if (exchange.responseCode != 0) {
            span.addAttributes(attribute("http.response.status_code", exchange.responseCode));
        }
        if (exchange.grpcStatus != ExchangeRecord.NO_GRPC_STATUS) {
            span.addAttributes(attribute("rpc.grpc.status_code", exchange.grpcStatus));
        }
        if (exchange.attempts > 1) {
            span.addAttributes(attribute("http.request.resend_count", exchange.attempts - 1));
        }
        span.addAttributes(attribute("http.request.body.size", exchange.bytesReceived));
        span.addAttributes(attribute("http.response.body.size", exchange.bytesSent));
        if (failure != null) {
            text(span, "error.type", failure.name());
            text(span, "response_flags", failure.responseFlag());
        }
        if (failure != null || exchange.responseCode >= 500 || exchange.responseCode >= 400 && !inbound) {
            span.setStatus(Status.newBuilder().setCode(Status.Code.CODE_ERROR).setMessage(exchange.failureDetail));
        }
        return span.build();
    }

    private static CharSequence withoutQuery(CharSequence path) {
        for (int index = 0; index < path.length(); index++) {
            if (path.charAt(index) == '?') {
                return path.subSequence(0, index);
            }
        }
        return path;
    }

    private static ByteString bytes(long id) {
        return ByteString.copyFrom(ByteBuffer.allocate(8).putLong(id).flip());
    }

    private static void text(Span.Builder span, String key, CharSequence value) {
        if (!value.isEmpty()) {
            span.addAttributes(attribute(key, value.toString()));
        }
    }

    private static KeyValue attribute(String key, String value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setStringValue(value))
                .build();
    }

    private static KeyValue attribute(String key, long value) {
        return KeyValue.newBuilder()
                .setKey(key)
                .setValue(AnyValue.newBuilder().setIntValue(value))
                .build();
    }
}
