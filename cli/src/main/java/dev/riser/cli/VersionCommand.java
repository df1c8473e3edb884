package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Versions. */
@Command(
        name = "version",
        description = "Show the version of this command line and of the control plane.",
        mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Override
    public Integer call() {
        PrintWriter out = terminal.out();
        out.println("command line   " + Riser.VERSION);
        try {
            JsonNode answer = mesh.api().get("/api/v1/mesh");
            out.println("control plane  %s (%s, trust domain %s)"
                    .formatted(
                            answer.path("version").asString("unknown"),
                            mesh.api().address(),
                            answer.path("trustDomain").asString("unknown")));
        } catch (CommandFailure unreachable) {
            out.println("control plane  not running (" + mesh.api().address() + ")");
        }
        return 0;
    }
}
