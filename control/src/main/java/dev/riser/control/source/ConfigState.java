package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.MeshObject;
import dev.riser.model.ObjectKey;
import java.util.List;
import java.util.Optional;

/**
 * All that a source has.
 *
 * @param objects each object with a name, good or bad, by key
 * @param problems all problems: of the objects, of files, of documents without a name
 */
public record ConfigState(List<ConfigObject> objects, List<Problem> problems) {
    /** Nothing was given. */
    public static final ConfigState EMPTY = new ConfigState(List.of(), List.of());

    public ConfigState {
        objects = List.copyOf(objects);
        problems = List.copyOf(problems);
    }

    /** What is in force. */
    public List<MeshObject> inForce() {
        return objects.stream().flatMap(object -> object.object().stream()).toList();
    }

    /** The object of that name. */
    public Optional<ConfigObject> object(ObjectKey key) {
        return objects.stream().filter(object -> object.key().equals(key)).findFirst();
    }
}
