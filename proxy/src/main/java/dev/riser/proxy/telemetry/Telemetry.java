package dev.riser.proxy.telemetry;

/**
 * The observers of one workload on one event loop; all methods belong to that loop. In steady state nothing is allocated
 * and no lock is taken. Made by {@code WorkloadTelemetry.forLoop}.
 */
public interface Telemetry {
    /** Counts a finished exchange, writes its access log line and its span. The record may be reset after the call. */
    void record(ExchangeRecord exchange);

    /** Counts an opaque connection as opened; the record's peers and service must not change after this. */
    void connectionOpened(ConnectionRecord connection);

    /** Counts the bytes moved since the call before; for connections that live longer than a report's interval. */
    void connectionProgress(ConnectionRecord connection);

    /** Counts the rest of the bytes and the end, and writes the access log line. */
    void connectionClosed(ConnectionRecord connection);
}
