package dev.riser.cli.api;

import dev.riser.base.Problem;
import tools.jackson.databind.JsonNode;

/** A problem of the API as one line. */
public final class ProblemText {
    private ProblemText() {}

    /** The line, in the form in which the control plane logs it. */
    public static String of(JsonNode problem) {
        if (problem.isString()) {
            return problem.stringValue();
        }
        return new Problem(
                        problem.path("object").asString(""),
                        problem.path("field").asString(""),
                        problem.path("file").asString(""),
                        problem.path("line").asInt(0),
                        problem.path("found").asString(""),
                        problem.path("allowed").asString(""),
                        problem.path("message").asString(""),
                        problem.path("suggestion").asString(""))
                .text();
    }
}
