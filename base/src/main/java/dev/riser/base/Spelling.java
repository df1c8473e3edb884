package dev.riser.base;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Guesses what somebody meant who mistyped a name. */
public final class Spelling {
    private Spelling() {}

    /**
     * The candidate that is nearest to the word, if one is near enough to be a likely slip: at most one edit for each
     * three letters of the longer of the two, and never more than three. Upper and lower case count as the same. Of
     * equally near ones the alphabetically first is taken.
     */
    public static Optional<String> closest(String word, Collection<String> candidates) {
        String given = word.toLowerCase(Locale.ROOT);
        int bestDistance = Integer.MAX_VALUE;
        String best = "";
        for (String candidate : candidates) {
            int allowed = Math.min(Math.max(given.length(), candidate.length()) / 3, 3);
            if (Math.abs(given.length() - candidate.length()) > allowed) {
                continue;
            }
            int distance = distance(given, candidate.toLowerCase(Locale.ROOT));
            if (distance <= allowed
                    && (distance < bestDistance || (distance == bestDistance && candidate.compareTo(best) < 0))) {
                bestDistance = distance;
                best = candidate;
            }
        }
        return bestDistance == Integer.MAX_VALUE ? Optional.empty() : Optional.of(best);
    }

    /** Least number of letters inserted, deleted, replaced or swapped with their neighbour that makes one the other. */
    static int distance(String left, String right) {
        int[] beforePrevious = new int[right.length() + 1];
        int[] previous = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= left.length(); row++) {
            current[0] = row;
            for (int column = 1; column <= right.length(); column++) {
                int replace = left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1;
                int best = Math.min(
                        Math.min(current[column - 1] + 1, previous[column] + 1), previous[column - 1] + replace);
                if (row > 1
                        && column > 1
                        && left.charAt(row - 1) == right.charAt(column - 2)
                        && left.charAt(row - 2) == right.charAt(column - 1)) {
                    best = Math.min(best, beforePrevious[column - 2] + 1);
                }
                current[column] = best;
            }
            int[] reused = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = reused;
        }
        return previous[right.length()];
    }
}
