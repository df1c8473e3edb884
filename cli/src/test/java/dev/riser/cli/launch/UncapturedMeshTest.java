package dev.riser.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.riser.cli.api.MeshApi;
import dev.riser.control.app.ControlPlane;
import dev.riser.control.app.ControlPlaneSettings;
import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.world.AccessLogging;
import dev.riser.control.world.MeshSettings;
import dev.riser.model.IpBlock;
import dev.riser.proxy.admin.AdoptionObserver;
import dev.riser.proxy.admin.WorkloadControl;
import dev.riser.proxy.app.ProxyProcess;
import dev.riser.proxy.app.ProxySettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A mesh without capture in this process, with nothing faked: a control plane, a proxy with two workloads, a program
 * that answers. It needs neither root nor namespaces.
 */
final class UncapturedMeshTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int OUTBOUND = 15001;
    private static final int UPSTREAM = 15200;
    private static final String SPLIT = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: product, namespace: prod}
            spec:
              hosts: [product]
              http:
              - match: [{uri: {prefix: /direct}}]
                directResponse: {status: 418}
              - route: [{destination: {host: product}}]
            """;

    @TempDir
    private static Path directory;

    private static ControlPlane control;
    private static ProxyProcess proxy;
    private static HttpServer program;
    private static MeshApi api;
    private static JsonNode product;
    private static JsonNode shell;

    @BeforeAll
    static void start() throws Exception {
        Path config = Files.createDirectories(directory.resolve("config"));
        Files.writeString(config.resolve("split.yaml"), SPLIT);
        control = ControlPlane.start(new ControlPlaneSettings(
                Optional.of(config),
                directory.resolve("state"),
                ControlPlaneSettings.loopback(0),
                ControlPlaneSettings.loopback(0),
                ControlPlaneSettings.loopback(0),
                Duration.ofHours(1),
                "cluster.local",
                MeshSettings.OutboundTraffic.ALLOW_ANY,
                AccessLogging.OFF,
                new MeshNetworks(network(), IpBlock.parse("fd88::/64")),
                "test"));
        api = new MeshApi("http://127.0.0.1:" + control.apiPort(), Optional.of(control.adminToken()), "here");
        proxy = ProxyProcess.start(
                new ProxySettings(
                        1,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ZERO,
                        Duration.ofMillis(100),
                        Optional.empty(),
                        ProxySettings.Life.UNTIL_STOPPED,
                        Optional.empty()),
                "test",
                AdoptionObserver.NONE);
        program = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        program.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            byte[] answer = (exchange.getRequestMethod() + " "
                            + exchange.getRequestHeaders().getFirst("Host") + exchange.getRequestURI() + " "
                            + body.length)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        program.start();
        product = register("product", "\"product\"", List.of(programPort()));
        shell = register("shell", "", List.of());
        adopt(product, "product", List.of(programPort()), List.of());
        adopt(
                shell,
                "shell",
                List.of(),
                List.of(
                        new WorkloadControl.Entrance(address(shell), OUTBOUND, ""),
                        new WorkloadControl.Entrance(address(shell), UPSTREAM, "product.prod:" + programPort())));
        api.post("/api/v1/workloads/" + text(product, "id") + "/ready", JSON.createObjectNode());
        until(() -> Exchange.get("http://product:" + programPort() + "/").status() == 200);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        control.close();
        program.stop(0);
    }

    /** A network of its own for each run, for other meshes may be on the machine. */
    private static IpBlock network() {
        Random random = new Random();
        return IpBlock.parse("127.%d.%d.0/24".formatted(100 + random.nextInt(100), random.nextInt(256)));
    }

    private static int programPort() {
        return program.getAddress().getPort();
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    private static String address(JsonNode workload) {
        return text(workload, "address4");
    }

    private static JsonNode register(String name, String services, List<Integer> ports) {
        String list = ports.isEmpty() ? "" : "{\"port\": " + ports.getFirst() + "}";
        return api.post(
                "/api/v1/workloads",
                JSON.readTree(
                        "{\"namespace\": \"prod\", \"name\": \"%s\", \"service\": [%s], \"ports\": [%s], \"capture\": false}"
                                .formatted(name, services, list)));
    }

    private static void adopt(
            JsonNode workload, String name, List<Integer> ports, List<WorkloadControl.Entrance> entrances)
            throws Exception {
        proxy.adopt(new WorkloadControl.Adoption(
                        text(workload, "id"),
                        "prod",
                        name,
                        text(workload, "id"),
                        name,
                        Map.of(),
                        ports,
                        List.of(address(workload)),
                        "",
                        entrances,
                        0,
                        text(workload, "token"),
                        text(workload, "xds"),
                        control.rootBundle().toString()))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("not so within 20 s").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** What a server said to bytes that were written as they stand. */
    private record Exchange(String text) {
        static Exchange send(String address, int port, String... requests) throws IOException {
            try (Socket socket = new Socket(InetAddress.ofLiteral(address), port)) {
                socket.setSoTimeout(20_000);
                OutputStream out = socket.getOutputStream();
                for (String request : requests) {
                    out.write(request.getBytes(StandardCharsets.ISO_8859_1));
                }
                out.flush();
                InputStream in = socket.getInputStream();
                return new Exchange(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }

        static Exchange ask(String... requests) throws IOException {
            return send(address(shell), OUTBOUND, requests);
        }

        static Exchange get(String url) {
            try {
                return ask("GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".formatted(url));
            } catch (IOException e) {
                return new Exchange("");
            }
        }

        int status() {
            return text.length() < 12 ? 0 : Integer.parseInt(text.substring(9, 12));
        }
    }

    @Test
    void a_url_asked_of_the_proxy_goes_through_the_mesh_by_its_short_name() {
        Exchange exchange = Exchange.get("http://product:" + programPort() + "/a?b");

        assertThat(exchange.text()).startsWith("HTTP/1.1 200").contains("server: riser");
        assertThat(exchange.text()).endsWith("GET product:" + programPort() + "/a?b 0");
    }

    @Test
    void rules_of_the_mesh_hold_for_it() {
        assertThat(Exchange.get("http://product.prod.svc.cluster.local:" + programPort() + "/direct")
                        .status())
                .isEqualTo(418);
    }

    @Test
    void requests_of_one_connection_may_go_to_different_places_with_their_bodies() throws Exception {
        String body = "x".repeat(100_000);
        String post =
                "POST http://product:%d/first HTTP/1.1\r\nhost: x\r\nproxy-authorization: Basic eDp5\r\ncontent-length: %d\r\n\r\n%s"
                        .formatted(programPort(), body.length(), body);
        String outside = "GET http://127.0.0.1:%d/second HTTP/1.1\r\nhost: x\r\n\r\n".formatted(programPort());
        String last = "GET http://product.prod:%d/third HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
                .formatted(programPort());

        assertThat(Exchange.ask(post, outside, last).text())
                .contains("POST product:" + programPort() + "/first 100000")
                .contains("GET 127.0.0.1:" + programPort() + "/second 0")
                .endsWith("GET product.prod:" + programPort() + "/third 0");
    }

    @Test
    void a_tunnel_is_looked_into_like_a_captured_connection() throws Exception {
        Exchange exchange = Exchange.ask(
                "CONNECT product:%d HTTP/1.1\r\nhost: x\r\n\r\n".formatted(programPort()),
                "GET /direct HTTP/1.1\r\nhost: product:%d\r\nconnection: close\r\n\r\n".formatted(programPort()));

        assertThat(exchange.text()).startsWith("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 418");
    }

    @Test
    void an_upstream_has_a_port_of_its_own() throws Exception {
        Exchange exchange = Exchange.send(
                address(shell),
                UPSTREAM,
                "GET /a HTTP/1.1\r\nhost: product:%d\r\nconnection: close\r\n\r\n".formatted(programPort()));

        assertThat(exchange.text()).startsWith("HTTP/1.1 200").endsWith("/a 0");
    }

    @Test
    void what_comes_in_must_come_from_the_mesh() throws Exception {
        assertThat(Exchange.send(address(product), 15100, "GET / HTTP/1.0\r\n\r\n")
                        .text())
                .isEmpty();
    }

    @Test
    void a_workload_that_expects_capture_is_told_that_there_is_none() {
        assertThatThrownBy(() -> api.post(
                        "/api/v1/workloads", JSON.readTree("{\"namespace\": \"prod\", \"name\": \"captured\"}")))
                .hasMessageContaining("this mesh is without capture")
                .hasMessageContaining("--no-capture");
    }

    @Test
    void a_host_of_nobody_and_a_request_for_no_url_are_answered_with_the_reason() throws Exception {
        assertThat(Exchange.get("http://nobody.prod.svc.cluster.local/").text())
                .startsWith("HTTP/1.1 502")
                .contains("x-riser-failure: UNKNOWN_DESTINATION")
                .contains("the mesh knows no host nobody.prod.svc.cluster.local");
        assertThat(Exchange.ask("CONNECT nobody.prod.svc.cluster.local:1 HTTP/1.1\r\nhost: x\r\n\r\n")
                        .text())
                .startsWith("HTTP/1.1 502")
                .contains("x-riser-failure: UNKNOWN_DESTINATION");
        assertThat(Exchange.ask("CONNECT product HTTP/1.1\r\nhost: x\r\n\r\n").status())
                .isEqualTo(400);
        assertThat(Exchange.get("https://product/").status()).isEqualTo(400);
        assertThat(Exchange.ask("GET / HTTP/1.1\r\nhost: %s:%d\r\nconnection: close\r\n\r\n"
                                .formatted(address(shell), OUTBOUND))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void a_program_of_another_user_does_not_get_the_workloads_identity() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("only root can act as another user")
                .isEqualTo("root");
        Process other = new ProcessBuilder(
                        "setpriv",
                        "--reuid",
                        "65534",
                        "--clear-groups",
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/%s/%d; printf 'GET http://product:%d/ HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n' >&3; cat <&3; echo ended"
                                .formatted(address(shell), OUTBOUND, programPort()))
                .redirectErrorStream(true)
                .start();

        assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
                .noneMatch(line -> line.startsWith("HTTP"))
                .last()
                .isEqualTo("ended");
        assertThat(other.waitFor()).isZero();
    }
}
