package dev.riser.proxy.telemetry;

/** What is spoken on an edge. */
enum EdgeProtocol {
    HTTP("http"),
    GRPC("grpc"),
    TCP("tcp");

    private final String label;

    EdgeProtocol(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
