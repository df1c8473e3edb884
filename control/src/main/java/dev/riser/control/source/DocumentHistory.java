package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.MeshObject;
import dev.riser.model.ObjectKey;
import dev.riser.model.ReadDocument;
import dev.riser.model.ReadResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns what was read into a state, with the last good version of each object in the place of a bad one. An object that
 * is not written any more is forgotten. Where a text cannot be read at all, so that nobody can say which objects it
 * holds, all that was last read from it stays. Not thread-safe: one owner.
 */
final class DocumentHistory {
    private Map<ObjectKey, MeshObject> lastGood = new HashMap<>();
    private Map<String, Map<ObjectKey, ConfigObject>> lastOfFile = new HashMap<>();

    /** The state after all texts were read again. The first text that defines an object counts. */
    ConfigState next(Map<String, ReadResult> texts) {
        Map<ObjectKey, ConfigObject> objects = new TreeMap<>();
        List<Problem> problems = new ArrayList<>();
        Map<String, Map<ObjectKey, ConfigObject>> byFile = new HashMap<>();
        new TreeMap<>(texts).forEach((file, result) -> {
            Map<ObjectKey, ConfigObject> ofFile = new TreeMap<>();
            boolean nameless = false;
            for (ReadDocument document : result.documents()) {
                problems.addAll(document.problems());
                if (document.key().isEmpty()) {
                    nameless |=
                            document.object().isEmpty() && !document.problems().isEmpty();
                    continue;
                }
                ObjectKey key = document.key().get();
                ConfigObject before = objects.get(key);
                if (before != null || ofFile.containsKey(key)) {
                    ConfigObject first =
                            before == null ? ofFile.getOrDefault(key, object(file, key, document)) : before;
                    problems.add(new Problem(
                            key.text(),
                            "",
                            file,
                            document.line(),
                            "",
                            "",
                            "has no effect: the same object already stands in " + first.origin(),
                            "remove one of the two"));
                    continue;
                }
                ofFile.put(key, object(file, key, document));
            }
            if (nameless) {
                keep(file, ofFile, objects.keySet());
            }
            objects.putAll(ofFile);
            byFile.put(file, ofFile);
        });
        Map<ObjectKey, MeshObject> good = new HashMap<>();
        objects.forEach((key, object) -> object.object().ifPresent(found -> good.put(key, found)));
        lastGood = good;
        lastOfFile = byFile;
        return new ConfigState(List.copyOf(objects.values()), problems);
    }

    /** A document without a readable name may be any of those that the file held and that are missing from it now. */
    private void keep(String file, Map<ObjectKey, ConfigObject> ofFile, Set<ObjectKey> elsewhere) {
        Set<ObjectKey> known = new HashSet<>(ofFile.keySet());
        known.addAll(elsewhere);
        lastOfFile.getOrDefault(file, Map.of()).forEach((key, object) -> {
            if (!known.contains(key) && object.object().isPresent()) {
                ofFile.put(
                        key,
                        new ConfigObject(
                                key,
                                object.apiVersion(),
                                ObjectStatus.PREVIOUS_IN_FORCE,
                                object.object(),
                                file,
                                object.line(),
                                object.yaml(),
                                object.problems()));
            }
        });
    }

    private ConfigObject object(String file, ObjectKey key, ReadDocument document) {
        Optional<MeshObject> previous = Optional.ofNullable(lastGood.get(key));
        ObjectStatus status = document.object().isPresent()
                ? ObjectStatus.IN_FORCE
                : previous.isPresent() ? ObjectStatus.PREVIOUS_IN_FORCE : ObjectStatus.REJECTED;
        return new ConfigObject(
                key,
                document.apiVersion(),
                status,
                document.object().or(() -> previous),
                file,
                document.line(),
                document.text(),
                document.problems());
    }
}
