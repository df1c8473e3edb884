package dev.riser.model;

import dev.riser.base.Problem;
import java.util.List;

/**
 * What a text contained.
 *
 * @param documents each object of the text, good or bad, in its order
 */
public record ReadResult(List<ReadDocument> documents) {
    public ReadResult {
        documents = List.copyOf(documents);
    }

    /** The objects that were accepted, in the order of the text. */
    public List<MeshObject> objects() {
        return documents.stream()
                .flatMap(document -> document.object().stream())
                .toList();
    }

    /** All problems, in the order of the text. */
    public List<Problem> problems() {
        return documents.stream()
                .flatMap(document -> document.problems().stream())
                .toList();
    }
}
