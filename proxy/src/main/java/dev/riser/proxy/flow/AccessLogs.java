package dev.riser.proxy.flow;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.proxy.route.RequestView;
import dev.riser.proxy.snapshot.AccessLog.Comparison;
import dev.riser.proxy.snapshot.AccessLog.Filter;
import dev.riser.proxy.telemetry.AccessLog;
import dev.riser.proxy.telemetry.AccessLogFormat;
import dev.riser.proxy.telemetry.AccessLogFormatException;
import dev.riser.proxy.telemetry.AccessLogWriter;
import dev.riser.proxy.telemetry.ExchangeRecord;
import dev.riser.proxy.telemetry.ProcessTelemetry;
import io.netty.util.AsciiString;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Access logs as configured, made into logs that write. One of a process: logs to the same file share one writer, so that
 * lines of different workloads do not cut into each other. Any thread; what comes out is cached, so that a connection
 * costs a look-up.
 */
public final class AccessLogs {
    private static final System.Logger LOG = System.getLogger("dev.riser.accesslog");

    private final ProcessTelemetry process;
    private final Map<List<dev.riser.proxy.snapshot.AccessLog>, List<AccessLog>> made = new ConcurrentHashMap<>();
    private final Map<dev.riser.proxy.snapshot.AccessLog.Sink, AccessLogWriter> writers = new ConcurrentHashMap<>();

    public AccessLogs(ProcessTelemetry process) {
        this.process = process;
    }

    /** The logs of one chain. */
    List<AccessLog> of(List<dev.riser.proxy.snapshot.AccessLog> configured) {
        return configured.isEmpty() ? List.of() : made.computeIfAbsent(configured, this::make);
    }

    private List<AccessLog> make(List<dev.riser.proxy.snapshot.AccessLog> configured) {
        List<AccessLog> logs = new ArrayList<>(configured.size());
        for (dev.riser.proxy.snapshot.AccessLog each : configured) {
            try {
                logs.add(new AccessLog(format(each.format()), filter(each.filter()), writer(each.sink())));
            } catch (AccessLogFormatException e) {
                LOG.log(System.Logger.Level.ERROR, "access log is left out: {0}", e.getMessage());
            }
        }
        return List.copyOf(logs);
    }

    private AccessLogWriter writer(dev.riser.proxy.snapshot.AccessLog.Sink sink) {
        return writers.computeIfAbsent(sink, missing -> {
            AccessLogWriter writer = switch (missing) {
                case dev.riser.proxy.snapshot.AccessLog.File(String path)
                when path.equals("/dev/stdout") -> AccessLogWriter.standardOutput();
                case dev.riser.proxy.snapshot.AccessLog.File(String path)
                when path.equals("/dev/stderr") -> AccessLogWriter.standardError();
                case dev.riser.proxy.snapshot.AccessLog.File(String path) -> AccessLogWriter.file(Path.of(path));
                case dev.riser.proxy.snapshot.AccessLog.Stream stream ->
                    stream == dev.riser.proxy.snapshot.AccessLog.Stream.STANDARD_OUTPUT
                            ? AccessLogWriter.standardOutput()
                            : AccessLogWriter.standardError();
            };
            process.observe(writer);
            return writer;
        });
    }

    private static AccessLogFormat format(dev.riser.proxy.snapshot.AccessLog.@Nullable Format format)
            throws AccessLogFormatException {
        return switch (format) {
            case null -> AccessLogFormat.ENVOY_DEFAULT;
            case dev.riser.proxy.snapshot.AccessLog.Text text -> AccessLogFormat.text(text.format());
            case dev.riser.proxy.snapshot.AccessLog.Json json ->
                AccessLogFormat.json(
                        struct(json.fields()),
                        json.omitEmptyValues() ? AccessLogFormat.Empty.OMITTED : AccessLogFormat.Empty.NULL);
        };
    }

    private static Struct struct(Map<?, ?> fields) {
        Struct.Builder struct = Struct.newBuilder();
        fields.forEach((name, value) -> struct.putFields(String.valueOf(name), value(value)));
        return struct.build();
    }

    private static Value value(@Nullable Object value) {
        Value.Builder built = Value.newBuilder();
        return switch (value) {
            case null -> built.setNullValue(NullValue.NULL_VALUE).build();
            case Boolean flag -> built.setBoolValue(flag).build();
            case Number number -> built.setNumberValue(number.doubleValue()).build();
            case Map<?, ?> map -> built.setStructValue(struct(map)).build();
            case List<?> list -> {
                ListValue.Builder values = ListValue.newBuilder();
                list.forEach(each -> values.addValues(value(each)));
                yield built.setListValue(values).build();
            }
            default -> built.setStringValue(value.toString()).build();
        };
    }

    private static Predicate<ExchangeRecord> filter(Filter filter) {
        return switch (filter) {
            case dev.riser.proxy.snapshot.AccessLog.Everything everything -> each -> true;
            case dev.riser.proxy.snapshot.AccessLog.Status(Comparison comparison, long value) ->
                each -> holds(comparison, each.responseCode, value);
            case dev.riser.proxy.snapshot.AccessLog.Duration(Comparison comparison, long value) ->
                each -> holds(comparison, (each.endNanos - each.startNanos) / 1_000_000, value);
            case dev.riser.proxy.snapshot.AccessLog.Header(var match) -> each -> match.matches(new Logged(each));
            case dev.riser.proxy.snapshot.AccessLog.ResponseFlag(var flags) ->
                each -> each.failure != null && (flags.isEmpty() || flags.contains(each.failure.responseFlag()));
            case dev.riser.proxy.snapshot.AccessLog.GrpcStatus(var statuses, boolean exclude) ->
                each -> statuses.contains(each.grpcStatus) != exclude;
            case dev.riser.proxy.snapshot.AccessLog.Sampled(var fraction) ->
                each -> fraction.selects(ThreadLocalRandom.current().nextLong());
            case dev.riser.proxy.snapshot.AccessLog.All(List<Filter> filters) -> {
                List<Predicate<ExchangeRecord>> all =
                        filters.stream().map(AccessLogs::filter).toList();
                yield each -> all.stream().allMatch(one -> one.test(each));
            }
            case dev.riser.proxy.snapshot.AccessLog.Any(List<Filter> filters) -> {
                List<Predicate<ExchangeRecord>> any =
                        filters.stream().map(AccessLogs::filter).toList();
                yield each -> any.stream().anyMatch(one -> one.test(each));
            }
        };
    }

    private static boolean holds(Comparison comparison, long left, long right) {
        return switch (comparison) {
            case EQUAL -> left == right;
            case GREATER_OR_EQUAL -> left >= right;
            case LESS_OR_EQUAL -> left <= right;
        };
    }

    /** The request of a record, for conditions on its headers. */
    private record Logged(ExchangeRecord exchange) implements RequestView {
        @Override
        public CharSequence method() {
            return exchange.method;
        }

        @Override
        public CharSequence authority() {
            return exchange.authority;
        }

        @Override
        public CharSequence path() {
            return exchange.originalPath;
        }

        @Override
        public CharSequence scheme() {
            return exchange.scheme;
        }

        @Override
        public @Nullable CharSequence header(AsciiString lowerCaseName) {
            return exchange.headers.request(lowerCaseName.toString());
        }
    }
}
