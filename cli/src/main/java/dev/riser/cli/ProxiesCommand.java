package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.table.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Connected proxies. */
@Command(
        name = "proxies",
        description = "Show connected proxies and what each has been sent, acknowledged or rejected.",
        mixinStandardHelpOptions = true,
        footer = {"", "A figure such as 7/8 means: 8 resources sent, 7 acknowledged. -o wide names the rejections."})
final class ProxiesCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide or json. Default: ${DEFAULT-VALUE}.")
    Output output = Output.table;

    @Override
    public Integer call() {
        JsonNode proxies = mesh.api().get("/api/v1/proxies");
        PrintWriter out = terminal.out();
        switch (output) {
            case json ->
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(proxies));
            case yaml -> throw CommandFailure.usage("proxies prints table, wide or json; found yaml");
            case table, wide -> {
                out.print(table(proxies).text());
                if (output == Output.wide) {
                    printRejections(proxies, out);
                }
            }
        }
        out.flush();
        return 0;
    }

    private static Table table(JsonNode proxies) {
        Table table = Table.ofWords(
                "NAMESPACE",
                "WORKLOAD",
                "INSTANCE",
                "LISTENERS",
                "ROUTES",
                "CLUSTERS",
                "ENDPOINTS",
                "REJECTED",
                "CERTIFICATE_UNTIL",
                "VERSION");
        for (JsonNode proxy : proxies) {
            List<String> cells = new ArrayList<>(List.of(
                    proxy.path("namespace").asString(""),
                    proxy.path("workload").asString(""),
                    proxy.path("instance").asString(proxy.path("id").asString(""))));
            for (String type : List.of("Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment")) {
                cells.add(acknowledged(proxy, type));
            }
            int rejected = 0;
            for (JsonNode type : proxy.path("types")) {
                rejected += type.path("rejected").size();
            }
            cells.add(Integer.toString(rejected));
            cells.add(proxy.path("certificate").path("notAfter").asString(""));
            cells.add(proxy.path("version").asString(""));
            table.row(cells);
        }
        return table;
    }

    private static String acknowledged(JsonNode proxy, String name) {
        for (JsonNode type : proxy.path("types")) {
            String url = type.path("type").asString("");
            if (url.equals(name) || url.endsWith("." + name)) {
                return count(type.path("acked")) + "/" + count(type.path("sent"));
            }
        }
        return "";
    }

    private static String count(JsonNode node) {
        return node.isArray() ? Integer.toString(node.size()) : node.asString("0");
    }

    private static void printRejections(JsonNode proxies, PrintWriter out) {
        for (JsonNode proxy : proxies) {
            for (JsonNode type : proxy.path("types")) {
                for (JsonNode rejection : type.path("rejected")) {
                    out.println("%s rejects %s: %s"
                            .formatted(
                                    proxy.path("id").asString(""),
                                    rejection.path("name").asString(""),
                                    rejection.path("reason").asString("")));
                }
            }
        }
    }
}
