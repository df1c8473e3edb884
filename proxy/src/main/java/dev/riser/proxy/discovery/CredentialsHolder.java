package dev.riser.proxy.discovery;

import dev.riser.identity.WorkloadCredentials;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One workload's credentials in force. Reading is one volatile read on any thread; one renewal writes. */
public final class CredentialsHolder {
    private final List<Consumer<WorkloadCredentials>> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable WorkloadCredentials current;

    /** The credentials now, null until the first certificate is there. Expired ones stay until replaced. */
    public @Nullable WorkloadCredentials current() {
        return current;
    }

    /** Adds a listener; it hears of the credentials in force, if any, and of each new ones, on the renewal's loop. */
    public void listen(Consumer<WorkloadCredentials> listener) {
        listeners.add(listener);
        WorkloadCredentials known = current;
        if (known != null) {
            listener.accept(known);
        }
    }

    /** Puts credentials in force. */
    public void publish(WorkloadCredentials credentials) {
        current = credentials;
        listeners.forEach(listener -> listener.accept(credentials));
    }
}
