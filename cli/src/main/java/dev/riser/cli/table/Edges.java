package dev.riser.cli.table;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Who calls whom, from the answer of {@code GET /api/v1/graph}. Pure. */
public final class Edges {
    private static final String SPIFFE = "spiffe://";

    private Edges() {}

    /**
     * The table.
     *
     * @param namespace only edges that begin or end there; empty for all
     */
    public static Table table(JsonNode graph, String namespace, GoldenSignals.Detail detail) {
        Map<String, JsonNode> nodes = new HashMap<>();
        for (JsonNode node : graph.path("nodes")) {
            nodes.put(node.path("id").asString(""), node);
        }
        Table table = Table.ofWords("SRC", "DST", "SRC_NS", "DST_NS", "CLIENT_ID", "SERVER_ID", "SECURED");
        for (JsonNode edge : graph.path("edges")) {
            String source = edge.path("source").asString("");
            String destination = edge.path("destination").asString("");
            String sourceNamespace = text(nodes, source, "namespace", "");
            String destinationNamespace = text(nodes, destination, "namespace", "");
            if (!namespace.isEmpty() && !namespace.equals(sourceNamespace) && !namespace.equals(destinationNamespace)) {
                continue;
            }
            table.row(
                    text(nodes, source, "name", source),
                    text(nodes, destination, "name", destination),
                    sourceNamespace,
                    destinationNamespace,
                    identity(edge.path("sourcePrincipal").asString(""), detail),
                    identity(edge.path("destinationPrincipal").asString(""), detail),
                    edge.path("mutualTls").asBoolean(false) ? "yes" : "NO");
        }
        return table;
    }

    private static String text(Map<String, JsonNode> nodes, String id, String field, String otherwise) {
        JsonNode node = nodes.get(id);
        return node == null ? otherwise : node.path(field).asString(otherwise);
    }

    /** {@code account.namespace} for the eye; the full id where detail is asked for. */
    static String identity(String principal, GoldenSignals.Detail detail) {
        String full = principal.isEmpty() || principal.startsWith(SPIFFE) ? principal : SPIFFE + principal;
        return switch (detail) {
            case WIDE -> full;
            case PLAIN -> {
                String[] parts = full.split("/", -1);
                yield parts.length == 7 && parts[3].equals("ns") && parts[5].equals("sa")
                        ? parts[6] + "." + parts[4]
                        : full;
            }
        };
    }
}
