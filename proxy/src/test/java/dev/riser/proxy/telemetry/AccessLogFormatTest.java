package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.riser.base.FailureReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessLogFormatTest {
    private final ExchangeRecord exchange = exchange();

    private static ExchangeRecord exchange() {
        ExchangeRecord exchange = Records.exchange(200, 12);
        exchange.startEpochMicros = 1_709_210_096_789_012L;
        exchange.method = "GET";
        exchange.scheme = "http";
        exchange.originalPath = "/items?id=1";
        exchange.path = "/v2/items?id=1";
        exchange.authority = "product.prod";
        exchange.protocol = "HTTP/1.1";
        exchange.requestId = "3b1d";
        exchange.userAgent = "curl/8.5";
        exchange.clusterName = "outbound|8000|v2|product.prod.svc.cluster.local";
        exchange.upstreamLastSentNanos = exchange.startNanos + 1_000_000;
        exchange.upstreamFirstByteNanos = exchange.startNanos + 10_000_000;
        exchange.upstreamHost = address("10.88.0.7", 8000);
        exchange.downstreamRemote = address("fd00:90:0:0:0:0:0:7", 51000);
        exchange.downstreamLocal = address("10.90.0.3", 8000);
        exchange.attempts = 1;
        Map<String, String> headers = Map.of("x-trace", "abcdef", "grpc-message", "no");
        exchange.headers = new HeaderLookup() {
            @Override
            public @Nullable CharSequence request(String name) {
                return headers.get(name);
            }

            @Override
            public @Nullable CharSequence response(String name) {
                return name.equals("content-type") ? "text/html" : null;
            }

            @Override
            public @Nullable CharSequence trailer(String name) {
                return headers.get(name);
            }
        };
        return exchange;
    }

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private String line(AccessLogFormat format) {
        LineBuffer buffer = new LineBuffer();
        format.write(exchange, buffer);
        return new String(buffer.array(), 0, buffer.length(), StandardCharsets.UTF_8);
    }

    private String line(String format) throws AccessLogFormatException {
        return line(AccessLogFormat.text(format));
    }

    private static Value string(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    @Test
    void defaultLineIsEnvoys() {
        assertThat(line(AccessLogFormat.ENVOY_DEFAULT))
                .isEqualTo("[2024-02-29T12:34:56.789Z] \"GET /items?id=1 HTTP/1.1\" 200 - 20 3000 12 9 \"-\" "
                        + "\"curl/8.5\" \"3b1d\" \"product.prod\" \"10.88.0.7:8000\"\n");
    }

    @Test
    void meshDefaultLineHasConnectionsAndRoute() {
        assertThat(line(AccessLogFormat.MESH_DEFAULT))
                .isEqualTo(
                        "[2024-02-29T12:34:56.789Z] \"GET /items?id=1 HTTP/1.1\" 200 - via_upstream - \"-\" 20 3000 12 9 "
                                + "\"-\" \"curl/8.5\" \"3b1d\" \"product.prod\" \"10.88.0.7:8000\" "
                                + "outbound|8000|v2|product.prod.svc.cluster.local - 10.90.0.3:8000 [fd00:90::7]:51000 - product\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "%REQ(X-TRACE)%~abcdef",
                "%REQ(X-TRACE):3%~abc",
                "%REQ(X-MISSING?X-TRACE)%~abcdef",
                "%REQ(X-MISSING)%~-",
                "%REQ(:path)%~/v2/items?id=1",
                "%REQ(X-ENVOY-ORIGINAL-PATH)%~/items?id=1",
                "%REQ(:SCHEME)%~http",
                "%RESP(Content-Type)%~text/html",
                "%RESP(:STATUS)%~200",
                "%TRAILER(GRPC-MESSAGE)%~no",
                "%RESPONSE_CODE_DETAILS%~via_upstream",
                "%DURATION%~12",
                "%REQUEST_DURATION%~-",
                "%RESPONSE_DURATION%~10",
                "%RESPONSE_TX_DURATION%~2",
                "%COMMON_DURATION(US_TX_END:US_RX_BEG:us)%~9000",
                "%UPSTREAM_CLUSTER%~outbound|8000|v2|product.prod.svc.cluster.local",
                "%UPSTREAM_LOCAL_ADDRESS%~-",
                "%UPSTREAM_REMOTE_PORT%~8000",
                "%DOWNSTREAM_REMOTE_ADDRESS%~[fd00:90::7]:51000",
                "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%~fd00:90::7",
                "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%~[fd00:90::7]:51000",
                "%REQUESTED_SERVER_NAME%~-",
                "%ROUTE_NAME%~product",
                "%RISER(SOURCE_PRINCIPAL)%~spiffe://cluster.local/ns/prod/sa/frontend",
                "%RISER(ROUTE_ORIGIN)%~VirtualService prod/product http[0] shop.yaml:12",
                "%RISER(MUTUAL_TLS)%~true",
                "%GRPC_STATUS%~-",
                "100%% %PROTOCOL%~100% HTTP/1.1",
                "%START_TIME(%Y/%m/%d %H:%M:%S.%6f)%~2024/02/29 12:34:56.789012",
                "%START_TIME(%s.%3f)%~1709210096.789",
                "%START_TIME(%9s)%~1709210096789012000",
                "%START_TIME(%a %b %e %j %I %p %y %z)%~Thu Feb 29 060 12 PM 24 +0000",
                "%START_TIME(%FT%T%Z)%~2024-02-29T12:34:56UTC",
                "%EMIT_TIME(%3f)%~801"
            })
    void operatorWritesItsValue(String format, String expected) throws Exception {
        assertThat(line(format)).isEqualTo(expected);
    }

    @Test
    void failureIsWrittenAsFlagAndWord() throws Exception {
        exchange.failure = FailureReason.NO_HEALTHY_ENDPOINT;
        exchange.failureDetail = "3 of 3 ejected";
        exchange.answeredBy = Answerer.PROXY;
        exchange.grpcStatus = 14;

        assertThat(line("%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %RISER(FAILURE)% %CONNECTION_TERMINATION_DETAILS%"))
                .isEqualTo("UH NO_HEALTHY_ENDPOINT NO_HEALTHY_ENDPOINT 3 of 3 ejected");
        assertThat(line("%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%"))
                .isEqualTo("Unavailable UNAVAILABLE 14 14");
    }

    @Test
    void clientCanNeitherBeginALineNorEndAQuotation() throws Exception {
        exchange.userAgent = "a\"b\\c\r\n[2024] \u001b[31m\u007f\u0085 ü \ud83d\ude00 \ud83d";

        assertThat(line("\"%REQ(USER-AGENT)%\"\n"))
                .isEqualTo("\"a\\x22b\\x5Cc\\x0D\\x0A[2024] \\x1B[31m\\x7F\\x85 ü 😀 \ufffd\"\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "a %NOPE%~unknown operator '%NOPE%' at position 2",
                "%PROTOCOL~operator '%PROTOCOL' does not end with '%'; write '%%' for a percent sign at position 0",
                "x%REQ(A~'%REQ(' has no closing parenthesis at position 1",
                "%REQ()%~header operator wants a header's name, or two as in X?Y, not '' at position 0",
                "%REQ(A?B?C)%~header operator wants a header's name, or two as in X?Y, not 'A?B?C' at position 0",
                "%REQ(A):x%~'%REQ:' wants a length at position 0",
                "%DURATION:3%~operator '%DURATION%' takes no length at position 0",
                "%PROTOCOL(X)%~operator '%PROTOCOL%' takes no argument at position 0",
                "%START_TIME(%Q)%~unknown time field '%Q' at position 0",
                "100% sure~operator '%' does not end with '%'; write '%%' for a percent sign at position 3"
            })
    void brokenFormatIsRefusedWithItsPosition(String format, String message) {
        assertThatThrownBy(() -> AccessLogFormat.text(format))
                .isInstanceOf(AccessLogFormatException.class)
                .hasMessage(message);
    }

    @Test
    void jsonKeepsNumbersBareAndAbsentValuesNull() throws Exception {
        Struct format = Struct.newBuilder()
                .putFields("status", string("%RESPONSE_CODE%"))
                .putFields("mixed", string("%PROTOCOL% \"%RESPONSE_CODE%\""))
                .putFields("missing", string("%REQ(X-NONE)%"))
                .putFields("agent", string("%REQ(USER-AGENT)%"))
                .putFields("constant", Value.newBuilder().setNumberValue(7).build())
                .putFields(
                        "nested",
                        Value.newBuilder()
                                .setStructValue(Struct.newBuilder().putFields("sni", string("%REQUESTED_SERVER_NAME%")))
                                .build())
                .putFields(
                        "list",
                        Value.newBuilder()
                                .setListValue(ListValue.newBuilder().addValues(string("%DURATION%")))
                                .build())
                .build();
        exchange.userAgent = "a\"b\\\n";

        assertThat(line(AccessLogFormat.json(format, AccessLogFormat.Empty.NULL)))
                .isEqualTo("{\"agent\":\"a\\\"b\\\\\\u000A\",\"constant\":7,\"list\":[12],\"missing\":null,"
                        + "\"mixed\":\"HTTP/1.1 \\\"200\\\"\",\"nested\":{\"sni\":null},\"status\":200}\n");
        assertThat(line(AccessLogFormat.json(format, AccessLogFormat.Empty.OMITTED)))
                .isEqualTo("{\"agent\":\"a\\\"b\\\\\\u000A\",\"constant\":7,\"list\":[12],"
                        + "\"mixed\":\"HTTP/1.1 \\\"200\\\"\",\"status\":200}\n");
    }

    @Test
    void jsonDefaultIsReadableAsJson() throws Exception {
        Struct.Builder parsed = Struct.newBuilder();

        JsonFormat.parser().merge(line(AccessLogFormat.JSON_DEFAULT), parsed);

        assertThat(parsed.getFieldsOrThrow("path").getStringValue()).isEqualTo("/items?id=1");
        assertThat(parsed.getFieldsOrThrow("duration").getNumberValue()).isEqualTo(12);
        assertThat(parsed.getFieldsOrThrow("denied_by").hasNullValue()).isTrue();
    }
}
