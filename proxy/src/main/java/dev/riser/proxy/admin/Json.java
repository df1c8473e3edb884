package dev.riser.proxy.admin;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.util.Optional;

/** JSON by way of protobuf's {@code Struct}, so that a proxy needs no JSON library. */
final class Json {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();

    private Json() {}

    static String print(Struct struct) {
        try {
            return PRINTER.print(struct);
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("a Struct of finite values always prints", impossible);
        }
    }

    static Struct parse(String text) throws InvalidProtocolBufferException {
        Struct.Builder struct = Struct.newBuilder();
        JsonFormat.parser().merge(text, struct);
        return struct.build();
    }

    static Value string(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    static Value bool(boolean value) {
        return Value.newBuilder().setBoolValue(value).build();
    }

    static Struct workload(AdminView.WorkloadSummary workload) {
        return Struct.newBuilder()
                .putFields("id", string(workload.id()))
                .putFields("namespace", string(workload.namespace()))
                .putFields("name", string(workload.name()))
                .putFields("identity", string(workload.identity()))
                .putFields("state", string(workload.state()))
                .build();
    }

    static Optional<Value> field(Struct struct, String name) {
        return struct.containsFields(name) ? Optional.of(struct.getFieldsOrThrow(name)) : Optional.empty();
    }

    /** Text from outside, without what could confuse a terminal. */
    static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
