package dev.riser.control.api;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/** The control plane's own metrics, on 15014 unless told otherwise. They hold numbers only, so reading is open. */
public final class MetricsServer implements AutoCloseable {
    private static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;

    /**
     * Starts it.
     *
     * @param text the metrics in Prometheus' text format
     * @throws IOException where it cannot listen there
     */
    public MetricsServer(Supplier<String> text, InetSocketAddress address) throws IOException {
        this.server = new HttpServer(address, request -> switch (request.path()) {
            case "/metrics" -> HttpAnswer.of(200, TEXT_FORMAT, text.get().getBytes(StandardCharsets.UTF_8), Map.of());
            case "/healthz", "/ready" ->
                HttpAnswer.of(200, "text/plain; charset=utf-8", "ok\n".getBytes(StandardCharsets.UTF_8), Map.of());
            default -> HttpAnswer.failure(404, "there are /metrics and /healthz");
        });
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }
}
