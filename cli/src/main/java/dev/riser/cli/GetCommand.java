package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.ProblemText;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.table.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shows objects, services and workloads. */
@Command(
        name = "get",
        description = "Show objects and whether they are in force, services with their endpoints, or workloads.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Kinds: all, services|svc, workloads|pods, namespaces|ns, serviceaccounts|sa, virtualservices|vs,",
            "destinationrules|dr, serviceentries|se, workloadentries|we, peerauthentications|pa,",
            "authorizationpolicies|ap",
            "",
            "Examples:",
            "  riser get vs -A",
            "  riser get virtualservice product-vs -o yaml",
            "  riser get services -n prod -o wide",
        })
final class GetCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Mixin
    NamespaceOptions namespaces = new NamespaceOptions();

    @Parameters(index = "0", paramLabel = "KIND", description = "What to show; see below.")
    String kind = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", defaultValue = "", description = "Only this one.")
    String name = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, wide, yaml or json. Default: ${DEFAULT-VALUE}.")
    Output output = Output.table;

    @Override
    public Integer call() {
        MeshApi api = mesh.api();
        return switch (kind.toLowerCase(Locale.ROOT)) {
            case "workloads", "workload", "pods", "pod" ->
                print(inScope(api.get("/api/v1/workloads")), this::workloads);
            case "all" -> print(inScope(api.get("/api/v1/objects")), this::objects);
            case "services", "service", "svc" ->
                output == Output.yaml
                        ? print(objectsOf(api, "Service"), this::objects)
                        : print(inScope(api.get("/api/v1/services")), this::services);
            default -> print(objectsOf(api, Kinds.object(kind)), this::objects);
        };
    }

    private List<JsonNode> objectsOf(MeshApi api, String objectKind) {
        boolean scoped = !objectKind.equals("Namespace");
        JsonNode answer = api.get(
                "/api/v1/objects",
                Map.of("kind", objectKind, "namespace", scoped ? namespaces.forApi() : "", "name", name));
        List<JsonNode> found = new ArrayList<>();
        answer.forEach(found::add);
        return found;
    }

    private List<JsonNode> inScope(JsonNode answer) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode entry : answer) {
            boolean inNamespace =
                    namespaces.all || entry.path("namespace").asString("").equals(namespaces.namespace);
            boolean named = name.isEmpty() || entry.path("name").asString("").equals(name);
            if (inNamespace && named) {
                found.add(entry);
            }
        }
        return found;
    }

    private interface Rows {
        Table of(List<JsonNode> entries);
    }

    private int print(List<JsonNode> entries, Rows rows) {
        PrintWriter out = terminal.out();
        if (entries.isEmpty()) {
            String what = name.isEmpty() ? "no %s found".formatted(kind) : "no %s named '%s'".formatted(kind, name);
            String where = namespaces.all ? "" : " in namespace '%s'".formatted(namespaces.namespace);
            if (!name.isEmpty()) {
                throw CommandFailure.failed(what + where + namespaces.hint());
            }
            terminal.err().println(what + where + namespaces.hint());
            return 0;
        }
        switch (output) {
            case table, wide -> out.print(rows.of(entries).text());
            case json ->
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(entries));
            case yaml -> {
                for (JsonNode entry : entries) {
                    String yaml = entry.path("yaml").asString("");
                    if (yaml.isEmpty()) {
                        throw CommandFailure.usage("%s have no YAML; use -o json".formatted(kind));
                    }
                    out.println("---");
                    out.println(yaml.strip());
                }
            }
        }
        out.flush();
        return 0;
    }

    private Table objects(List<JsonNode> entries) {
        Table table = output == Output.wide
                ? Table.ofWords("NAMESPACE", "KIND", "NAME", "STATUS", "API_VERSION", "ORIGIN", "PROBLEMS")
                : Table.ofWords("NAMESPACE", "KIND", "NAME", "STATUS", "PROBLEMS");
        for (JsonNode entry : entries) {
            List<String> cells = new ArrayList<>(List.of(
                    entry.path("namespace").asString(""),
                    entry.path("kind").asString(""),
                    entry.path("name").asString(""),
                    entry.path("status").asString("")));
            List<String> problems = new ArrayList<>();
            entry.path("problems").forEach(problem -> problems.add(ProblemText.of(problem)));
            if (output == Output.wide) {
                cells.add(entry.path("apiVersion").asString(""));
                cells.add(entry.path("origin").asString(""));
                cells.add(String.join(" | ", problems));
            } else {
                cells.add(Integer.toString(problems.size()));
            }
            table.row(cells);
        }
        return table;
    }

    private Table services(List<JsonNode> entries) {
        Table table = output == Output.wide
                ? Table.ofWords("NAMESPACE", "NAME", "ADDRESSES", "PORTS", "ENDPOINTS", "MESHED", "HOST", "WORKLOADS")
                : Table.ofWords("NAMESPACE", "NAME", "ADDRESSES", "PORTS", "ENDPOINTS", "MESHED");
        for (JsonNode entry : entries) {
            List<String> ports = new ArrayList<>();
            entry.path("ports")
                    .forEach(port -> ports.add(
                            port.isObject()
                                    ? port.path("port").asString("") + "/"
                                            + port.path("protocol")
                                                    .asString(port.path("name").asString(""))
                                    : port.asString("")));
            List<String> endpoints = new ArrayList<>();
            int ready = 0;
            for (JsonNode endpoint : entry.path("endpoints")) {
                ready += endpoint.path("ready").asBoolean(false) ? 1 : 0;
                endpoints.add("%s=%s%s"
                        .formatted(
                                endpoint.path("instance")
                                        .asString(endpoint.path("workload").asString("")),
                                endpoint.path("address").asString(""),
                                endpoint.path("version").asString("").isEmpty()
                                        ? ""
                                        : "(" + endpoint.path("version").asString("") + ")"));
            }
            List<String> cells = new ArrayList<>(List.of(
                    entry.path("namespace").asString(""),
                    entry.path("name").asString(""),
                    words(entry.path("addresses")),
                    String.join(",", ports),
                    ready + "/" + entry.path("endpoints").size(),
                    entry.path("meshed").asString("")));
            if (output == Output.wide) {
                cells.add(entry.path("host").asString(""));
                cells.add(String.join(",", endpoints));
            }
            table.row(cells);
        }
        return table;
    }

    private Table workloads(List<JsonNode> entries) {
        Table table = Table.ofWords("NAMESPACE", "NAME", "INSTANCE", "SERVICE", "ADDRESS", "READY", "MESHED");
        for (JsonNode entry : entries) {
            table.row(
                    entry.path("namespace").asString(""),
                    entry.path("name").asString(""),
                    entry.path("instance").asString(entry.path("id").asString("")),
                    words(entry.path("service")),
                    entry.path("address4").asString(entry.path("address").asString("")),
                    entry.path("ready").asString(""),
                    entry.path("meshed").asString(""));
        }
        return table;
    }

    private static String words(JsonNode node) {
        if (!node.isArray()) {
            return node.asString("");
        }
        return node.valueStream().map(value -> value.asString("")).collect(Collectors.joining(","));
    }
}
