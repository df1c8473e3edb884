package dev.riser.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

final class VerdictTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String REFUSED = "refused: Connection reset";
    private static final String REPORT = "PLAINTEXT_REFUSED 10.88.0.9";

    @Test
    void everything_promised_and_seen_holds() {
        assertThat(verdict(load(4050, 450, 0), graph(true), REFUSED, REPORT).holds())
                .isTrue();
    }

    @Test
    void a_share_of_more_than_three_deviations_away_does_not_hold() {
        // 4500 requests: one standard deviation is 0.45 %, so 12 % is four and a half away.
        assertThat(verdict(load(3960, 540, 0), graph(true), REFUSED, REPORT).holds())
                .isFalse();
    }

    @Test
    void a_single_failed_request_does_not_hold() {
        assertThat(verdict(load(4050, 450, 1), graph(true), REFUSED, REPORT).holds())
                .isFalse();
    }

    @Test
    void an_edge_in_plaintext_does_not_hold() {
        assertThat(verdict(load(4050, 450, 0), graph(false), REFUSED, REPORT).holds())
                .isFalse();
    }

    @Test
    void an_edge_that_nobody_saw_does_not_hold() {
        assertThat(verdict(load(4050, 450, 0), JSON.createObjectNode(), REFUSED, REPORT)
                        .holds())
                .isFalse();
    }

    @Test
    void a_legacy_caller_that_was_answered_does_not_hold() {
        assertThat(verdict(load(4050, 450, 0), graph(true), "answered: HTTP/1.1 200 OK", REPORT)
                        .holds())
                .isFalse();
    }

    @Test
    void a_refusal_that_nobody_reported_does_not_hold() {
        assertThat(verdict(load(4050, 450, 0), graph(true), REFUSED, "").holds())
                .isFalse();
    }

    @Test
    void a_load_that_was_not_put_on_does_not_hold() {
        assertThat(verdict(load(900, 100, 0), graph(true), REFUSED, REPORT).holds())
                .isFalse();
    }

    private static Verdict verdict(JsonNode load, JsonNode graph, String legacy, String report) {
        return Verdict.of(load, 4500, graph, JSON.createObjectNode(), legacy, report);
    }

    private static JsonNode load(long v1, long v2, long failed) {
        ObjectNode load = JSON.createObjectNode();
        load.put("succeeded", v1 + v2).put("failed", failed);
        load.putObject("versions").put("v1", v1).put("v2", v2);
        load.putObject("failures");
        return load;
    }

    private static JsonNode graph(boolean mutualTls) {
        ObjectNode graph = JSON.createObjectNode();
        ArrayNode nodes = graph.putArray("nodes");
        for (String name : List.of("shopper", "frontend", "product", "cart", "store")) {
            nodes.addObject().put("id", "deploy/" + name).put("name", name);
        }
        ArrayNode edges = graph.putArray("edges");
        for (List<String> pair : List.of(
                List.of("shopper", "frontend"),
                List.of("shopper", "product"),
                List.of("frontend", "product"),
                List.of("frontend", "cart"),
                List.of("frontend", "store"))) {
            edges.addObject()
                    .put("source", "deploy/" + pair.get(0))
                    .put("destination", "deploy/" + pair.get(1))
                    .put("mutualTls", mutualTls)
                    .put("sourcePrincipal", "spiffe://cluster.local/ns/prod/sa/" + pair.get(0))
                    .put("destinationPrincipal", "spiffe://cluster.local/ns/prod/sa/" + pair.get(1));
        }
        return graph;
    }
}
