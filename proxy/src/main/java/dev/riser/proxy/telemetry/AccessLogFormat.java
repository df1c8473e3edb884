package dev.riser.proxy.telemetry;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.proxy.telemetry.LineBuffer.Escaping;
import dev.riser.proxy.telemetry.LogOperator.Literal;
import dev.riser.proxy.telemetry.LogOperator.Moment;
import dev.riser.proxy.telemetry.LogOperator.Number;
import dev.riser.proxy.telemetry.LogOperator.Text;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A compiled access log format: Envoy's format string, or its JSON form. Immutable. A value that is absent is {@code -} in
 * text and {@code null} in JSON; numbers stand bare in JSON where an operator is the whole value.
 */
public final class AccessLogFormat {
    /** Envoy's default. */
    public static final AccessLogFormat ENVOY_DEFAULT =
            known("[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
                    + "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
                    + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
                    + "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n");

    /** What meshes on Envoy log by default: Envoy's with details of connections and routes. */
    public static final AccessLogFormat MESH_DEFAULT =
            known("[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% "
                    + "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
                    + "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
                    + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
                    + "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "
                    + "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
                    + "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n");

    /** The same facts as {@link #MESH_DEFAULT} in JSON, with the mesh's own words for failures, policies and identities. */
    public static final AccessLogFormat JSON_DEFAULT = knownJson();

    private sealed interface Node {
        record Value(LogOperator operator) implements Node {}

        record Mixed(List<LogOperator> operators) implements Node {}

        record Constant(byte[] json) implements Node {}

        record Array(List<Node> items) implements Node {}

        record Fields(List<Field> fields) implements Node {}
    }

    private record Field(byte[] name, Node node) {}

    private final Escaping escaping;
    private final List<LogOperator> line;
    private final Node json;
    private final Empty empty;

    /** What becomes of a JSON field whose value is absent. */
    public enum Empty {
        /** It is {@code null}. */
        NULL,
        /** It is left out. */
        OMITTED
    }

    private AccessLogFormat(Escaping escaping, List<LogOperator> line, Node json, Empty empty) {
        this.escaping = escaping;
        this.line = line;
        this.json = json;
        this.empty = empty;
    }

    /** Compiles a format string; a line end is written only where the format has one. */
    public static AccessLogFormat text(String format) throws AccessLogFormatException {
        return new AccessLogFormat(Escaping.TEXT, parse(format), new Node.Constant(new byte[0]), Empty.NULL);
    }

    /** Compiles a JSON format: a line is an object of the same shape, with fields in alphabetical order. */
    public static AccessLogFormat json(Struct format, Empty empty) throws AccessLogFormatException {
        return new AccessLogFormat(Escaping.JSON, List.of(), object(format), empty);
    }

    void write(ExchangeRecord exchange, LineBuffer out) {
        out.begin(escaping);
        switch (escaping) {
            case TEXT -> mixed(line, exchange, out);
            case JSON -> {
                if (!node(json, exchange, out)) {
                    out.raw('{');
                    out.raw('}');
                }
                out.raw('\n');
            }
        }
    }

    private static void mixed(List<LogOperator> operators, ExchangeRecord exchange, LineBuffer out) {
        for (int index = 0; index < operators.size(); index++) {
            if (!operator(operators.get(index), exchange, out)) {
                out.raw('-');
            }
        }
    }

    /** Whether there was a value to write. */
    private static boolean operator(LogOperator operator, ExchangeRecord exchange, LineBuffer out) {
        return switch (operator) {
            case Literal literal -> {
                out.raw(literal.bytes());
                yield true;
            }
            case Text text -> {
                CharSequence value = text.source().of(exchange);
                if (value == null || value.isEmpty()) {
                    yield false;
                }
                out.value(value, text.limit());
                yield true;
            }
            case Number number -> {
                long value = number.source().of(exchange);
                if (value == ExchangeRecord.NEVER) {
                    yield false;
                }
                out.number(value);
                yield true;
            }
            case Moment moment -> {
                moment.format().write(moment.epochMicros().of(exchange), out);
                yield true;
            }
        };
    }

    /** Whether anything was written: nothing is for an absent value that is to be omitted. */
    private boolean node(Node node, ExchangeRecord exchange, LineBuffer out) {
        return switch (node) {
            case Node.Value value -> value(value.operator(), exchange, out);
            case Node.Mixed mixed -> {
                out.raw('"');
                mixed(mixed.operators(), exchange, out);
                out.raw('"');
                yield true;
            }
            case Node.Constant constant -> {
                out.raw(constant.json());
                yield true;
            }
            case Node.Array array -> {
                char separator = '[';
                for (Node item : array.items()) {
                    out.raw(separator);
                    if (!node(item, exchange, out)) {
                        out.value("null", 4);
                    }
                    separator = ',';
                }
                if (separator == '[') {
                    out.raw('[');
                }
                out.raw(']');
                yield true;
            }
            case Node.Fields fields -> fields(fields.fields(), exchange, out);
        };
    }

    private boolean value(LogOperator operator, ExchangeRecord exchange, LineBuffer out) {
        boolean quoted = !(operator instanceof Number);
        int start = out.length();
        if (quoted) {
            out.raw('"');
        }
        if (!operator(operator, exchange, out)) {
            out.cutTo(start);
            if (empty == Empty.OMITTED) {
                return false;
            }
            out.value("null", 4);
            return true;
        }
        if (quoted) {
            out.raw('"');
        }
        return true;
    }

    private boolean fields(List<Field> fields, ExchangeRecord exchange, LineBuffer out) {
        int start = out.length();
        char separator = '{';
        for (Field field : fields) {
            int before = out.length();
            out.raw(separator);
            out.raw(field.name());
            if (node(field.node(), exchange, out)) {
                separator = ',';
            } else {
                out.cutTo(before);
            }
        }
        if (separator == '{') {
            out.cutTo(start);
            return false;
        }
        out.raw('}');
        return true;
    }

    private static Node.Fields object(Struct struct) throws AccessLogFormatException {
        List<Field> fields = new ArrayList<>();
        for (var each : new TreeMap<>(struct.getFieldsMap()).entrySet()) {
            fields.add(new Field(quoted(each.getKey(), ":"), compile(each.getValue())));
        }
        return new Node.Fields(List.copyOf(fields));
    }

    private static Node compile(Value value) throws AccessLogFormatException {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> string(value.getStringValue());
            case STRUCT_VALUE -> object(value.getStructValue());
            case LIST_VALUE -> {
                List<Node> items = new ArrayList<>();
                for (Value item : value.getListValue().getValuesList()) {
                    items.add(compile(item));
                }
                yield new Node.Array(List.copyOf(items));
            }
            case NUMBER_VALUE -> {
                double number = value.getNumberValue();
                boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
                yield constant(whole ? Long.toString((long) number) : Double.toString(number));
            }
            case BOOL_VALUE -> constant(Boolean.toString(value.getBoolValue()));
            case NULL_VALUE, KIND_NOT_SET -> constant("null");
        };
    }

    private static Node string(String format) throws AccessLogFormatException {
        List<LogOperator> operators = parse(format);
        if (operators.size() == 1 && !(operators.getFirst() instanceof Literal)) {
            return new Node.Value(operators.getFirst());
        }
        List<LogOperator> escaped = new ArrayList<>();
        for (LogOperator operator : operators) {
            if (operator instanceof Literal literal) {
                byte[] quoted = quoted(new String(literal.bytes(), StandardCharsets.UTF_8), "");
                escaped.add(new Literal(Arrays.copyOfRange(quoted, 1, quoted.length - 1)));
            } else {
                escaped.add(operator);
            }
        }
        return new Node.Mixed(List.copyOf(escaped));
    }

    private static Node constant(String json) {
        return new Node.Constant(json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] quoted(String text, String after) {
        LineBuffer buffer = new LineBuffer();
        buffer.begin(Escaping.JSON);
        buffer.raw('"');
        buffer.value(text, Integer.MAX_VALUE);
        buffer.raw('"');
        buffer.raw(after.getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(buffer.array(), buffer.length());
    }

    private static List<LogOperator> parse(String format) throws AccessLogFormatException {
        List<LogOperator> operators = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int index = 0;
        while (index < format.length()) {
            char each = format.charAt(index);
            if (each != '%') {
                literal.append(each);
                index++;
            } else if (format.startsWith("%%", index)) {
                literal.append('%');
                index += 2;
            } else {
                if (!literal.isEmpty()) {
                    operators.add(literal(literal));
                }
                index = operator(format, index, operators);
            }
        }
        if (!literal.isEmpty()) {
            operators.add(literal(literal));
        }
        return List.copyOf(operators);
    }

    private static Literal literal(StringBuilder text) {
        Literal literal = new Literal(text.toString().getBytes(StandardCharsets.UTF_8));
        text.setLength(0);
        return literal;
    }

    /** Compiles the operator that begins at a percent sign; returns where it ends. */
    private static int operator(String format, int start, List<LogOperator> operators) throws AccessLogFormatException {
        int index = start + 1;
        while (index < format.length() && isNamePart(format.charAt(index))) {
            index++;
        }
        String name = format.substring(start + 1, index);
        Optional<String> arguments = Optional.empty();
        if (index < format.length() && format.charAt(index) == '(') {
            int close = format.indexOf(')', index);
            if (close < 0) {
                throw new AccessLogFormatException("'%" + name + "(' has no closing parenthesis", start);
            }
            arguments = Optional.of(format.substring(index + 1, close));
            index = close + 1;
        }
        Optional<Integer> limit = Optional.empty();
        if (index < format.length() && format.charAt(index) == ':') {
            int digits = index + 1;
            while (digits < format.length() && Character.digit(format.charAt(digits), 10) >= 0) {
                digits++;
            }
            if (digits == index + 1 || digits - index > 9) {
                throw new AccessLogFormatException("'%" + name + ":' wants a length", start);
            }
            limit = Optional.of(Integer.parseInt(format, index + 1, digits, 10));
            index = digits;
        }
        if (name.isEmpty() || index >= format.length() || format.charAt(index) != '%') {
            throw new AccessLogFormatException(
                    "operator '%" + name + "' does not end with '%'; write '%%' for a percent sign", start);
        }
        operators.add(LogOperators.of(name, arguments, limit, start));
        return index + 1;
    }

    private static boolean isNamePart(char each) {
        return each >= 'A' && each <= 'Z' || each == '_' || each >= '0' && each <= '9';
    }

    private static AccessLogFormat known(String format) {
        try {
            return text(format);
        } catch (AccessLogFormatException broken) {
            throw new IllegalStateException("a built-in format must compile", broken);
        }
    }

    private static AccessLogFormat knownJson() {
        String[][] fields = {
            {"start_time", "%START_TIME%"},
            {"method", "%REQ(:METHOD)%"},
            {"path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"},
            {"protocol", "%PROTOCOL%"},
            {"response_code", "%RESPONSE_CODE%"},
            {"response_flags", "%RESPONSE_FLAGS%"},
            {"response_code_details", "%RESPONSE_CODE_DETAILS%"},
            {"connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"},
            {"upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"},
            {"bytes_received", "%BYTES_RECEIVED%"},
            {"bytes_sent", "%BYTES_SENT%"},
            {"duration", "%DURATION%"},
            {"upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"},
            {"x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"},
            {"user_agent", "%REQ(USER-AGENT)%"},
            {"request_id", "%REQ(X-REQUEST-ID)%"},
            {"authority", "%REQ(:AUTHORITY)%"},
            {"upstream_host", "%UPSTREAM_HOST%"},
            {"upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"},
            {"upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"},
            {"downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"},
            {"downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"},
            {"requested_server_name", "%REQUESTED_SERVER_NAME%"},
            {"route_name", "%ROUTE_NAME%"},
            {"attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"},
            {"trace_id", "%TRACE_ID%"},
            {"failure", "%RISER(FAILURE)%"},
            {"denied_by", "%RISER(DENIED_BY)%"},
            {"route_origin", "%RISER(ROUTE_ORIGIN)%"},
            {"reporter", "%RISER(REPORTER)%"},
            {"source_workload", "%RISER(SOURCE_WORKLOAD)%"},
            {"source_principal", "%RISER(SOURCE_PRINCIPAL)%"},
            {"destination_workload", "%RISER(DESTINATION_WORKLOAD)%"},
            {"destination_principal", "%RISER(DESTINATION_PRINCIPAL)%"},
            {"destination_service", "%RISER(DESTINATION_SERVICE)%"},
        };
        Struct.Builder struct = Struct.newBuilder();
        for (String[] field : fields) {
            struct.putFields(
                    field[0], Value.newBuilder().setStringValue(field[1]).build());
        }
        try {
            return json(struct.build(), Empty.NULL);
        } catch (AccessLogFormatException broken) {
            throw new IllegalStateException("a built-in format must compile", broken);
        }
    }
}
