package dev.riser.model;

import dev.riser.base.Problem;
import dev.riser.base.Problems;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The reading of one object: what it is called so far, and what is wrong with it. An object is taken whole or not at all,
 * since one of which a part is missing would do something that nobody wrote; {@link #note} is for parts that are
 * understood and have no effect here.
 */
final class Reading {
    private final String file;
    private final int lineOffset;
    private final ReadLimits limits;
    private final Problems problems = new Problems();
    private String object;
    private boolean rejected;

    /**
     * @param object what to call the object until its kind and name are known
     * @param lineOffset lines of the file before the text that marks refer to
     */
    Reading(String file, int lineOffset, ReadLimits limits, String object) {
        this.file = file;
        this.lineOffset = lineOffset;
        this.limits = limits;
        this.object = object;
    }

    void call(String name) {
        object = name;
    }

    String file() {
        return file;
    }

    ReadLimits limits() {
        return limits;
    }

    boolean rejected() {
        return rejected;
    }

    Problems problems() {
        return problems;
    }

    int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1 + lineOffset).orElse(0);
    }

    /** The object was understood and concerns nothing here; why has been noted. */
    void markWithoutEffect() {
        rejected = true;
    }

    void reject(String field, int line, String found, String allowed, String message, String suggestion) {
        rejected = true;
        note(field, line, found, allowed, message, suggestion);
    }

    void note(String field, int line, String found, String allowed, String message, String suggestion) {
        problems.add(new Problem(object, field, file, line, found, allowed, message, suggestion));
    }
}
