package dev.riser.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream into its documents before anything is parsed, so that a mistake in one spares the others. A line that
 * begins with {@code ---} or {@code ...} is a boundary wherever it stands: YAML allows it inside no scalar.
 */
final class YamlChunks {
    private YamlChunks() {}

    /**
     * The text of one document.
     *
     * @param linesBefore lines of the file in front of it
     */
    record Chunk(String text, int linesBefore) {
        /** Whether nothing but comments, blank lines, directives and boundaries stands in it. */
        boolean isBlank() {
            return text.lines().allMatch(YamlChunks::saysNothing);
        }

        /** The line of the file on which the document's content begins. */
        int firstLine() {
            return linesBefore
                    + 1
                    + (int) text.lines().takeWhile(YamlChunks::saysNothing).count();
        }
    }

    static List<Chunk> split(String text) {
        List<Chunk> chunks = new ArrayList<>();
        int start = 0;
        int startLine = 0;
        int position = 0;
        int line = 0;
        while (position < text.length()) {
            int end = text.indexOf('\n', position);
            int next = end < 0 ? text.length() : end + 1;
            boolean opens = isMarkerAt(text, position, "---");
            boolean closes = !opens && isMarkerAt(text, position, "...");
            if ((opens || closes) && position > start) {
                add(chunks, text.substring(start, position), startLine);
            }
            if (opens) {
                start = position;
                startLine = line;
            } else if (closes) {
                start = next;
                startLine = line + 1;
            }
            position = next;
            line++;
        }
        add(chunks, text.substring(start), startLine);
        return chunks;
    }

    private static void add(List<Chunk> chunks, String text, int startLine) {
        Chunk chunk = new Chunk(text, startLine);
        if (!chunk.isBlank()) {
            chunks.add(chunk);
        }
    }

    private static boolean saysNothing(String line) {
        String bare = line.strip();
        return bare.isEmpty()
                || bare.startsWith("#")
                || line.startsWith("%")
                || (isMarker(line, "---")
                        && (bare.length() == 3 || bare.substring(3).strip().startsWith("#")));
    }

    private static boolean isMarker(String line, String marker) {
        return isMarkerAt(line, 0, marker);
    }

    private static boolean isMarkerAt(String text, int position, String marker) {
        if (!text.startsWith(marker, position)) {
            return false;
        }
        int after = position + marker.length();
        return after >= text.length() || Character.isWhitespace(text.charAt(after));
    }
}
