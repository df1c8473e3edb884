package dev.riser.model;

import dev.riser.base.Problem;
import java.util.List;
import java.util.Optional;

/**
 * One object as it was found in a text. With an object and problems the object is in force, and the problems tell what of
 * it has no effect.
 *
 * @param key its key as far as it could be read; absent where kind or name is missing or the text is no YAML
 * @param apiVersion as written, empty where absent
 * @param line its first line
 * @param text the text of the document
 * @param object what was read; absent where it was rejected
 * @param problems in the order of the text
 */
public record ReadDocument(
        Optional<ObjectKey> key,
        String apiVersion,
        int line,
        String text,
        Optional<MeshObject> object,
        List<Problem> problems) {
    public ReadDocument {
        problems = List.copyOf(problems);
    }
}
