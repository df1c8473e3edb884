package dev.riser.proxy.snapshot;

import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.RouteTable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is in force for one workload. Immutable; an exchange keeps the one it began with. A change copies only
 * the map of the kind that changes.
 */
public final class ProxySnapshot {
    /** Nothing is configured. */
    public static final ProxySnapshot EMPTY = new ProxySnapshot(0, Map.of(), Map.of(), Map.of(), Map.of(), Map.of());

    private final long version;
    private final Map<String, CompiledListener> listeners;
    private final Map<String, RouteTable> routes;
    private final Map<String, CompiledCluster> clusters;
    private final Map<String, EndpointSet> endpoints;
    private final Map<String, CompiledSecret> secrets;

    private ProxySnapshot(
            long version,
            Map<String, CompiledListener> listeners,
            Map<String, RouteTable> routes,
            Map<String, CompiledCluster> clusters,
            Map<String, EndpointSet> endpoints,
            Map<String, CompiledSecret> secrets) {
        this.version = version;
        this.listeners = listeners;
        this.routes = routes;
        this.clusters = clusters;
        this.endpoints = endpoints;
        this.secrets = secrets;
    }

    /** Grows by one with each change. */
    public long version() {
        return version;
    }

    /** The listener with this name, null where there is none. */
    public @Nullable CompiledListener listener(String name) {
        return listeners.get(name);
    }

    /** The route table with this name, null where there is none. */
    public @Nullable RouteTable routes(String name) {
        return routes.get(name);
    }

    /** The cluster with this name, null where there is none. */
    public @Nullable CompiledCluster cluster(String name) {
        return clusters.get(name);
    }

    /** The endpoints with this name, null where there are none yet. */
    public @Nullable EndpointSet endpoints(String name) {
        return endpoints.get(name);
    }

    /** The secret with this name, null where there is none. */
    public @Nullable CompiledSecret secret(String name) {
        return secrets.get(name);
    }

    /** All listeners by name; not to be changed. */
    public Map<String, CompiledListener> listeners() {
        return listeners;
    }

    /** All route tables by name; not to be changed. */
    public Map<String, RouteTable> routeTables() {
        return routes;
    }

    /** All clusters by name; not to be changed. */
    public Map<String, CompiledCluster> clusters() {
        return clusters;
    }

    /** All endpoints by name; not to be changed. */
    public Map<String, EndpointSet> endpointSets() {
        return endpoints;
    }

    /** All secrets by name; not to be changed. */
    public Map<String, CompiledSecret> secrets() {
        return secrets;
    }

    /** The table that serves this connection; null where it is named and not there yet. */
    public @Nullable RouteTable table(HttpConnection connection) {
        return switch (connection.routes()) {
            case HttpConnection.Inline(RouteTable table) -> table;
            case HttpConnection.ByName(String name) -> routes.get(name);
        };
    }

    /** This snapshot with this listener added or replaced. */
    public ProxySnapshot with(CompiledListener listener) {
        return edit().put(listener).build();
    }

    /** This snapshot with this table added or replaced. */
    public ProxySnapshot with(RouteTable table) {
        return edit().put(table).build();
    }

    /** This snapshot with this cluster added or replaced. */
    public ProxySnapshot with(CompiledCluster cluster) {
        return edit().put(cluster).build();
    }

    /** This snapshot with these endpoints added or replaced. */
    public ProxySnapshot with(EndpointSet endpointSet) {
        return edit().put(endpointSet).build();
    }

    /** This snapshot with this secret added or replaced. */
    public ProxySnapshot with(CompiledSecret secret) {
        return edit().put(secret).build();
    }

    /** Several changes that come into force together. */
    public Edit edit() {
        return new Edit(this);
    }

    /** Changes in the making. One thread. */
    public static final class Edit {
        private final ProxySnapshot base;
        private final Map<String, @Nullable CompiledListener> listeners = new HashMap<>();
        private final Map<String, @Nullable RouteTable> routes = new HashMap<>();
        private final Map<String, @Nullable CompiledCluster> clusters = new HashMap<>();
        private final Map<String, @Nullable EndpointSet> endpoints = new HashMap<>();
        private final Map<String, @Nullable CompiledSecret> secrets = new HashMap<>();

        private Edit(ProxySnapshot base) {
            this.base = base;
        }

        /** Adds or replaces. */
        public Edit put(CompiledListener listener) {
            listeners.put(listener.name(), listener);
            return this;
        }

        /** Adds or replaces. */
        public Edit put(RouteTable table) {
            routes.put(table.name(), table);
            return this;
        }

        /** Adds or replaces. */
        public Edit put(CompiledCluster cluster) {
            clusters.put(cluster.name(), cluster);
            return this;
        }

        /** Adds or replaces. */
        public Edit put(EndpointSet endpointSet) {
            endpoints.put(endpointSet.clusterName(), endpointSet);
            return this;
        }

        /** Adds or replaces. */
        public Edit put(CompiledSecret secret) {
            secrets.put(secret.name(), secret);
            return this;
        }

        /** Removes; nothing happens where it is not there. */
        public Edit removeListener(String name) {
            listeners.put(name, null);
            return this;
        }

        /** Removes; nothing happens where it is not there. */
        public Edit removeRoutes(String name) {
            routes.put(name, null);
            return this;
        }

        /** Removes; nothing happens where it is not there. */
        public Edit removeCluster(String name) {
            clusters.put(name, null);
            return this;
        }

        /** Removes; nothing happens where it is not there. */
        public Edit removeEndpoints(String name) {
            endpoints.put(name, null);
            return this;
        }

        /** Removes; nothing happens where it is not there. */
        public Edit removeSecret(String name) {
            secrets.put(name, null);
            return this;
        }

        /** The snapshot with these changes; the same one where nothing changes. */
        public ProxySnapshot build() {
            if (listeners.isEmpty()
                    && routes.isEmpty()
                    && clusters.isEmpty()
                    && endpoints.isEmpty()
                    && secrets.isEmpty()) {
                return base;
            }
            return new ProxySnapshot(
                    base.version + 1,
                    merged(base.listeners, listeners),
                    merged(base.routes, routes),
                    merged(base.clusters, clusters),
                    merged(base.endpoints, endpoints),
                    merged(base.secrets, secrets));
        }

        private static <T> Map<String, T> merged(Map<String, T> before, Map<String, @Nullable T> changes) {
            if (changes.isEmpty()) {
                return before;
            }
            Map<String, T> after = new HashMap<>(before);
            changes.forEach((name, value) -> {
                if (value == null) {
                    after.remove(name);
                } else {
                    after.put(name, value);
                }
            });
            return java.util.Collections.unmodifiableMap(after);
        }
    }
}
