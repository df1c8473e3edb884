package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.MeshObject;
import dev.riser.model.ObjectKey;
import java.util.List;
import java.util.Optional;

/**
 * One object, good or bad.
 *
 * @param key its kind, namespace and name
 * @param apiVersion as written, empty where absent
 * @param status what has become of it
 * @param object what is in force; absent only where it was rejected
 * @param file the file it stands in, or the request that brought it
 * @param line its first line there
 * @param yaml its text as it stands there, also where that is not what is in force
 * @param problems with that text
 */
public record ConfigObject(
        ObjectKey key,
        String apiVersion,
        ObjectStatus status,
        Optional<MeshObject> object,
        String file,
        int line,
        String yaml,
        List<Problem> problems) {
    public ConfigObject {
        problems = List.copyOf(problems);
    }

    /** {@code file:line}. */
    public String origin() {
        return file + ":" + line;
    }
}
