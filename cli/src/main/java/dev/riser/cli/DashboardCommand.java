package dev.riser.cli;

import dev.riser.cli.net.NamespaceRelay;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Where the dashboard is. */
@Command(
        name = "dashboard",
        description =
                "Print the dashboard's address, after asking whether it answers. Without root, also relay it until Ctrl-C.",
        mixinStandardHelpOptions = true)
final class DashboardCommand implements Callable<Integer> {
    private static final int PORT = 15080;

    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Override
    public Integer call() {
        long holder = Long.getLong("riser.holder", 0);
        if (holder > 0) {
            terminal.out().println("http://127.0.0.1:%d/".formatted(PORT));
            terminal.err().println("relayed from the mesh's namespace until Ctrl-C");
            new NamespaceRelay(holder, PORT).run();
        }
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
