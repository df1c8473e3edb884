package dev.riser.cli;

import dev.riser.cli.api.ProblemText;
import dev.riser.cli.failure.CommandFailure;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is wrong with the configuration. */
@Command(
        name = "problems",
        aliases = "analyze",
        description =
                "Show what is wrong with the configuration: objects that are rejected or have no effect, and why.",
        mixinStandardHelpOptions = true,
        footer = {"", "Exit code 1 where there are problems, so that scripts can ask."})
final class ProblemsCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table (one line a problem) or json. Default: ${DEFAULT-VALUE}.")
    Output output = Output.table;

    @Override
    public Integer call() {
        JsonNode problems = mesh.api().get("/api/v1/problems");
        PrintWriter out = terminal.out();
        switch (output) {
            case json ->
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(problems));
            case table, wide -> {
                for (JsonNode problem : problems) {
                    out.println(ProblemText.of(problem));
                }
                if (problems.isEmpty()) {
                    out.println("no problems: every object is in force");
                }
            }
            case yaml -> throw CommandFailure.usage("problems prints table or json; found yaml");
        }
        out.flush();
        return problems.isEmpty() ? 0 : CommandFailure.FAILED;
    }
}
