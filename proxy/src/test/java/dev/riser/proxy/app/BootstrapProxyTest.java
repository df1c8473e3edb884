package dev.riser.proxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.riser.proxy.admin.AdoptionObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole proxy over real sockets, driven by a file that would start Envoy as well. */
class BootstrapProxyTest {
    @TempDir
    Path directory;

    @Test
    void carriesRequestsAndAnswersByRoute() throws Exception {
        try (Application application = new Application();
                ProxyProcess proxy = start(application.port(), freePort())) {
            HttpClient client = HttpClient.newHttpClient();

            HttpResponse<String> forwarded = client.send(get("/echo?a=b"), HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> direct = client.send(get("/direct"), HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> unknown = client.send(get("/nothing"), HttpResponse.BodyHandlers.ofString());

            assertThat(forwarded.statusCode()).isEqualTo(200);
            assertThat(forwarded.body()).isEqualTo("GET /echo?a=b added=yes");
            assertThat(forwarded.headers().firstValue("server")).contains("riser");
            assertThat(direct.statusCode()).isEqualTo(418);
            assertThat(direct.body()).isEqualTo("short");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(unknown.headers().firstValue("x-riser-failure")).contains("NO_ROUTE");
            assertThat(proxy.addresses()).isEmpty();
        }
    }

    @Test
    void passesALargeBodyUnchangedBothWays() throws Exception {
        byte[] body = new byte[5_000_000];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i * 31);
        }
        try (Application application = new Application();
                ProxyProcess proxy = start(application.port(), freePort())) {
            HttpResponse<byte[]> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/echo"))
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(Arrays.equals(answer.body(), body)).isTrue();
            assertThat(proxy.list()).isEmpty();
        }
    }

    @Test
    void answersWhatCannotBeReachedWithTheFailureWord() throws Exception {
        try (ProxyProcess proxy = start(freePort(), freePort())) {
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(get("/echo"), HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("x-riser-failure")).contains("CONNECT_REFUSED");
            assertThat(proxy.list()).isEmpty();
        }
    }

    @Test
    void asksItsOwnApplicationOnceMoreThatResetAConnectionWithoutAnAnswer() throws Exception {
        // An application that ends resets what it has not accepted yet, fresh connections too. A proxy that repeats on
        // connections it had used before only, or that repeats what is not idempotent, is wrong.
        try (Resetting application = new Resetting();
                ProxyProcess proxy = start(application.port(), freePort(), "INBOUND")) {
            HttpResponse<String> read =
                    HttpClient.newHttpClient().send(get("/echo"), HttpResponse.BodyHandlers.ofString());
            assertThat(read.statusCode()).isEqualTo(200);
            assertThat(application.accepted()).isEqualTo(2);

            HttpResponse<String> written = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/echo"))
                                    .timeout(Duration.ofSeconds(20))
                                    .POST(HttpRequest.BodyPublishers.ofString("order"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(written.statusCode()).isEqualTo(503);
            assertThat(written.headers().firstValue("x-riser-failure")).contains("UPSTREAM_RESET");
            assertThat(application.accepted()).isEqualTo(3);
            assertThat(proxy.list()).isEmpty();
        }
    }

    @Test
    void obeysTheProgramOnHowOftenAndHowLongToTry() throws Exception {
        try (Application application = new Application();
                ProxyProcess proxy = start(application.port(), freePort())) {
            assertThat(status("/echo/flaky/a", "x-envoy-retry-on", "5xx", "x-envoy-max-retries", "2"))
                    .isEqualTo(200);
            assertThat(status("/echo/flaky/b", "x-envoy-retry-on", "5xx")).isEqualTo(503);
            assertThat(status("/echo/flaky/c")).isEqualTo(503);
            assertThat(status("/echo/slow", "x-envoy-upstream-rq-timeout-ms", "50"))
                    .isEqualTo(504);
            assertThat(status(
                            "/echo/slow",
                            "x-envoy-upstream-rq-timeout-ms",
                            "50",
                            "x-envoy-upstream-rq-timeout-alt-response",
                            "yes"))
                    .isEqualTo(204);
            assertThat(proxy.list()).isEmpty();
        }
    }

    @Test
    void doesNotObeyOneForWhomTheProgramOnlySpeaks() throws Exception {
        try (Application application = new Application();
                ProxyProcess proxy = start(application.port(), freePort())) {
            assertThat(status(
                            "/echo/flaky/a",
                            "x-envoy-retry-on",
                            "5xx",
                            "x-envoy-max-retries",
                            "2",
                            "x-forwarded-for",
                            "192.0.2.1"))
                    .isEqualTo(503);
            assertThat(proxy.list()).isEmpty();
        }
    }

    private int status(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    /** The HTTP inspector does not see into TLS, whatever a client offers there. */
    @Test
    void takesTlsOfAnApplicationForBytesWhereItLooksForHttp() throws Exception {
        byte[] hello = clientHello("http/1.1");
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                ProxyProcess proxy = startSniffing(upstream.getLocalPort(), freePort());
                Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
            upstream.setSoTimeout(10_000);
            socket.getOutputStream().write(hello);
            try (Socket arrived = upstream.accept()) {
                assertThat(arrived.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
            }
            assertThat(proxy.list()).isEmpty();
        }
    }

    private static byte[] clientHello(String protocol) throws GeneralSecurityException, SSLException {
        SSLEngine client = SSLContext.getDefault().createSSLEngine();
        client.setUseClientMode(true);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        client.setSSLParameters(parameters);
        ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.allocate(0), hello);
        return Arrays.copyOf(hello.array(), hello.position());
    }

    private ProxyProcess startSniffing(int upstream, int listen) throws IOException, InterruptedException {
        port = listen;
        return start("""
                node: {id: test, cluster: test}
                static_resources:
                  listeners:
                  - name: in
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    listener_filters:
                    - name: envoy.filters.listener.http_inspector
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector
                    filter_chains:
                    - filter_chain_match: {application_protocols: [http/1.1]}
                      filters:
                      - name: envoy.filters.network.tcp_proxy
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                          stat_prefix: http
                          cluster: nobody
                    default_filter_chain:
                      filters:
                      - name: envoy.filters.network.tcp_proxy
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                          stat_prefix: bytes
                          cluster: app
                  clusters:
                  - name: nobody
                    type: STATIC
                    connect_timeout: 2s
                  - name: app
                    type: STATIC
                    connect_timeout: 2s
                    load_assignment:
                      cluster_name: app
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                """.formatted(listen, upstream));
    }

    private int port;

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    private ProxyProcess start(int upstream, int listen) throws IOException, InterruptedException {
        return start(upstream, listen, "OUTBOUND");
    }

    private ProxyProcess start(int upstream, int listen, String direction) throws IOException, InterruptedException {
        port = listen;
        return start("""
                node: {id: test, cluster: test}
                static_resources:
                  listeners:
                  - name: in
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    traffic_direction: %s
                    filter_chains:
                    - filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: in
                          server_name: riser
                          route_config:
                            name: local
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes:
                              - match: {prefix: /direct}
                                direct_response: {status: 418, body: {inline_string: short}}
                              - match: {prefix: /echo}
                                route: {cluster: app}
                                request_headers_to_add:
                                - header: {key: x-added, value: "yes"}
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                  clusters:
                  - name: app
                    type: STATIC
                    connect_timeout: 2s
                    load_assignment:
                      cluster_name: app
                      endpoints:
                      - lb_endpoints:
                        - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                """.formatted(listen, direction, upstream));
    }

    private ProxyProcess start(String bootstrap) throws IOException, InterruptedException {
        Path file = directory.resolve("bootstrap-" + port + ".yaml");
        Files.writeString(file, bootstrap);
        ProxyProcess proxy = ProxyProcess.start(
                new ProxySettings(
                        1,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        Optional.empty(),
                        ProxySettings.Life.UNTIL_STOPPED,
                        Optional.empty()),
                "test",
                AdoptionObserver.NONE);
        proxy.serve(BootstrapProxy.read(file));
        return proxy;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** Reads a little of every other connection, beginning with the first, and resets it; answers the rest. */
    private static final class Resetting implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 16, InetAddress.ofLiteral("127.0.0.1"));
        private final AtomicInteger accepted = new AtomicInteger();

        Resetting() throws IOException {
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        serve(server.accept());
                    }
                } catch (IOException closed) {
                    // the test is over
                }
            });
        }

        private void serve(Socket connection) throws IOException {
            try (connection) {
                boolean reset = accepted.getAndIncrement() % 2 == 0;
                int read = connection.getInputStream().read(new byte[4096]);
                if (reset || read < 0) {
                    connection.setSoLinger(true, 0);
                    return;
                }
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            }
        }

        int port() {
            return server.getLocalPort();
        }

        int accepted() {
            return accepted.get();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** Answers GET with what it was asked, POST with the body; /slow never, /flaky the third time. */
    private static final class Application implements AutoCloseable {
        private final HttpServer server;
        private final Map<String, Integer> asked = new ConcurrentHashMap<>();

        Application() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 16);
            server.createContext("/", exchange -> {
                String path = exchange.getRequestURI().getPath();
                byte[] body = exchange.getRequestBody().readAllBytes();
                if (path.contains("/slow")) {
                    return;
                }
                int status = path.contains("/flaky") && asked.merge(path, 1, Integer::sum) < 3 ? 503 : 200;
                byte[] answer = exchange.getRequestMethod().equals("POST")
                        ? body
                        : ("GET " + exchange.getRequestURI() + " added="
                                        + exchange.getRequestHeaders().getFirst("x-added"))
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            server.start();
        }

        int port() {
            return server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
