package dev.riser.cli.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the demonstration has shown, as one document, and whether all of it holds. Pure.
 *
 * @param document for scripts
 * @param checks what was promised and what was found
 */
record Verdict(ObjectNode document, List<Check> checks) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The canary's weight in the demonstration's VirtualService. */
    static final double CANARY_SHARE = 0.10;

    private static final double DEVIATIONS_ALLOWED = 3;

    /** Of the requests that the load should have made; a busy machine makes fewer. */
    private static final double SHARE_OF_LOAD = 0.9;

    /** So many requests tell a share of 10 % to within 0.55 points, whatever else the machine is busy with. */
    private static final int ENOUGH = 3000;

    private static final List<List<String>> EXPECTED_EDGES = List.of(
            List.of("shopper", "frontend"),
            List.of("shopper", "product"),
            List.of("frontend", "product"),
            List.of("frontend", "cart"),
            List.of("frontend", "store"));

    /** One promise. */
    record Check(String promise, boolean holds, String found) {}

    Verdict {
        checks = List.copyOf(checks);
    }

    boolean holds() {
        return checks.stream().allMatch(Check::holds);
    }

    /**
     * Looks at what was counted.
     *
     * @param load the load's last line
     * @param expectedRequests how many requests the load should have made
     * @param graph answer of the API
     * @param stat answer of the API
     * @param legacy the legacy caller's last line
     * @param report the proxy's log line about the legacy caller, empty where there is none
     */
    static Verdict of(
            JsonNode load, long expectedRequests, JsonNode graph, JsonNode stat, String legacy, String report) {
        List<Check> checks = new ArrayList<>();
        ObjectNode document = JSON.createObjectNode();

        long succeeded = load.path("succeeded").asLong(0);
        long failed = load.path("failed").asLong(0);
        ObjectNode requests = document.putObject("requests");
        requests.put("total", succeeded + failed);
        requests.put("succeeded", succeeded);
        requests.put("failed", failed);
        requests.put("notSent", load.path("skipped").asLong(0));
        requests.set("failures", load.path("failures"));
        requests.put("p50", load.path("p50").asDouble(0));
        requests.put("p95", load.path("p95").asDouble(0));
        requests.put("p99", load.path("p99").asDouble(0));
        checks.add(new Check(
                "every request is answered",
                failed == 0 && succeeded > 0,
                "%d answered, %d failed".formatted(succeeded, failed)));
        checks.add(new Check(
                "the load was put on",
                succeeded >= Math.min(ENOUGH, expectedRequests * SHARE_OF_LOAD),
                "%d of %d requests".formatted(succeeded, expectedRequests)));

        checks.add(canary(load, document));
        checks.addAll(edges(graph, document));
        document.set("stat", stat.path("rows"));

        ObjectNode caller = document.putObject("legacy");
        caller.put("outcome", legacy);
        caller.put("refused", legacy.startsWith("refused"));
        caller.put("report", report);
        checks.add(new Check("the caller outside the mesh is refused", legacy.startsWith("refused"), legacy));
        checks.add(new Check(
                "its refusal is reported",
                !report.isEmpty(),
                report.isEmpty() ? "no line in the proxy's log" : report));

        ArrayNode promises = document.putArray("checks");
        for (Check check : checks) {
            promises.addObject()
                    .put("promise", check.promise())
                    .put("holds", check.holds())
                    .put("found", check.found());
        }
        document.put("holds", checks.stream().allMatch(Check::holds));
        return new Verdict(document, checks);
    }

    private static Check canary(JsonNode load, ObjectNode document) {
        Map<String, Long> versions = new TreeMap<>();
        load.path("versions")
                .propertyStream()
                .forEach(entry -> versions.put(entry.getKey(), entry.getValue().asLong(0)));
        long total = versions.values().stream().mapToLong(Long::longValue).sum();
        double share = total == 0 ? 0 : versions.getOrDefault("v2", 0L) / (double) total;
        double deviation = total == 0 ? 0 : Math.sqrt(CANARY_SHARE * (1 - CANARY_SHARE) / total);
        double away = deviation == 0 ? Double.POSITIVE_INFINITY : Math.abs(share - CANARY_SHARE) / deviation;
        ObjectNode split = document.putObject("split");
        ObjectNode counts = split.putObject("versions");
        versions.forEach((version, count) ->
                counts.putObject(version).put("requests", count).put("share", total == 0 ? 0 : count / (double) total));
        split.put("expectedShareOfV2", CANARY_SHARE);
        split.put("standardDeviation", deviation);
        split.put("deviations", Double.isFinite(away) ? away : -1);
        return new Check(
                "v2 gets 10 % within three standard deviations",
                away <= DEVIATIONS_ALLOWED,
                String.format(
                        Locale.ROOT,
                        "%.2f %% of %d requests, %.1f standard deviations away",
                        share * 100,
                        total,
                        away));
    }

    private static List<Check> edges(JsonNode graph, ObjectNode document) {
        Map<String, JsonNode> nodes = new HashMap<>();
        graph.path("nodes").forEach(node -> nodes.put(node.path("id").asString(""), node));
        Map<List<String>, JsonNode> found = new HashMap<>();
        ArrayNode listed = document.putArray("edges");
        for (JsonNode edge : graph.path("edges")) {
            String source = name(nodes, edge.path("source").asString(""));
            String destination = name(nodes, edge.path("destination").asString(""));
            found.put(List.of(source, destination), edge);
            listed.addObject()
                    .put("source", source)
                    .put("destination", destination)
                    .put("protocol", edge.path("protocol").asString(""))
                    .put("mutualTls", edge.path("mutualTls").asBoolean(false))
                    .put("sourcePrincipal", edge.path("sourcePrincipal").asString(""))
                    .put(
                            "destinationPrincipal",
                            edge.path("destinationPrincipal").asString(""))
                    .put("requests", edge.path("requests").asLong(0));
        }
        List<Check> checks = new ArrayList<>();
        for (List<String> expected : EXPECTED_EDGES) {
            JsonNode edge = found.get(expected);
            String promise = "%s to %s by mutual TLS with both identities".formatted(expected.get(0), expected.get(1));
            if (edge == null) {
                checks.add(new Check(promise, false, "no such edge was seen"));
                continue;
            }
            String source = edge.path("sourcePrincipal").asString("");
            String destination = edge.path("destinationPrincipal").asString("");
            boolean secured = edge.path("mutualTls").asBoolean(false)
                    && source.endsWith("cluster.local/ns/prod/sa/" + expected.get(0))
                    && destination.endsWith("cluster.local/ns/prod/sa/" + expected.get(1));
            checks.add(new Check(
                    promise,
                    secured,
                    "mutual TLS %s, %s to %s"
                            .formatted(
                                    edge.path("mutualTls").asBoolean(false),
                                    source.isEmpty() ? "nobody" : source,
                                    destination.isEmpty() ? "nobody" : destination)));
        }
        return checks;
    }

    private static String name(Map<String, JsonNode> nodes, String id) {
        JsonNode node = nodes.get(id);
        return node == null ? id : node.path("name").asString(id);
    }
}
