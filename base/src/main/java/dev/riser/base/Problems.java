package dev.riser.base;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects problems in the order in which they are found, up to a limit, so that a text full of mistakes neither fills
 * memory nor a terminal. Confined to one thread.
 */
public final class Problems {
    /** Enough for a person to work with; whoever has more starts with these. */
    public static final int DEFAULT_LIMIT = 100;

    private final int limit;
    private final List<Problem> kept = new ArrayList<>();
    private int found;

    /** A collector that keeps {@link #DEFAULT_LIMIT} problems. */
    public Problems() {
        this(DEFAULT_LIMIT);
    }

    /** A collector that keeps the given number of problems and counts the rest. */
    public Problems(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a collector keeps at least one problem, not " + limit);
        }
        this.limit = limit;
    }

    /** Adds a problem; beyond the limit it is only counted. */
    public void add(Problem problem) {
        found++;
        if (kept.size() < limit) {
            kept.add(problem);
        }
    }

    /** Adds all of them. */
    public void addAll(Iterable<Problem> problems) {
        problems.forEach(this::add);
    }

    /** Whether none was found. */
    public boolean isEmpty() {
        return found == 0;
    }

    /** How many were found, kept or not. */
    public int found() {
        return found;
    }

    /** Those that were kept. */
    public List<Problem> list() {
        return List.copyOf(kept);
    }
}
