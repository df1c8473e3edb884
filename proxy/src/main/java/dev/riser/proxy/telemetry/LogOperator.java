package dev.riser.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/** One part of an access log line. */
sealed interface LogOperator {
    /** Text of the format itself. */
    record Literal(byte[] bytes) implements LogOperator {}

    /** Text taken from the exchange; {@code null} or empty where absent. */
    record Text(TextSource source, int limit) implements LogOperator {}

    /** A number taken from the exchange; {@link ExchangeRecord#NEVER} where absent. */
    record Number(NumberSource source) implements LogOperator {}

    /** A moment in a form of its own. */
    record Moment(TimeFormat format, NumberSource epochMicros) implements LogOperator {}

    /** Reads text. */
    @FunctionalInterface
    interface TextSource {
        @Nullable
        CharSequence of(ExchangeRecord exchange);
    }

    /** Reads a number. */
    @FunctionalInterface
    interface NumberSource {
        long of(ExchangeRecord exchange);
    }
}
