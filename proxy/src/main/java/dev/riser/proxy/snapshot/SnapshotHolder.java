package dev.riser.proxy.snapshot;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * The snapshot in force for one workload. Reading is one volatile read, on any thread. Changes are made one after
 * another; listeners hear of each on the thread that makes it, after it is in force.
 */
public final class SnapshotHolder {
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Object writing = new Object();
    private volatile ProxySnapshot current = ProxySnapshot.EMPTY;

    /** Hears of changes. */
    @FunctionalInterface
    public interface Listener {
        /** The snapshot changed. Must not block, and must not change the holder. */
        void onChange(ProxySnapshot before, ProxySnapshot after);
    }

    /** What is in force now. */
    public ProxySnapshot current() {
        return current;
    }

    /** Adds a listener; it hears of changes made from now on. */
    public void listen(Listener listener) {
        listeners.add(listener);
    }

    /** Removes a listener. */
    public void forget(Listener listener) {
        listeners.remove(listener);
    }

    /**
     * Changes the snapshot.
     *
     * @param change gives the snapshot that comes into force, from the one that is
     * @return what is in force now
     */
    public ProxySnapshot update(UnaryOperator<ProxySnapshot> change) {
        synchronized (writing) {
            ProxySnapshot before = current;
            ProxySnapshot after = change.apply(before);
            if (after == before) {
                return before;
            }
            current = after;
            for (Listener listener : listeners) {
                listener.onChange(before, after);
            }
            return after;
        }
    }
}
