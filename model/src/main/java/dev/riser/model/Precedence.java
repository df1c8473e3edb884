package dev.riser.model;

import java.util.Comparator;

/**
 * The one rule by which two objects that claim the same thing are put in order: the one whose namespace and name come
 * first wins. Names do not change when files are renamed or read again, so the answer is the same everywhere and always.
 */
public final class Precedence {
    /** The winner comes first. */
    public static final Comparator<MeshObject> WINNER_FIRST = Comparator.comparing(MeshObject::key)
            .thenComparing(object -> object.origin().file())
            .thenComparingInt(object -> object.origin().line());

    private Precedence() {}
}
