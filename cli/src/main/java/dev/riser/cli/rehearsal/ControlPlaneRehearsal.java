package dev.riser.cli.rehearsal;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A control plane with the shop's configuration and one workload, asked what users ask it. */
public final class ControlPlaneRehearsal {
    private static final List<String> CONFIGURATION =
            List.of("00-shop.yaml", "10-destination-rule.yaml", "istio-virtualservice-canary.yaml");
    private static final List<String> QUESTIONS = List.of(
            "/api/v1/mesh",
            "/api/v1/graph",
            "/api/v1/services",
            "/api/v1/objects",
            "/api/v1/problems",
            "/api/v1/proxies");
    private static final int ROUNDS = 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Stage stage;
    private final ToIntFunction<List<String>> riser;

    /**
     * @param directory an empty directory
     * @param riser runs a verb of the command line in this process
     */
    public ControlPlaneRehearsal(Path directory, ToIntFunction<List<String>> riser) {
        this.stage = new Stage(directory);
        this.riser = riser;
    }

    /** Returns when the proxy's rehearsal in the same directory is over; the control plane runs until the process ends. */
    public void run() throws IOException, InterruptedException {
        Path configuration = Files.createDirectories(stage.directory().resolve("config"));
        for (String file : CONFIGURATION) {
            try (InputStream text = ControlPlaneRehearsal.class.getResourceAsStream("/demo/" + file)) {
                if (text == null) {
                    throw CommandFailure.failed("the resource demo/%s is missing; build anew".formatted(file));
                }
                Files.copy(text, configuration.resolve(file));
            }
        }
        String anyPort = "127.0.0.1:0";
        Stage.start(
                riser,
                "control-plane",
                "--config",
                configuration.toString(),
                "--state",
                stage.state().toString(),
                "--api-listen",
                anyPort,
                "--xds-listen",
                anyPort,
                "--metrics-listen",
                anyPort);
        StateDirectory state = new StateDirectory(stage.state());
        Stage.until("the control plane's address", () -> state.controlPlane().isPresent());
        MeshApi api = new MeshApi(state.controlPlane().orElseThrow().api(), state.adminToken(), state.toString());
        Stage.until("the control plane's answer", () -> !api.get("/api/v1/mesh").isEmpty());
        JsonNode workload = api.post("/api/v1/workloads", registration());
        Stage.write(
                stage.workload(),
                String.join(
                        "\n",
                        workload.path("id").asString(""),
                        workload.path("address4").asString(""),
                        workload.path("token").asString(""),
                        workload.path("xds").asString(""),
                        api.address()));
        Stage.until("the end of the proxy's part", Stage.LONGEST, () -> {
            ask(api);
            return Files.exists(stage.curtain());
        });
        for (int round = 0; round < ROUNDS; round++) {
            ask(api);
        }
    }

    private static ObjectNode registration() {
        ObjectNode body = JSON.createObjectNode();
        body.put("namespace", Stage.NAMESPACE).put("name", Stage.NAME).put("serviceAccount", Stage.NAME);
        body.putArray("service").add(Stage.NAME);
        body.putObject("labels").put("app", Stage.NAME).put("version", "v1");
        body.putArray("ports")
                .add(JSON.createObjectNode().put("port", Stage.HTTP_PORT).put("name", "http"))
                .add(JSON.createObjectNode().put("port", Stage.TCP_PORT).put("name", "tcp"));
        return body;
    }

    private static void ask(MeshApi api) {
        QUESTIONS.forEach(api::get);
        api.get("/api/v1/stat", Map.of("kind", "deploy", "namespace", Stage.NAMESPACE, "window", "60s"));
        api.get("/api/v1/timeseries", Map.of("kind", "deploy", "namespace", Stage.NAMESPACE, "name", Stage.NAME));
    }
}
