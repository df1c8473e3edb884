package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts the directory and the API's objects together. An object in both is the directory's: what stands in a file under a
 * user's own version control must not be changed behind it. Thread-safe; the listener is told under a lock, in order.
 */
public final class ConfigSources {
    private final ConfigListener listener;
    private ConfigState ofDirectory = ConfigState.EMPTY;
    private ConfigState ofApi = ConfigState.EMPTY;
    private volatile ConfigState current = ConfigState.EMPTY;

    public ConfigSources(ConfigListener listener) {
        this.listener = listener;
    }

    /** The state of both together. */
    public ConfigState current() {
        return current;
    }

    /** Listener for {@link DirectorySource}. */
    public synchronized void directory(ConfigState state) {
        ofDirectory = state;
        tell();
    }

    /** Listener for {@link ObjectStore}. */
    public synchronized void api(ConfigState state) {
        ofApi = state;
        tell();
    }

    private void tell() {
        Map<ObjectKey, ConfigObject> objects = new TreeMap<>();
        List<Problem> problems = new ArrayList<>(ofDirectory.problems());
        ofDirectory.objects().forEach(object -> objects.put(object.key(), object));
        problems.addAll(ofApi.problems());
        for (ConfigObject object : ofApi.objects()) {
            ConfigObject before = objects.putIfAbsent(object.key(), object);
            if (before != null) {
                problems.add(new Problem(
                        object.key().text(),
                        "",
                        object.file(),
                        object.line(),
                        "",
                        "",
                        "what was applied has no effect: the same object stands in " + before.origin(),
                        "change the file, or delete one of the two"));
            }
        }
        current = new ConfigState(List.copyOf(objects.values()), problems);
        listener.onConfig(current);
    }
}
