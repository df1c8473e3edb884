package dev.riser.cli.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** The table of golden signals, from the answer of {@code GET /api/v1/stat}. Pure. */
public final class GoldenSignals {
    private GoldenSignals() {}

    /** Whether a column names the namespace of each row. */
    public enum Scope {
        ONE_NAMESPACE,
        ALL_NAMESPACES
    }

    /** How much is shown. */
    public enum Detail {
        PLAIN,
        WIDE
    }

    /** The table; without rows where nothing was seen. */
    public static Table table(JsonNode answer, Scope scope, Detail detail) {
        List<Table.Column> columns = new ArrayList<>();
        if (scope == Scope.ALL_NAMESPACES) {
            columns.add(Table.Column.words("NAMESPACE"));
        }
        columns.add(Table.Column.words("NAME"));
        if (detail == Detail.WIDE) {
            columns.add(Table.Column.figures("MESHED"));
        }
        for (String heading : List.of("SUCCESS", "RPS", "LATENCY_P50", "LATENCY_P95", "LATENCY_P99")) {
            columns.add(Table.Column.figures(heading));
        }
        if (detail == Detail.WIDE) {
            for (String heading : List.of("REQUESTS", "TCP_CONN", "READ", "WRITE")) {
                columns.add(Table.Column.figures(heading));
            }
        }
        Table table = new Table(columns);
        for (JsonNode row : answer.path("rows")) {
            List<String> cells = new ArrayList<>();
            if (scope == Scope.ALL_NAMESPACES) {
                cells.add(row.path("namespace").asString(""));
            }
            cells.add(row.path("name").asString(""));
            if (detail == Detail.WIDE) {
                cells.add(row.path("meshed").asString(""));
            }
            cells.add(success(row.path("success")));
            cells.add(rate(row.path("rps")));
            cells.add(latency(row.path("p50")));
            cells.add(latency(row.path("p95")));
            cells.add(latency(row.path("p99")));
            if (detail == Detail.WIDE) {
                cells.add(count(row.path("requests")));
                cells.add(count(row.path("tcpConnections")));
                cells.add(bytes(row.path("readBytesPerSecond")));
                cells.add(bytes(row.path("writeBytesPerSecond")));
            }
            table.row(cells);
        }
        return table;
    }

    static String success(JsonNode share) {
        return share.isNumber() ? String.format(Locale.ROOT, "%.2f%%", share.doubleValue() * 100) : "";
    }

    static String rate(JsonNode perSecond) {
        return perSecond.isNumber() ? String.format(Locale.ROOT, "%.1frps", perSecond.doubleValue()) : "";
    }

    static String latency(JsonNode milliseconds) {
        if (!milliseconds.isNumber()) {
            return "";
        }
        double value = milliseconds.doubleValue();
        return value > 0 && value < 1 ? "<1ms" : Math.round(value) + "ms";
    }

    static String count(JsonNode number) {
        return number.isNumber() ? Long.toString(Math.round(number.doubleValue())) : "";
    }

    static String bytes(JsonNode perSecond) {
        if (!perSecond.isNumber()) {
            return "";
        }
        double value = perSecond.doubleValue();
        if (value < 1024) {
            return String.format(Locale.ROOT, "%.0fB/s", value);
        }
        return value < 1024 * 1024
                ? String.format(Locale.ROOT, "%.1fKiB/s", value / 1024)
                : String.format(Locale.ROOT, "%.1fMiB/s", value / (1024 * 1024));
    }
}
