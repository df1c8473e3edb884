package dev.riser.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Where the dashboard is. */
@Command(
        name = "dashboard",
        description = "Print the dashboard's address, after asking whether it answers.",
        mixinStandardHelpOptions = true)
final class DashboardCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Override
    public Integer call() {
        JsonNode answer = mesh.api().get("/api/v1/mesh");
        terminal.out().println(mesh.api().address() + "/");
        terminal.err()
                .println("%d services, %d workloads, %d problems"
                        .formatted(
                                answer.path("counts").path("services").asInt(0),
                                answer.path("counts").path("workloads").asInt(0),
                                answer.path("counts").path("problems").asInt(0)));
        return 0;
    }
}
