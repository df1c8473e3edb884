package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.GrpcStatusFilter;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compiles access logs. */
final class AccessLogCompiler {
    private final Inspection inspection;
    private final MatcherCompiler matchers;

    AccessLogCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
    }

    List<AccessLog> compile(List<io.envoyproxy.envoy.config.accesslog.v3.AccessLog> logs, String path, String field) {
        List<AccessLog> compiled = new ArrayList<>();
        for (int i = 0; i < logs.size(); i++) {
            compiled.add(one(logs.get(i), at(path, field, i)));
        }
        return compiled;
    }

    @SuppressWarnings("deprecation") // "format" and "json_format" are still sent
    private AccessLog one(io.envoyproxy.envoy.config.accesslog.v3.AccessLog log, String path) {
        inspection.only(log, path, Set.of("name", "filter", "typed_config"));
        AccessLog.Filter filter =
                log.hasFilter() ? filter(log.getFilter(), at(path, "filter")) : new AccessLog.Everything();
        Any config = log.getTypedConfig();
        String at = at(path, "typed_config");
        return switch (Inspection.typeOf(config)) {
            case "envoy.extensions.access_loggers.file.v3.FileAccessLog" -> {
                FileAccessLog file = inspection.unpack(config, FileAccessLog.class, at);
                inspection.only(file, at, Set.of("path", "format", "json_format", "typed_json_format", "log_format"));
                AccessLog.Format format = switch (file.getAccessLogFormatCase()) {
                    case FORMAT -> new AccessLog.Text(file.getFormat(), false);
                    case JSON_FORMAT -> new AccessLog.Json(json(file.getJsonFormat()), false);
                    case TYPED_JSON_FORMAT -> new AccessLog.Json(json(file.getTypedJsonFormat()), false);
                    case LOG_FORMAT -> format(file.getLogFormat(), at(at, "log_format"));
                    case ACCESSLOGFORMAT_NOT_SET -> null;
                };
                yield new AccessLog(sink(file.getPath()), format, filter);
            }
            case "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog" -> {
                StdoutAccessLog stream = inspection.unpack(config, StdoutAccessLog.class, at);
                yield new AccessLog(
                        AccessLog.Stream.STANDARD_OUTPUT,
                        stream.hasLogFormat() ? format(stream.getLogFormat(), at(at, "log_format")) : null,
                        filter);
            }
            case "envoy.extensions.access_loggers.stream.v3.StderrAccessLog" -> {
                StderrAccessLog stream = inspection.unpack(config, StderrAccessLog.class, at);
                yield new AccessLog(
                        AccessLog.Stream.STANDARD_ERROR,
                        stream.hasLogFormat() ? format(stream.getLogFormat(), at(at, "log_format")) : null,
                        filter);
            }
            case String other ->
                throw new Inspection.Unusable(at, "this proxy has no access log with the configuration " + other);
        };
    }

    private static AccessLog.Sink sink(String path) {
        return switch (path) {
            case "/dev/stdout" -> AccessLog.Stream.STANDARD_OUTPUT;
            case "/dev/stderr" -> AccessLog.Stream.STANDARD_ERROR;
            default -> new AccessLog.File(path);
        };
    }

    @SuppressWarnings("deprecation") // "text_format" is still sent
    private AccessLog.Format format(SubstitutionFormatString format, String path) {
        inspection.only(
                format,
                path,
                Set.of("text_format", "json_format", "text_format_source", "omit_empty_values", "content_type"));
        return switch (format.getFormatCase()) {
            case TEXT_FORMAT -> new AccessLog.Text(format.getTextFormat(), format.getOmitEmptyValues());
            case TEXT_FORMAT_SOURCE ->
                new AccessLog.Text(
                        new String(
                                matchers.inline(format.getTextFormatSource(), at(path, "text_format_source")),
                                StandardCharsets.UTF_8),
                        format.getOmitEmptyValues());
            case JSON_FORMAT -> new AccessLog.Json(json(format.getJsonFormat()), format.getOmitEmptyValues());
            case FORMAT_NOT_SET -> throw new Inspection.Unusable(path, "has no format");
        };
    }

    private static Map<String, @Nullable Object> json(Struct struct) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (String name : new TreeSet<>(struct.getFieldsMap().keySet())) {
            fields.put(name, json(struct.getFieldsOrThrow(name)));
        }
        return fields;
    }

    private static @Nullable Object json(Value value) {
        return switch (value.getKindCase()) {
            case NULL_VALUE, KIND_NOT_SET -> null;
            case NUMBER_VALUE -> value.getNumberValue();
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> value.getBoolValue();
            case STRUCT_VALUE -> json(value.getStructValue());
            case LIST_VALUE -> {
                List<@Nullable Object> list = new ArrayList<>();
                value.getListValue().getValuesList().forEach(element -> list.add(json(element)));
                yield list;
            }
        };
    }

    private AccessLog.Filter filter(AccessLogFilter filter, String path) {
        inspection.only(
                filter,
                path,
                Set.of(
                        "status_code_filter",
                        "duration_filter",
                        "runtime_filter",
                        "and_filter",
                        "or_filter",
                        "header_filter",
                        "response_flag_filter",
                        "grpc_status_filter"));
        return switch (filter.getFilterSpecifierCase()) {
            case STATUS_CODE_FILTER -> {
                ComparisonFilter comparison = filter.getStatusCodeFilter().getComparison();
                yield new AccessLog.Status(
                        comparison(comparison, at(path, "status_code_filter.comparison")), value(comparison));
            }
            case DURATION_FILTER -> {
                ComparisonFilter comparison = filter.getDurationFilter().getComparison();
                yield new AccessLog.Duration(
                        comparison(comparison, at(path, "duration_filter.comparison")), value(comparison));
            }
            case RUNTIME_FILTER -> {
                var sampled = filter.getRuntimeFilter();
                String at = at(path, "runtime_filter");
                inspection.only(sampled, at, Set.of("runtime_key", "percent_sampled", "use_independent_randomness"));
                yield new AccessLog.Sampled(matchers.fraction(sampled.getPercentSampled(), at(at, "percent_sampled")));
            }
            case AND_FILTER ->
                new AccessLog.All(filters(filter.getAndFilter().getFiltersList(), at(path, "and_filter")));
            case OR_FILTER -> new AccessLog.Any(filters(filter.getOrFilter().getFiltersList(), at(path, "or_filter")));
            case HEADER_FILTER ->
                new AccessLog.Header(
                        matchers.header(filter.getHeaderFilter().getHeader(), at(path, "header_filter.header")));
            case RESPONSE_FLAG_FILTER ->
                new AccessLog.ResponseFlag(
                        Set.copyOf(filter.getResponseFlagFilter().getFlagsList()));
            case GRPC_STATUS_FILTER -> {
                GrpcStatusFilter grpc = filter.getGrpcStatusFilter();
                Set<Integer> statuses = new HashSet<>(grpc.getStatusesValueList());
                yield new AccessLog.GrpcStatus(Set.copyOf(statuses), grpc.getExclude());
            }
            case NOT_HEALTH_CHECK_FILTER,
                    TRACEABLE_FILTER,
                    EXTENSION_FILTER,
                    METADATA_FILTER,
                    LOG_TYPE_FILTER,
                    FILTERSPECIFIER_NOT_SET ->
                throw new Inspection.Unusable(path, "is no filter that this proxy knows");
        };
    }

    private List<AccessLog.Filter> filters(List<AccessLogFilter> filters, String path) {
        List<AccessLog.Filter> compiled = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            compiled.add(filter(filters.get(i), at(path, "filters", i)));
        }
        return compiled;
    }

    private AccessLog.Comparison comparison(ComparisonFilter filter, String path) {
        return switch (filter.getOp()) {
            case EQ -> AccessLog.Comparison.EQUAL;
            case GE -> AccessLog.Comparison.GREATER_OR_EQUAL;
            case LE -> AccessLog.Comparison.LESS_OR_EQUAL;
            case UNRECOGNIZED -> throw new Inspection.Unusable(at(path, "op"), "is unknown");
        };
    }

    private static long value(ComparisonFilter filter) {
        return Integer.toUnsignedLong(filter.getValue().getDefaultValue());
    }
}
