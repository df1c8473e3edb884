package dev.riser.cli.table;

import java.util.ArrayList;
import java.util.List;

/**
 * Text in columns, three spaces apart. Columns are as wide as their widest cell; the first ones stand left, the ones
 * declared as figures right.
 */
public final class Table {
    private static final String GAP = "   ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** How a column stands. */
    public enum Side {
        LEFT,
        RIGHT
    }

    /** A heading and how its column stands. */
    public record Column(String heading, Side side) {
        /** A column of words. */
        public static Column words(String heading) {
            return new Column(heading, Side.LEFT);
        }

        /** A column of figures. */
        public static Column figures(String heading) {
            return new Column(heading, Side.RIGHT);
        }
    }

    /** A table without rows. */
    public Table(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /** A table whose columns are all words. */
    public static Table ofWords(String... headings) {
        return new Table(java.util.Arrays.stream(headings).map(Column::words).toList());
    }

    /** Adds a row; an empty cell is shown as {@code -}. */
    public Table row(String... cells) {
        return row(List.of(cells));
    }

    /** Adds a row; an empty cell is shown as {@code -}. */
    public Table row(List<String> cells) {
        if (cells.size() != columns.size()) {
            throw new IllegalArgumentException(
                    "a row of %d cells in a table of %d columns".formatted(cells.size(), columns.size()));
        }
        rows.add(cells.stream().map(cell -> cell.isEmpty() ? "-" : cell).toList());
        return this;
    }

    /** Whether no row was added. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The table with its headings, each line ended by a line feed, without spaces at the ends of lines. */
    public String text() {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).heading().length();
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        append(text, columns.stream().map(Column::heading).toList(), widths);
        for (List<String> row : rows) {
            append(text, row, widths);
        }
        return text.toString();
    }

    private void append(StringBuilder text, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            String padding = " ".repeat(widths[i] - cell.length());
            line.append(i == 0 ? "" : GAP);
            switch (columns.get(i).side()) {
                case LEFT -> line.append(cell).append(padding);
                case RIGHT -> line.append(padding).append(cell);
            }
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }
}
