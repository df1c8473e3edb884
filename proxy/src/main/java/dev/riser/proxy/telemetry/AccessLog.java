package dev.riser.proxy.telemetry;

import java.util.function.Predicate;

/**
 * One access log of a listener or workload.
 *
 * @param filter which exchanges get a line; called on their event loops
 */
public record AccessLog(AccessLogFormat format, Predicate<ExchangeRecord> filter, AccessLogWriter writer) {
    /** A line for each exchange. */
    public AccessLog(AccessLogFormat format, AccessLogWriter writer) {
        this(format, every -> true, writer);
    }
}
