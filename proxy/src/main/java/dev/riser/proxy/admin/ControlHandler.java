package dev.riser.proxy.admin;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Answers the lines of one control connection, one after the other. */
final class ControlHandler extends SimpleChannelInboundHandler<String> {
    private static final int MOST_PORT = 65_535;

    private final WorkloadControl control;
    private CompletionStage<?> turn = CompletableFuture.completedFuture(null);

    ControlHandler(WorkloadControl control) {
        this.control = control;
    }

    /** A request that cannot be obeyed as it stands; the message is for the caller. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private record Reply(Struct body, Runnable afterwards) {
        static Reply of(String field, Value value) {
            return new Reply(Struct.newBuilder().putFields(field, value).build(), () -> {});
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, String line) {
        if (line.isBlank()) {
            return;
        }
        CompletionStage<Reply> reply = obey(line);
        turn = turn.thenCompose(before -> reply.handle((done, failure) -> {
            Reply sent = failure == null ? done : Reply.of("error", Json.string(message(failure)));
            return context.writeAndFlush(Json.print(sent.body()) + "\n")
                    .addListener(written -> sent.afterwards().run());
        }));
    }

    private CompletionStage<Reply> obey(String line) {
        try {
            Struct request = Json.parse(line);
            String operation = text(request, "op");
            return switch (operation) {
                case "adopt" -> control.adopt(adoption(request)).thenApply(done -> Reply.of("ready", Json.bool(true)));
                case "release" ->
                    control.release(required(request, "id")).thenApply(done -> Reply.of("released", Json.bool(true)));
                case "list" -> CompletableFuture.completedFuture(list());
                case "stop" ->
                    CompletableFuture.completedFuture(new Reply(
                            Struct.newBuilder()
                                    .putFields("stopping", Json.bool(true))
                                    .build(),
                            control::stop));
                default ->
                    throw new Refused("unknown op '%s'; allowed: adopt, release, list, stop".formatted(operation));
            };
        } catch (InvalidProtocolBufferException broken) {
            // The parser's message quotes the line, which may hold a token.
            return CompletableFuture.failedFuture(new Refused("the line is not a JSON object"));
        } catch (Refused refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private Reply list() {
        ListValue.Builder list = ListValue.newBuilder();
        for (AdminView.WorkloadSummary workload : control.list()) {
            list.addValues(Value.newBuilder().setStructValue(Json.workload(workload)));
        }
        return Reply.of("workloads", Value.newBuilder().setListValue(list).build());
    }

    static WorkloadControl.Adoption adoption(Struct request) throws Refused {
        Optional<Value> field = Json.field(request, "workload");
        if (field.isEmpty() || !field.get().hasStructValue()) {
            throw new Refused("adopt wants an object 'workload'");
        }
        Struct workload = field.get().getStructValue();
        return new WorkloadControl.Adoption(
                required(workload, "id"),
                required(workload, "namespace"),
                required(workload, "name"),
                required(workload, "instance"),
                required(workload, "serviceAccount"),
                labels(workload),
                ports(workload),
                texts(workload, "addresses"),
                text(workload, "netns"),
                entrances(workload),
                number(Json.field(workload, "pid").orElse(Value.getDefaultInstance()), "pid", Long.MAX_VALUE),
                required(workload, "token"),
                required(workload, "xds"),
                text(workload, "rootCa"));
    }

    private static Map<String, String> labels(Struct workload) throws Refused {
        Map<String, String> labels = new HashMap<>();
        Optional<Value> field = Json.field(workload, "labels");
        if (field.isEmpty()) {
            return labels;
        }
        if (!field.get().hasStructValue()) {
            throw new Refused("'labels' must be an object");
        }
        for (var each : field.get().getStructValue().getFieldsMap().entrySet()) {
            if (!each.getValue().hasStringValue()) {
                throw new Refused("label '%s' must be a string".formatted(each.getKey()));
            }
            labels.put(each.getKey(), each.getValue().getStringValue());
        }
        return labels;
    }

    private static List<Integer> ports(Struct workload) throws Refused {
        List<Integer> ports = new ArrayList<>();
        for (Value each : items(workload, "ports")) {
            ports.add((int) number(each, "ports", MOST_PORT));
        }
        return ports;
    }

    private static List<WorkloadControl.Entrance> entrances(Struct workload) throws Refused {
        List<WorkloadControl.Entrance> entrances = new ArrayList<>();
        for (Value each : items(workload, "entrances")) {
            if (!each.hasStructValue()) {
                throw new Refused("'entrances' must hold objects");
            }
            Struct entrance = each.getStructValue();
            entrances.add(new WorkloadControl.Entrance(
                    required(entrance, "address"),
                    (int) number(Json.field(entrance, "port").orElse(Value.getDefaultInstance()), "port", MOST_PORT),
                    text(entrance, "to")));
        }
        return entrances;
    }

    private static List<String> texts(Struct workload, String name) throws Refused {
        List<String> texts = new ArrayList<>();
        for (Value each : items(workload, name)) {
            if (!each.hasStringValue()) {
                throw new Refused("'%s' must hold strings".formatted(name));
            }
            texts.add(each.getStringValue());
        }
        return texts;
    }

    private static List<Value> items(Struct workload, String name) throws Refused {
        Optional<Value> field = Json.field(workload, name);
        if (field.isEmpty()) {
            return List.of();
        }
        if (!field.get().hasListValue()) {
            throw new Refused("'%s' must be a list".formatted(name));
        }
        return field.get().getListValue().getValuesList();
    }

    private static long number(Value value, String name, long most) throws Refused {
        if (value.getKindCase() == Value.KindCase.KIND_NOT_SET) {
            return 0;
        }
        double number = value.getNumberValue();
        if (!value.hasNumberValue() || number != Math.rint(number) || number < 0 || number > most) {
            throw new Refused("'%s' must hold whole numbers from 0 to %d".formatted(name, most));
        }
        return (long) number;
    }

    private static String required(Struct struct, String name) throws Refused {
        String text = text(struct, name);
        if (text.isEmpty()) {
            throw new Refused("'%s' is missing".formatted(name));
        }
        return text;
    }

    private static String text(Struct struct, String name) throws Refused {
        Optional<Value> field = Json.field(struct, name);
        if (field.isEmpty()) {
            return "";
        }
        if (!field.get().hasStringValue()) {
            throw new Refused("'%s' must be a string".formatted(name));
        }
        return field.get().getStringValue();
    }

    private static String message(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            String reply = Json.print(Struct.newBuilder()
                    .putFields(
                            "error",
                            Json.string("a line may have at most %d bytes".formatted(ControlSocket.MOST_LINE_BYTES)))
                    .build());
            context.writeAndFlush(reply + "\n").addListener(sent -> context.close());
        } else {
            context.close();
        }
    }
}
