package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.HeaderMatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One access log.
 *
 * @param sink where lines go
 * @param format of a line; null: Envoy's default format
 * @param filter which exchanges are logged
 */
public record AccessLog(Sink sink, @Nullable Format format, Filter filter) {

    /** Where lines go. */
    public sealed interface Sink {}

    /** Appended to this file. */
    public record File(String path) implements Sink {}

    /** To the process's own streams. */
    public enum Stream implements Sink {
        STANDARD_OUTPUT,
        STANDARD_ERROR
    }

    /** Of a line. */
    public sealed interface Format {}

    /**
     * Envoy's format string, line end included.
     *
     * @param omitEmptyValues whether an unknown value is nothing, else {@code -}
     */
    public record Text(String format, boolean omitEmptyValues) implements Format {}

    /**
     * A JSON object whose strings are format strings.
     *
     * @param fields in the order of their names; values are strings, numbers, booleans, null, lists and maps of these
     * @param omitEmptyValues whether a field with an unknown value is left out, else it is null
     */
    public record Json(Map<String, @Nullable Object> fields, boolean omitEmptyValues) implements Format {
        /** Copies the outer map. */
        public Json {
            fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    /** Which exchanges are logged. */
    public sealed interface Filter {}

    /** All of them. */
    public record Everything() implements Filter {}

    /** Response status against a value; 0 where there was no response. */
    public record Status(Comparison comparison, long value) implements Filter {}

    /** Duration in milliseconds against a value. */
    public record Duration(Comparison comparison, long value) implements Filter {}

    /** A request header. */
    public record Header(HeaderMatch match) implements Filter {}

    /** Any of these of Envoy's response flags; empty: any flag at all. */
    public record ResponseFlag(Set<String> flags) implements Filter {}

    /** gRPC status is one of these or, where excluded, none of these. */
    public record GrpcStatus(Set<Integer> statuses, boolean exclude) implements Filter {}

    /** A share. */
    public record Sampled(Fraction fraction) implements Filter {}

    /** All of these. */
    public record All(List<Filter> filters) implements Filter {}

    /** Any of these. */
    public record Any(List<Filter> filters) implements Filter {}

    /** How two numbers compare. */
    public enum Comparison {
        EQUAL,
        GREATER_OR_EQUAL,
        LESS_OR_EQUAL
    }
}
