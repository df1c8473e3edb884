package dev.riser.proxy.discovery;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted and known of one type. Confined to the discovery loop.
 *
 * @param <T> the compiled form
 */
final class ResourceTable<T> {
    private final ResourceType type;
    private final Map<String, Entry<T>> entries = new HashMap<>();
    private final Map<String, Entry<T>> changed = new LinkedHashMap<>();
    private boolean everything;
    private boolean answered;

    ResourceTable(ResourceType type) {
        this.type = type;
    }

    /** What is known of a name. */
    enum Knowledge {
        /** Asked, no answer yet. */
        ASKED,
        PRESENT,
        ABSENT,
        /** There is one, and it cannot be honoured; with no earlier version in force it is as good as absent. */
        REFUSED
    }

    /** One name. */
    static final class Entry<T> {
        static final long REFERENCED = Long.MIN_VALUE;

        private final String name;
        private final boolean fixed;
        private long askedAt;
        Knowledge knowledge = Knowledge.ASKED;

        /** Newest good version, in force or waiting for what it leads to. */
        @Nullable
        T latest;

        /** The version in force. */
        @Nullable
        T published;

        /** Since when nothing refers to it; {@link #REFERENCED} while something does. */
        long unreferencedSince = REFERENCED;

        Entry(String name, boolean fixed, long askedAt) {
            this.name = name;
            this.fixed = fixed;
            this.askedAt = askedAt;
        }

        String name() {
            return name;
        }

        /** Whether it stands in a file and never goes. */
        boolean fixed() {
            return fixed;
        }

        long askedAt() {
            return askedAt;
        }

        void askedAgain(long now) {
            askedAt = now;
        }

        /** Whether there is nothing to wait for: the newest version is in force, or there is none. */
        boolean current() {
            return switch (knowledge) {
                case ASKED -> false;
                case PRESENT -> latest == published;
                case ABSENT -> published == null;
                case REFUSED -> latest == published;
            };
        }
    }

    ResourceType type() {
        return type;
    }

    @Nullable
    Entry<T> get(String name) {
        return entries.get(name);
    }

    Collection<Entry<T>> entries() {
        return entries.values();
    }

    int size() {
        return entries.size();
    }

    /** Entries whose newest version is not in force. */
    Collection<Entry<T>> changed() {
        return changed.values();
    }

    /** The type is subscribed as a whole: names need not be asked for one by one. */
    void wantEverything() {
        everything = true;
    }

    boolean wantsEverything() {
        return everything;
    }

    /** The control plane has said something of this type; what it did not mention, under a wildcard, does not exist. */
    void answered() {
        answered = true;
    }

    boolean knowsAll() {
        return everything && answered;
    }

    Entry<T> ask(String name, long now) {
        return entries.computeIfAbsent(name, asked -> new Entry<>(asked, false, now));
    }

    void fix(String name, T value) {
        Entry<T> entry = new Entry<>(name, true, 0);
        entries.put(name, entry);
        upsert(entry, value);
    }

    void upsert(Entry<T> entry, T value) {
        entry.knowledge = Knowledge.PRESENT;
        entry.latest = value;
        changed.put(entry.name(), entry);
    }

    void absent(Entry<T> entry) {
        entry.knowledge = Knowledge.ABSENT;
        entry.latest = null;
        if (entry.published != null) {
            changed.put(entry.name(), entry);
        } else if (everything) {
            forget(entry.name());
        } else {
            changed.remove(entry.name());
        }
    }

    void refused(Entry<T> entry) {
        // An earlier good version stays; without one, nothing is to be waited for.
        if (entry.knowledge == Knowledge.ASKED) {
            entry.knowledge = Knowledge.REFUSED;
        }
    }

    void published(Entry<T> entry) {
        entry.published = entry.latest;
        changed.remove(entry.name());
        if (entry.knowledge == Knowledge.ABSENT && everything) {
            entries.remove(entry.name());
        }
    }

    void forget(String name) {
        entries.remove(name);
        changed.remove(name);
    }
}
