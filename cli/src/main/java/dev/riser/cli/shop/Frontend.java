package dev.riser.cli.shop;

import com.sun.net.httpserver.HttpExchange;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The shop's face: asks product over HTTP, cart over gRPC, and the store over TCP on every tenth request. Arguments: port
 * and the namespace in which the others are.
 */
public final class Frontend {
    private static final int STORE_EVERY = 10;
    private static final int LIMIT_MILLISECONDS = 15_000;

    private final String product;
    private final String store;
    private final ManagedChannel cart;
    private final AtomicLong requests = new AtomicLong();

    private Frontend(String namespace) {
        product = "http://product.%s.svc.cluster.local:8000/".formatted(namespace);
        store = "store.%s.svc.cluster.local".formatted(namespace);
        cart = NettyChannelBuilder.forTarget("dns:///cart.%s.svc.cluster.local:9000".formatted(namespace))
                .usePlaintext()
                .build();
    }

    /** Serves until the process ends. */
    public static void main(String[] arguments) throws IOException {
        System.setProperty("http.maxConnections", "16");
        Frontend frontend = new Frontend(arguments[1]);
        Reply.serve(Integer.parseInt(arguments[0]), frontend::answer);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try {
            // Passed on as every program behind a mesh must, for the mesh cannot know which call caused which.
            Optional<String> trace =
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("traceparent"));
            String version = askProduct(trace);
            String items = ClientCalls.blockingUnaryCall(
                    cart,
                    CartProtocol.ADD,
                    CallOptions.DEFAULT.withDeadlineAfter(LIMIT_MILLISECONDS, TimeUnit.MILLISECONDS),
                    "riser");
            String stock = requests.incrementAndGet() % STORE_EVERY == 1 ? askStore() : "";
            exchange.getResponseHeaders().set("x-product-version", version);
            Reply.json(
                    exchange,
                    200,
                    "{\"product\":\"%s\",\"cart\":%s,\"store\":\"%s\"}\n".formatted(version, items, stock));
        } catch (IOException | StatusRuntimeException e) {
            Reply.json(
                    exchange,
                    502,
                    "{\"error\":\"%s\"}\n"
                            .formatted(String.valueOf(e.getMessage()).replaceAll("[\"\\\\\\p{Cntrl}]", " ")));
        }
    }

    private String askProduct(Optional<String> trace) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(product).toURL().openConnection();
        connection.setConnectTimeout(LIMIT_MILLISECONDS);
        connection.setReadTimeout(LIMIT_MILLISECONDS);
        trace.ifPresent(value -> connection.setRequestProperty("traceparent", value));
        int status = connection.getResponseCode();
        if (status != 200) {
            throw new IOException("product answered " + status);
        }
        try (InputStream body = connection.getInputStream()) {
            body.readAllBytes();
        }
        return Optional.ofNullable(connection.getHeaderField("x-product-version"))
                .orElseThrow(() -> new IOException("product did not say its version"));
    }

    private String askStore() throws IOException {
        try (Socket socket = new Socket(store, 7000);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
            socket.setSoTimeout(LIMIT_MILLISECONDS);
            String greeting = lines.readLine();
            if (!Store.GREETING.equals(greeting)) {
                throw new IOException("the store said '%s' instead of its greeting".formatted(greeting));
            }
            socket.getOutputStream().write("riser\r\nQUIT\r\n".getBytes(StandardCharsets.UTF_8));
            String stock = String.valueOf(lines.readLine());
            return stock;
        }
    }
}
