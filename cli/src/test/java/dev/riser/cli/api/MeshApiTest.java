package dev.riser.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MeshApiTest {
    @TempDir
    Path directory = Path.of("");

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server = open();

    private static HttpServer open() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void start() {
        answer(200, "{}");
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(int status, String body) {
        try {
            server.removeContext("/");
        } catch (IllegalArgumentException none) {
            // The first answer has nothing to replace.
        }
        server.createContext("/", exchange -> {
            requests.add("%s %s %s"
                    .formatted(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI(),
                            exchange.getRequestHeaders().getFirst("authorization")));
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private MeshApi api() {
        return new MeshApi("http://127.0.0.1:" + server.getAddress().getPort(), Optional.of("secret"), "/state");
    }

    @Test
    void sends_the_token_and_only_the_parameters_that_say_something() {
        assertThat(api().get("/api/v1/stat", Map.of("kind", "deploy", "from", "", "name", "a b")))
                .isEmpty();

        assertThat(requests).containsExactly("GET /api/v1/stat?kind=deploy&name=a+b Bearer secret");
    }

    @Test
    void turns_a_refusal_into_its_problems() {
        answer(422, """
                {"error": "no object was applied", "problems": [{"object": "VirtualService prod/a",
                 "field": "spec.http[0].weight", "file": "a.yaml", "line": 7, "found": "-1", "allowed": "0 to 100",
                 "message": "a weight is negative", "suggestion": "make it positive"}]}""");

        assertThatThrownBy(() -> api().postYaml("/api/v1/objects", "kind: X"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no object was applied")
                .hasMessageContaining(
                        "a.yaml:7: VirtualService prod/a: spec.http[0].weight: a weight is negative; found -1; allowed: 0 to 100; make it positive");
    }

    @Test
    void says_where_the_token_is_when_it_is_refused() {
        answer(403, "{\"error\": \"the bearer token is not this control plane's\"}");

        assertThatThrownBy(() -> api().delete("/api/v1/objects/a/b/c"))
                .hasMessageContaining("403")
                .hasMessageContaining("/state/admin.token");
    }

    @Test
    void notices_another_program_on_the_port() {
        answer(200, "<html>");

        assertThatThrownBy(() -> api().get("/api/v1/mesh")).hasMessageContaining("not JSON");
    }

    @Test
    void finds_the_running_control_plane_in_the_state_directory() throws IOException {
        Files.writeString(
                directory.resolve("control-plane.json"),
                "{\"pid\": %d, \"api\": \"http://127.0.0.1:15080\"}"
                        .formatted(ProcessHandle.current().pid()));

        assertThat(new StateDirectory(directory).controlPlane())
                .hasValueSatisfying(found -> assertThat(found.api()).isEqualTo("http://127.0.0.1:15080"));
    }

    @Test
    void does_not_believe_a_file_whose_process_is_gone() throws IOException {
        // No process has the largest number that the kernel can give.
        Files.writeString(
                directory.resolve("control-plane.json"), "{\"pid\": 4194304, \"api\": \"http://127.0.0.1:15080\"}");

        assertThat(new StateDirectory(directory).controlPlane()).isEmpty();
    }
}
