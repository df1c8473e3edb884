package dev.riser.model;

import dev.riser.base.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A mapping whose keys the language defines. A reader takes the fields it knows and closes the mapping; what nobody took
 * is an unknown field.
 */
final class Fields {
    private final Field field;
    private final Map<String, Field> remaining = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> refused = new LinkedHashSet<>();

    Fields(Field field, MappingNode mapping) {
        this.field = field;
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                String path = field.path().isEmpty() ? key.getValue() : field.path() + "." + key.getValue();
                remaining.put(
                        key.getValue(),
                        new Field(
                                field.reading(),
                                path,
                                tuple.getValueNode(),
                                field.reading().line(key)));
            }
        }
    }

    Field self() {
        return field;
    }

    int line() {
        return field.line();
    }

    boolean isEmpty() {
        return remaining.isEmpty();
    }

    /** The field, absent also where it has no value. */
    Optional<Field> take(String name) {
        known.add(name);
        Field taken = remaining.remove(name);
        return taken == null || Field.isAbsent(taken.node()) ? Optional.empty() : Optional.of(taken);
    }

    /** The field, whose absence is a problem. */
    Optional<Field> require(String name) {
        Optional<Field> taken = take(name);
        if (taken.isEmpty()) {
            missing(name, "");
        }
        return taken;
    }

    void missing(String name, String suggestion) {
        String path = field.path().isEmpty() ? name : field.path() + "." + name;
        field.reading().reject(path, field.line(), "", "", "a required field is missing", suggestion);
    }

    Optional<Fields> mapping(String name) {
        return take(name).flatMap(Field::mapping);
    }

    Optional<String> text(String name) {
        return take(name).flatMap(Field::text);
    }

    String textOr(String name, String otherwise) {
        return text(name).orElse(otherwise);
    }

    OptionalInt integer(String name, int least, int most) {
        Optional<Field> taken = take(name);
        return taken.isPresent() ? taken.get().integer(least, most) : OptionalInt.empty();
    }

    Optional<Boolean> truth(String name) {
        return take(name).flatMap(Field::truth);
    }

    Optional<Duration> duration(String name, Duration least) {
        return take(name).flatMap(taken -> taken.duration(least));
    }

    <T> List<T> list(String name, Function<Field, Optional<T>> read) {
        return take(name).map(taken -> taken.list(read)).orElse(List.of());
    }

    List<String> texts(String name) {
        return take(name).map(Field::texts).orElse(List.of());
    }

    Map<String, String> textMap(String name) {
        return take(name).map(Field::textMap).orElse(Map.of());
    }

    Map<String, String> labels(String name) {
        return take(name).map(Field::labels).orElse(Map.of());
    }

    /** A field that Kubernetes or Istio defines and that has nothing to say to a mesh. */
    void withoutMeaning(String... names) {
        for (String name : names) {
            take(name);
        }
    }

    /** A field that is defined and that our proxy cannot honour: the object is refused rather than half obeyed. */
    void unsupported(String name, String suggestion) {
        refused.add(name);
        take(name).ifPresent(taken -> unsupported(taken, suggestion));
    }

    static void unsupported(Field taken, String suggestion) {
        taken.reject("the field is known, but not supported by Riser", "", suggestion);
    }

    /** Reports every field that nobody took. */
    void close() {
        for (Map.Entry<String, Field> left : remaining.entrySet()) {
            List<String> names = new ArrayList<>(known);
            names.removeAll(refused);
            field.reading()
                    .reject(
                            left.getValue().path(),
                            left.getValue().line(),
                            left.getKey(),
                            String.join(", ", names),
                            "the field is unknown",
                            Spelling.closest(left.getKey(), names)
                                    .map(near -> "did you mean " + near + "?")
                                    .orElse(""));
        }
        remaining.clear();
    }
}
