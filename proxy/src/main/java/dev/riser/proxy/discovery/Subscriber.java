package dev.riser.proxy.discovery;

import java.util.Collection;

/** Asks the control plane for resources by name, or no longer. Called on the discovery loop. */
interface Subscriber {
    /** Asks nobody: everything is in the file. */
    Subscriber NOBODY = new Subscriber() {
        @Override
        public void subscribe(ResourceType type, Collection<String> names) {}

        @Override
        public void unsubscribe(ResourceType type, Collection<String> names) {}
    };

    void subscribe(ResourceType type, Collection<String> names);

    void unsubscribe(ResourceType type, Collection<String> names);
}
