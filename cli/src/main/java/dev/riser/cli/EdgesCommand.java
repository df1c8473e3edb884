package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.table.Edges;
import dev.riser.cli.table.GoldenSignals;
import dev.riser.cli.table.Table;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who calls whom and under which identities. */
@Command(
        name = "edges",
        description = "Show who calls whom, with the identities on both sides and whether mutual TLS secures it.",
        mixinStandardHelpOptions = true)
final class EdgesCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Mixin
    NamespaceOptions namespaces = new NamespaceOptions();

    @Option(
            names = {"-t", "--time-window"},
            paramLabel = "TIME",
            defaultValue = "60s",
            description = "How far back, as 30s, 10m, 1h. Default: ${DEFAULT-VALUE}.")
    String window = "60s";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide (full identities) or json. Default: ${DEFAULT-VALUE}.")
    Output output = Output.table;

    @Override
    public Integer call() {
        JsonNode graph = mesh.api().get("/api/v1/graph", Map.of("window", Durations.checked(window)));
        PrintWriter out = terminal.out();
        switch (output) {
            case json ->
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(graph));
            case table, wide -> {
                Table table = Edges.table(
                        graph,
                        namespaces.forApi(),
                        output == Output.wide ? GoldenSignals.Detail.WIDE : GoldenSignals.Detail.PLAIN);
                if (table.isEmpty()) {
                    terminal.err().println("no traffic seen in the last %s%s".formatted(window, namespaces.hint()));
                } else {
                    out.print(table.text());
                }
            }
            case yaml -> throw CommandFailure.usage("edges prints table, wide or json; found yaml");
        }
        out.flush();
        return 0;
    }
}
