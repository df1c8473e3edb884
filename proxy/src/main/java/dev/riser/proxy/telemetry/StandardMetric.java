package dev.riser.proxy.telemetry;

/** The metrics of a workload's traffic, with Istio's names. */
public enum StandardMetric {
    REQUESTS("istio_requests", "Requests."),
    REQUEST_DURATION("istio_request_duration_milliseconds", "Time from a request's head to its response's end."),
    REQUEST_BYTES("istio_request_bytes", "Sizes of request bodies."),
    RESPONSE_BYTES("istio_response_bytes", "Sizes of response bodies."),
    TCP_OPENED("istio_tcp_connections_opened", "Opaque connections opened."),
    TCP_CLOSED("istio_tcp_connections_closed", "Opaque connections closed."),
    TCP_SENT("istio_tcp_sent_bytes", "Bytes sent to clients on opaque connections."),
    TCP_RECEIVED("istio_tcp_received_bytes", "Bytes received from clients on opaque connections.");

    private final String baseName;
    private final String help;

    StandardMetric(String baseName, String help) {
        this.baseName = baseName;
        this.help = help;
    }

    /** The name without a counter's {@code _total}. */
    public String baseName() {
        return baseName;
    }

    /** One sentence for {@code # HELP}. */
    public String help() {
        return help;
    }
}
