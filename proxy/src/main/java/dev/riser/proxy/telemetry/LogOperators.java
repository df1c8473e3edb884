package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import dev.riser.proxy.telemetry.LogOperator.Moment;
import dev.riser.proxy.telemetry.LogOperator.Number;
import dev.riser.proxy.telemetry.LogOperator.NumberSource;
import dev.riser.proxy.telemetry.LogOperator.Text;
import dev.riser.proxy.telemetry.LogOperator.TextSource;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Envoy's access log operators, and {@code %RISER(...)%} for what Envoy has no operator for. */
final class LogOperators {
    private static final long NEVER = ExchangeRecord.NEVER;
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    private static final Map<String, TextSource> TEXTS = Map.ofEntries(
            Map.entry("PROTOCOL", exchange -> exchange.protocol),
            Map.entry("UPSTREAM_PROTOCOL", exchange -> exchange.upstreamProtocol),
            Map.entry("RESPONSE_CODE_DETAILS", LogOperators::details),
            Map.entry("RESPONSE_FLAGS", LogOperators::flags),
            Map.entry("RESPONSE_FLAGS_LONG", exchange -> exchange.failure == null ? null : exchange.failure.name()),
            Map.entry("CONNECTION_TERMINATION_DETAILS", LogOperators::termination),
            Map.entry("UPSTREAM_TRANSPORT_FAILURE_REASON", exchange -> exchange.upstreamTransportFailure),
            Map.entry("UPSTREAM_HOST", exchange -> address(exchange.upstreamHost)),
            Map.entry("UPSTREAM_REMOTE_ADDRESS", exchange -> address(exchange.upstreamHost)),
            Map.entry("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", exchange -> host(exchange.upstreamHost)),
            Map.entry("UPSTREAM_LOCAL_ADDRESS", exchange -> address(exchange.upstreamLocal)),
            Map.entry("UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", exchange -> host(exchange.upstreamLocal)),
            Map.entry("UPSTREAM_CLUSTER", exchange -> exchange.clusterName),
            Map.entry("UPSTREAM_CLUSTER_RAW", exchange -> exchange.clusterName),
            Map.entry("DOWNSTREAM_REMOTE_ADDRESS", exchange -> address(exchange.downstreamRemote)),
            Map.entry("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", exchange -> host(exchange.downstreamRemote)),
            Map.entry("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", exchange -> address(direct(exchange))),
            Map.entry("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", exchange -> host(direct(exchange))),
            Map.entry("DOWNSTREAM_LOCAL_ADDRESS", exchange -> address(exchange.downstreamLocal)),
            Map.entry("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", exchange -> host(exchange.downstreamLocal)),
            Map.entry("REQUESTED_SERVER_NAME", exchange -> exchange.requestedServerName),
            Map.entry("ROUTE_NAME", exchange -> exchange.routeName),
            Map.entry("VIRTUAL_CLUSTER_NAME", exchange -> exchange.virtualCluster),
            Map.entry("DOWNSTREAM_PEER_URI_SAN", exchange -> exchange.downstreamPeerUri),
            Map.entry("DOWNSTREAM_LOCAL_URI_SAN", exchange -> exchange.downstreamLocalUri),
            Map.entry("UPSTREAM_PEER_URI_SAN", exchange -> exchange.upstreamPeerUri),
            Map.entry("UPSTREAM_LOCAL_URI_SAN", exchange -> exchange.upstreamLocalUri),
            Map.entry("DOWNSTREAM_TLS_VERSION", exchange -> exchange.tlsVersion),
            Map.entry("DOWNSTREAM_TLS_CIPHER", exchange -> exchange.tlsCipher),
            Map.entry("UPSTREAM_TLS_VERSION", exchange -> exchange.upstreamTlsVersion),
            Map.entry("UPSTREAM_TLS_CIPHER", exchange -> exchange.upstreamTlsCipher),
            Map.entry("STREAM_ID", exchange -> exchange.requestId),
            Map.entry("TRACE_ID", exchange -> exchange.trace.present() ? exchange.trace.traceId() : null),
            Map.entry("SPAN_ID", exchange -> exchange.trace.present() ? exchange.trace.spanIdText() : null));

    private static final Map<String, NumberSource> NUMBERS = Map.ofEntries(
            Map.entry("RESPONSE_CODE", exchange -> exchange.responseCode),
            Map.entry("BYTES_RECEIVED", exchange -> exchange.bytesReceived),
            Map.entry("BYTES_SENT", exchange -> exchange.bytesSent),
            Map.entry("REQUEST_HEADERS_BYTES", exchange -> exchange.requestHeaderBytes),
            Map.entry("RESPONSE_HEADERS_BYTES", exchange -> exchange.responseHeaderBytes),
            Map.entry("DURATION", exchange -> millis(exchange.startNanos, exchange.endNanos)),
            Map.entry("REQUEST_DURATION", exchange -> millis(exchange.startNanos, exchange.requestEndNanos)),
            Map.entry("REQUEST_TX_DURATION", exchange -> millis(exchange.startNanos, exchange.upstreamLastSentNanos)),
            Map.entry("RESPONSE_DURATION", exchange -> millis(exchange.startNanos, exchange.upstreamFirstByteNanos)),
            Map.entry("RESPONSE_TX_DURATION", exchange -> millis(exchange.upstreamFirstByteNanos, exchange.endNanos)),
            Map.entry("UPSTREAM_REQUEST_ATTEMPT_COUNT", exchange -> exchange.attempts),
            Map.entry("CONNECTION_ID", exchange -> exchange.connectionId),
            Map.entry("UPSTREAM_REMOTE_PORT", exchange -> port(exchange.upstreamHost)),
            Map.entry("UPSTREAM_LOCAL_PORT", exchange -> port(exchange.upstreamLocal)),
            Map.entry("DOWNSTREAM_REMOTE_PORT", exchange -> port(exchange.downstreamRemote)),
            Map.entry("DOWNSTREAM_LOCAL_PORT", exchange -> port(exchange.downstreamLocal)),
            Map.entry("GRPC_STATUS_NUMBER", exchange -> exchange.grpcStatus < 0 ? NEVER : exchange.grpcStatus));

    private static final Map<String, TextSource> OWN = Map.ofEntries(
            Map.entry("FAILURE", exchange -> exchange.failure == null ? null : exchange.failure.name()),
            Map.entry("FAILURE_DETAIL", exchange -> exchange.failureDetail),
            Map.entry("DENIED_BY", exchange -> exchange.deniedBy),
            Map.entry("ROUTE_ORIGIN", exchange -> exchange.routeOrigin),
            Map.entry("REPORTER", exchange -> exchange.direction.reporter()),
            Map.entry("TLS_GROUP", exchange -> exchange.tlsGroup),
            Map.entry("MUTUAL_TLS", exchange -> exchange.mutualTls ? "true" : "false"),
            Map.entry("SOURCE_WORKLOAD", exchange -> exchange.source.workload()),
            Map.entry("SOURCE_NAMESPACE", exchange -> exchange.source.namespace()),
            Map.entry("SOURCE_PRINCIPAL", exchange -> exchange.source.principal()),
            Map.entry("DESTINATION_WORKLOAD", exchange -> exchange.destination.workload()),
            Map.entry("DESTINATION_NAMESPACE", exchange -> exchange.destination.namespace()),
            Map.entry("DESTINATION_PRINCIPAL", exchange -> exchange.destination.principal()),
            Map.entry("DESTINATION_SERVICE", exchange -> exchange.service.host()));

    private static final String[] GRPC_CODES = {
        "OK",
        "Canceled",
        "Unknown",
        "InvalidArgument",
        "DeadlineExceeded",
        "NotFound",
        "AlreadyExists",
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "Aborted",
        "OutOfRange",
        "Unimplemented",
        "Internal",
        "Unavailable",
        "DataLoss",
        "Unauthenticated"
    };

    private LogOperators() {}

    /**
     * The operator of a name.
     *
     * @param arguments what stands between the parentheses, empty where there are none
     * @param limit most characters of the value
     * @param position where it stands, for messages
     */
    static LogOperator of(String name, Optional<String> arguments, Optional<Integer> limit, int position)
            throws AccessLogFormatException {
        switch (name) {
            case "REQ" -> {
                return headers(arguments, limit, position, LogOperators::requestHeader);
            }
            case "RESP" -> {
                return headers(arguments, limit, position, LogOperators::responseHeader);
            }
            case "TRAILER" -> {
                return headers(arguments, limit, position, header -> exchange -> exchange.headers.trailer(header));
            }
            case "START_TIME" -> {
                return time(arguments, position, exchange -> exchange.startEpochMicros);
            }
            case "EMIT_TIME" -> {
                return time(arguments, position, LogOperators::endEpochMicros);
            }
            case "COMMON_DURATION" -> {
                return duration(arguments.orElse(""), position);
            }
            case "GRPC_STATUS" -> {
                return grpcStatus(arguments.orElse("CAMEL_STRING"), position);
            }
            case "RISER" -> {
                TextSource source = OWN.get(arguments.orElse(""));
                if (source == null) {
                    throw new AccessLogFormatException(
                            "unknown argument '%s' of %%RISER(...)%%, allowed: %s"
                                    .formatted(arguments.orElse(""), String.join(", ", new TreeSet<>(OWN.keySet()))),
                            position);
                }
                return new Text(source, limit.orElse(NO_LIMIT));
            }
            default -> {
                return plain(name, arguments, limit, position);
            }
        }
    }

    private static LogOperator plain(String name, Optional<String> arguments, Optional<Integer> limit, int position)
            throws AccessLogFormatException {
        TextSource text = TEXTS.get(name);
        NumberSource number = NUMBERS.get(name);
        if (text == null && number == null) {
            throw new AccessLogFormatException("unknown operator '%%%s%%'".formatted(name), position);
        }
        if (arguments.isPresent()) {
            throw new AccessLogFormatException("operator '%%%s%%' takes no argument".formatted(name), position);
        }
        if (text != null) {
            return new Text(text, limit.orElse(NO_LIMIT));
        }
        if (number == null || limit.isPresent()) {
            throw new AccessLogFormatException("operator '%%%s%%' takes no length".formatted(name), position);
        }
        return new Number(number);
    }

    private interface HeaderOperator {
        TextSource of(String header);
    }

    private static LogOperator headers(
            Optional<String> arguments, Optional<Integer> limit, int position, HeaderOperator operator)
            throws AccessLogFormatException {
        String[] names = arguments.orElse("").toLowerCase(Locale.ROOT).split("\\?", -1);
        if (names.length > 2 || names[0].isEmpty() || names[names.length - 1].isEmpty()) {
            throw new AccessLogFormatException(
                    "header operator wants a header's name, or two as in X?Y, not '%s'".formatted(arguments.orElse("")),
                    position);
        }
        TextSource first = operator.of(names[0]);
        if (names.length == 1) {
            return new Text(first, limit.orElse(NO_LIMIT));
        }
        TextSource second = operator.of(names[1]);
        return new Text(
                exchange -> {
                    CharSequence value = first.of(exchange);
                    return value == null || value.isEmpty() ? second.of(exchange) : value;
                },
                limit.orElse(NO_LIMIT));
    }

    private static TextSource requestHeader(String name) {
        return switch (name) {
            case ":method" -> exchange -> exchange.method;
            case ":scheme" -> exchange -> exchange.scheme;
            case ":authority", "host" -> exchange -> exchange.authority;
            case ":path" -> exchange -> exchange.path.isEmpty() ? exchange.originalPath : exchange.path;
            case "x-envoy-original-path" -> exchange -> exchange.path.isEmpty() ? null : exchange.originalPath;
            case "x-request-id" -> exchange -> or(exchange.requestId, exchange.headers.request("x-request-id"));
            case "user-agent" -> exchange -> or(exchange.userAgent, exchange.headers.request("user-agent"));
            case "x-forwarded-for" ->
                exchange -> or(exchange.forwardedFor, exchange.headers.request("x-forwarded-for"));
            default -> exchange -> exchange.headers.request(name);
        };
    }

    private static TextSource responseHeader(String name) {
        if (name.equals(":status")) {
            return exchange -> exchange.responseCode == 0 ? null : Integer.toString(exchange.responseCode);
        }
        if (name.equals("x-envoy-upstream-service-time")) {
            return exchange -> {
                CharSequence given = exchange.headers.response(name);
                long measured = millis(exchange.upstreamLastSentNanos, exchange.upstreamFirstByteNanos);
                return given != null || measured == NEVER ? given : Long.toString(measured);
            };
        }
        return exchange -> exchange.headers.response(name);
    }

    private static @Nullable CharSequence or(CharSequence known, @Nullable CharSequence other) {
        return known.isEmpty() ? other : known;
    }

    private static LogOperator time(Optional<String> arguments, int position, NumberSource micros)
            throws AccessLogFormatException {
        String format = arguments.filter(text -> !text.isEmpty()).orElse("%Y-%m-%dT%H:%M:%S.%3fZ");
        return new Moment(TimeFormat.compile(format, position), micros);
    }

    private static long endEpochMicros(ExchangeRecord exchange) {
        return exchange.startEpochMicros
                + (exchange.endNanos == NEVER ? 0 : (exchange.endNanos - exchange.startNanos) / 1_000);
    }

    private static LogOperator duration(String arguments, int position) throws AccessLogFormatException {
        String[] parts = arguments.split(":", -1);
        if (parts.length != 3) {
            throw new AccessLogFormatException(
                    "%COMMON_DURATION(START:END:UNIT)% wants three parts, not '" + arguments + "'", position);
        }
        NumberSource start = point(parts[0], position);
        NumberSource end = point(parts[1], position);
        long unit = switch (parts[2]) {
            case "ms" -> 1_000_000L;
            case "us" -> 1_000L;
            case "ns" -> 1L;
            default ->
                throw new AccessLogFormatException(
                        "unknown unit '%s', allowed: ms, us, ns".formatted(parts[2]), position);
        };
        return new Number(exchange -> between(start.of(exchange), end.of(exchange), unit));
    }

    private static NumberSource point(String name, int position) throws AccessLogFormatException {
        return switch (name) {
            case "DS_RX_BEG" -> exchange -> exchange.startNanos;
            case "DS_RX_END" -> exchange -> exchange.requestEndNanos;
            case "US_TX_BEG" -> exchange -> exchange.upstreamFirstSentNanos;
            case "US_TX_END" -> exchange -> exchange.upstreamLastSentNanos;
            case "US_RX_BEG" -> exchange -> exchange.upstreamFirstByteNanos;
            case "US_RX_END" -> exchange -> exchange.upstreamLastByteNanos;
            case "DS_TX_BEG" -> exchange -> exchange.firstByteNanos;
            case "DS_TX_END" -> exchange -> exchange.endNanos;
            default ->
                throw new AccessLogFormatException(
                        "unknown moment '%s', allowed: DS_RX_BEG, DS_RX_END, US_TX_BEG, US_TX_END, US_RX_BEG, US_RX_END, DS_TX_BEG, DS_TX_END"
                                .formatted(name),
                        position);
        };
    }

    private static LogOperator grpcStatus(String form, int position) throws AccessLogFormatException {
        return switch (form) {
            case "CAMEL_STRING", "" -> new Text(exchange -> grpcName(exchange.grpcStatus), NO_LIMIT);
            case "SNAKE_STRING" ->
                new Text(
                        exchange -> {
                            String name = grpcName(exchange.grpcStatus);
                            return name == null
                                    ? null
                                    : name.replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
                        },
                        NO_LIMIT);
            case "NUMBER" -> new Number(exchange -> exchange.grpcStatus < 0 ? NEVER : exchange.grpcStatus);
            default ->
                throw new AccessLogFormatException(
                        "unknown form '%s' of %%GRPC_STATUS%%, allowed: CAMEL_STRING, SNAKE_STRING, NUMBER"
                                .formatted(form),
                        position);
        };
    }

    private static @Nullable String grpcName(int status) {
        if (status < 0) {
            return null;
        }
        return status < GRPC_CODES.length ? GRPC_CODES[status] : Integer.toString(status);
    }

    private static @Nullable CharSequence details(ExchangeRecord exchange) {
        FailureReason failure = exchange.failure;
        if (failure != null) {
            return failure.name();
        }
        return switch (exchange.answeredBy) {
            case APPLICATION -> "via_upstream";
            case PROXY -> "direct_response";
            case NOBODY -> null;
        };
    }

    private static @Nullable CharSequence flags(ExchangeRecord exchange) {
        return exchange.failure == null ? null : exchange.failure.responseFlag();
    }

    private static @Nullable CharSequence termination(ExchangeRecord exchange) {
        return exchange.deniedBy.isEmpty() ? exchange.failureDetail : exchange.deniedBy;
    }

    private static @Nullable SocketAddress direct(ExchangeRecord exchange) {
        return exchange.downstreamDirectRemote == null ? exchange.downstreamRemote : exchange.downstreamDirectRemote;
    }

    private static @Nullable CharSequence address(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress internet) {
            return AddressText.of(internet);
        }
        return address == null ? null : address.toString();
    }

    private static @Nullable CharSequence host(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress internet ? AddressText.withoutPort(internet) : null;
    }

    private static long port(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress internet ? internet.getPort() : NEVER;
    }

    private static long millis(long from, long to) {
        return between(from, to, 1_000_000);
    }

    private static long between(long from, long to, long unit) {
        return from == NEVER || to == NEVER || to < from ? NEVER : (to - from) / unit;
    }
}
