package dev.riser.cli.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class GoldenSignalsTest {
    private static final JsonNode ARTICLE = JsonMapper.builder().build().readTree("""
            {"window": "60s", "rows": [
              {"namespace": "prod", "name": "frontend", "meshed": "1/1", "success": 1.0, "rps": 12.1,
               "p50": 22, "p95": 48, "p99": 99, "requests": 726, "tcpConnections": 0,
               "readBytesPerSecond": 512, "writeBytesPerSecond": 3145728},
              {"namespace": "prod", "name": "product", "meshed": "5/5", "success": 0.9845, "rps": 8.7,
               "p50": 75, "p95": 150, "p99": 200, "requests": 522, "tcpConnections": 3,
               "readBytesPerSecond": 2048, "writeBytesPerSecond": 0}
            ]}
            """);

    @Test
    void shows_the_articles_figures_in_the_articles_columns() {
        String text = GoldenSignals.table(ARTICLE, GoldenSignals.Scope.ONE_NAMESPACE, GoldenSignals.Detail.PLAIN)
                .text();

        assertThat(text).isEqualTo("""
                        NAME       SUCCESS       RPS   LATENCY_P50   LATENCY_P95   LATENCY_P99
                        frontend   100.00%   12.1rps          22ms          48ms          99ms
                        product     98.45%    8.7rps          75ms         150ms         200ms
                        """);
    }

    @Test
    void names_the_namespace_of_each_row_where_all_are_asked_for() {
        String text = GoldenSignals.table(ARTICLE, GoldenSignals.Scope.ALL_NAMESPACES, GoldenSignals.Detail.PLAIN)
                .text();

        assertThat(text.lines().findFirst())
                .hasValueSatisfying(line -> assertThat(line).startsWith("NAMESPACE   NAME"));
        assertThat(text.lines().skip(1)).allMatch(line -> line.startsWith("prod "));
    }

    @Test
    void adds_mesh_membership_and_traffic_in_the_wide_form() {
        String text = GoldenSignals.table(ARTICLE, GoldenSignals.Scope.ONE_NAMESPACE, GoldenSignals.Detail.WIDE)
                .text();

        assertThat(text.lines().findFirst().orElseThrow().split(" +"))
                .containsExactly(
                        "NAME",
                        "MESHED",
                        "SUCCESS",
                        "RPS",
                        "LATENCY_P50",
                        "LATENCY_P95",
                        "LATENCY_P99",
                        "REQUESTS",
                        "TCP_CONN",
                        "READ",
                        "WRITE");
        assertThat(text)
                .contains("5/5")
                .contains("522")
                .contains("2.0KiB/s")
                .contains("3.0MiB/s")
                .contains("512B/s");
    }

    @Test
    void shows_a_dash_where_nothing_was_measured() {
        JsonNode silent = JsonMapper.builder()
                .build()
                .readTree("{\"rows\": [{\"name\": \"store\", \"success\": null, \"rps\": 0, \"p50\": null}]}");

        String text = GoldenSignals.table(silent, GoldenSignals.Scope.ONE_NAMESPACE, GoldenSignals.Detail.PLAIN)
                .text();

        assertThat(text.lines().skip(1).findFirst().orElseThrow().split(" +"))
                .containsExactly("store", "-", "0.0rps", "-", "-", "-");
    }

    @Test
    void does_not_round_a_fast_answer_to_no_time_at_all() {
        JsonNode fast =
                JsonMapper.builder().build().readTree("{\"rows\": [{\"name\": \"a\", \"p50\": 0.4, \"p95\": 1.6}]}");

        assertThat(GoldenSignals.table(fast, GoldenSignals.Scope.ONE_NAMESPACE, GoldenSignals.Detail.PLAIN)
                        .text())
                .contains("<1ms")
                .contains("2ms");
    }
}
