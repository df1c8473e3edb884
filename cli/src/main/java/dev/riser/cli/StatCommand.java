package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.table.GoldenSignals;
import dev.riser.cli.table.Table;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Golden signals as a table. */
@Command(
        name = "stat",
        description = "Show success, rate and latency.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  riser viz stat deploy -n prod",
            "  riser viz stat service/product -n prod -t 10m -o wide",
            "  riser viz stat deploy -n prod --from deploy/frontend",
        })
final class StatCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Mixin
    NamespaceOptions namespaces = new NamespaceOptions();

    @Parameters(
            index = "0",
            paramLabel = "KIND[/NAME]",
            defaultValue = "deploy",
            description = "deploy, service (svc), namespace (ns) or pod. Default: deploy.")
    String kind = "deploy";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", defaultValue = "", description = "Only this one.")
    String name = "";

    @Option(
            names = {"-t", "--time-window"},
            paramLabel = "TIME",
            defaultValue = "60s",
            description = "How far back, as 30s, 10m, 1h. Default: ${DEFAULT-VALUE}.")
    String window = "60s";

    @Option(
            names = "--from",
            paramLabel = "KIND/NAME[.NS]",
            defaultValue = "",
            description = "Only requests sent by this one.")
    String from = "";

    @Option(
            names = "--to",
            paramLabel = "KIND/NAME[.NS]",
            defaultValue = "",
            description = "Only requests sent to this one, as seen by its callers.")
    String to = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide or json. Default: ${DEFAULT-VALUE}.")
    Output output = Output.table;

    @Override
    public Integer call() {
        int slash = kind.indexOf('/');
        String wanted = Kinds.measured(slash < 0 ? kind : kind.substring(0, slash));
        String only = slash < 0 ? name : kind.substring(slash + 1);
        JsonNode answer = mesh.api()
                .get(
                        "/api/v1/stat",
                        Map.of(
                                "kind",
                                wanted,
                                "namespace",
                                wanted.equals("namespace") ? "" : namespaces.forApi(),
                                "name",
                                only,
                                "window",
                                Durations.checked(window),
                                "from",
                                from.isEmpty() ? "" : Kinds.measuredTarget(from),
                                "to",
                                to.isEmpty() ? "" : Kinds.measuredTarget(to)));
        PrintWriter out = terminal.out();
        switch (output) {
            case json ->
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(answer));
            case table, wide -> {
                Table table = GoldenSignals.table(
                        answer,
                        wanted.equals("namespace") ? GoldenSignals.Scope.ONE_NAMESPACE : namespaces.scope(),
                        output == Output.wide ? GoldenSignals.Detail.WIDE : GoldenSignals.Detail.PLAIN);
                if (table.isEmpty()) {
                    terminal.err().println("no traffic seen in the last %s%s".formatted(window, namespaces.hint()));
                } else {
                    out.print(table.text());
                }
            }
            case yaml -> throw CommandFailure.usage("stat prints table, wide or json; found yaml");
        }
        out.flush();
        return 0;
    }
}
