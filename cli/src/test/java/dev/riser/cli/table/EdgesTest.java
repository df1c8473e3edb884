package dev.riser.cli.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class EdgesTest {
    private static final JsonNode GRAPH = JsonMapper.builder().build().readTree("""
            {"nodes": [{"id": "1", "namespace": "prod", "name": "frontend"},
                       {"id": "2", "namespace": "prod", "name": "product"},
                       {"id": "3", "namespace": "old", "name": "ledger"}],
             "edges": [{"source": "1", "destination": "2", "mutualTls": true,
                        "sourcePrincipal": "spiffe://cluster.local/ns/prod/sa/frontend",
                        "destinationPrincipal": "spiffe://cluster.local/ns/prod/sa/product"},
                       {"source": "3", "destination": "3", "mutualTls": false,
                        "sourcePrincipal": "", "destinationPrincipal": ""}]}
            """);

    @Test
    void shows_both_identities_of_a_secured_call_in_short() {
        assertThat(Edges.table(GRAPH, "prod", GoldenSignals.Detail.PLAIN).text())
                .isEqualTo("""
                        SRC        DST       SRC_NS   DST_NS   CLIENT_ID       SERVER_ID      SECURED
                        frontend   product   prod     prod     frontend.prod   product.prod   yes
                        """);
    }

    @Test
    void shows_full_identities_in_the_wide_form() {
        assertThat(Edges.table(GRAPH, "prod", GoldenSignals.Detail.WIDE).text())
                .contains("spiffe://cluster.local/ns/prod/sa/frontend");
    }

    @Test
    void shows_every_namespace_where_none_is_named_and_marks_plaintext() {
        String text = Edges.table(GRAPH, "", GoldenSignals.Detail.PLAIN).text();

        assertThat(text.lines()).hasSize(3);
        assertThat(text.lines().filter(line -> line.startsWith("ledger"))).allMatch(line -> line.endsWith("NO"));
    }
}
