package dev.riser.proxy.admin;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.util.List;

/** An adoption as one line of JSON, in the form that the control socket takes. Holds the token: for files of mode 0600. */
public final class AdoptionText {
    private AdoptionText() {}

    /** One line, without line end. */
    public static String write(WorkloadControl.Adoption adoption) {
        Struct.Builder labels = Struct.newBuilder();
        adoption.labels().forEach((name, value) -> labels.putFields(name, text(value)));
        ListValue.Builder ports = ListValue.newBuilder();
        adoption.ports()
                .forEach(port ->
                        ports.addValues(Value.newBuilder().setNumberValue(port).build()));
        ListValue.Builder entrances = ListValue.newBuilder();
        adoption.entrances()
                .forEach(entrance -> entrances.addValues(Value.newBuilder()
                        .setStructValue(Struct.newBuilder()
                                .putFields("address", text(entrance.address()))
                                .putFields(
                                        "port",
                                        Value.newBuilder()
                                                .setNumberValue(entrance.port())
                                                .build())
                                .putFields("to", text(entrance.to())))));
        Struct line = Struct.newBuilder()
                .putFields("id", text(adoption.id()))
                .putFields("namespace", text(adoption.namespace()))
                .putFields("name", text(adoption.name()))
                .putFields("instance", text(adoption.instance()))
                .putFields("serviceAccount", text(adoption.serviceAccount()))
                .putFields("labels", Value.newBuilder().setStructValue(labels).build())
                .putFields("ports", Value.newBuilder().setListValue(ports).build())
                .putFields("addresses", texts(adoption.addresses()))
                .putFields("netns", text(adoption.netns()))
                .putFields(
                        "entrances", Value.newBuilder().setListValue(entrances).build())
                .putFields(
                        "pid", Value.newBuilder().setNumberValue(adoption.pid()).build())
                .putFields("token", text(adoption.token()))
                .putFields("xds", text(adoption.xds()))
                .putFields("rootCa", text(adoption.rootCa()))
                .build();
        try {
            return JsonFormat.printer().omittingInsignificantWhitespace().print(line);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a struct is always JSON", e);
        }
    }

    /** @throws IOException where the line is not what {@link #write} makes; the message never quotes it */
    public static WorkloadControl.Adoption read(String line) throws IOException {
        Struct.Builder struct = Struct.newBuilder();
        try {
            JsonFormat.parser().merge(line, struct);
            return ControlHandler.adoption(Struct.newBuilder()
                    .putFields(
                            "workload",
                            Value.newBuilder().setStructValue(struct).build())
                    .build());
        } catch (InvalidProtocolBufferException broken) {
            throw new IOException("a line is not a JSON object");
        } catch (ControlHandler.Refused refused) {
            throw new IOException(refused.getMessage());
        }
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Value texts(List<String> texts) {
        ListValue.Builder list = ListValue.newBuilder();
        texts.forEach(each -> list.addValues(text(each)));
        return Value.newBuilder().setListValue(list).build();
    }
}
