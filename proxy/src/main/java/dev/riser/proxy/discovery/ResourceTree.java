package dev.riser.proxy.discovery;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.riser.base.Ticker;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.discovery.ResourceTable.Entry;
import dev.riser.proxy.discovery.ResourceTable.Knowledge;
import dev.riser.proxy.route.RouteTable;
import dev.riser.proxy.snapshot.Compiled;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.CompiledSecret;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.xds.client.ResourceUpdate;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Resources as a tree: listeners lead to routes, routes and listeners to clusters, clusters to endpoints and secrets. What
 * something leads to is asked for by name; a new version comes into force only when all that is there, so no request
 * meets a route whose cluster is still on its way. Confined to the discovery loop; only the holder is read elsewhere.
 */
final class ResourceTree {
    /** Made in the proxy, never asked for. */
    private static final Set<String> OWN_SECRETS = Set.of("default", "ROOTCA");

    private final ResourceCompilers compilers;
    private final SnapshotHolder holder;
    private final Subscriber subscriber;
    private final DiscoverySettings settings;
    private final Ticker ticker;
    private final ResourceTable<CompiledListener> listeners = new ResourceTable<>(ResourceType.LISTENER);
    private final ResourceTable<RouteTable> routes = new ResourceTable<>(ResourceType.ROUTES);
    private final ResourceTable<CompiledCluster> clusters = new ResourceTable<>(ResourceType.CLUSTER);
    private final ResourceTable<EndpointSet> endpoints = new ResourceTable<>(ResourceType.ENDPOINTS);
    private final ResourceTable<CompiledSecret> secrets = new ResourceTable<>(ResourceType.SECRET);
    private boolean connected;
    private long connectedAt;

    ResourceTree(
            ResourceCompilers compilers,
            SnapshotHolder holder,
            Subscriber subscriber,
            DiscoverySettings settings,
            Ticker ticker) {
        this.compilers = compilers;
        this.holder = holder;
        this.subscriber = subscriber;
        this.settings = settings;
        this.ticker = ticker;
    }

    /** The stream is up: from now on, waiting is limited. */
    void connected() {
        connected = true;
        connectedAt = ticker.nanos();
    }

    /** The stream is down: what waits for an answer goes on waiting, what is in force stays. */
    void disconnected() {
        connected = false;
    }

    /** Every listener of the control plane is wanted, not only those that are named. */
    void wantEveryListener() {
        listeners.wantEverything();
    }

    /** Every cluster of the control plane is wanted, not only those that are named. */
    void wantEveryCluster() {
        clusters.wantEverything();
    }

    /** Whether everything wanted as a whole has been answered, and is in force. */
    boolean complete() {
        return (!listeners.wantsEverything() || listeners.knowsAll())
                && (!clusters.wantsEverything() || clusters.knowsAll())
                && !anythingWaiting();
    }

    /** Asks for a listener. */
    void ask(String listener) {
        if (listeners.get(listener) == null) {
            listeners.ask(listener, ticker.nanos());
            subscriber.subscribe(ResourceType.LISTENER, List.of(listener));
        }
    }

    /** Gives a listener up; what only it led to goes after a while. */
    void giveUp(String listener) {
        Entry<CompiledListener> entry = listeners.get(listener);
        if (entry == null || entry.fixed()) {
            return;
        }
        listeners.forget(listener);
        subscriber.unsubscribe(ResourceType.LISTENER, List.of(listener));
        holder.update(snapshot -> snapshot.listener(listener) == null
                ? snapshot
                : snapshot.edit().removeListener(listener).build());
        follow();
    }

    /** Takes resources of a file, which stay for ever; returns what is refused. */
    Map<String, String> fix(
            Collection<Listener> fileListeners, Collection<Cluster> fileClusters, Collection<Secret> fileSecrets) {
        Map<String, String> rejected = new LinkedHashMap<>();
        fileSecrets.forEach(each -> fix(
                secrets,
                "secret " + each.getName(),
                each.getName(),
                compilers.secret().apply(each),
                rejected));
        fileClusters.forEach(each -> fix(
                clusters,
                "cluster " + each.getName(),
                each.getName(),
                compilers.cluster().apply(each),
                rejected));
        fileListeners.forEach(each -> fix(
                listeners,
                "listener " + each.getName(),
                each.getName(),
                compilers.listener().apply(each),
                rejected));
        settle();
        return rejected;
    }

    private static <T> void fix(
            ResourceTable<T> table, String what, String name, Compiled<T> compiled, Map<String, String> rejected) {
        switch (compiled) {
            case Compiled.Accepted<T>(T value) -> table.fix(name, value);
            case Compiled.Rejected<T> refused -> rejected.put(what, reasons(refused));
        }
    }

    /** Takes over one response and publishes what can be; returns what is refused, name to reason. */
    Map<String, String> apply(ResourceType type, List<ResourceUpdate> upserts, Set<String> removed) {
        Map<String, String> rejected = switch (type) {
            case LISTENER -> apply(listeners, upserts, removed, Listener.class, compilers.listener());
            case ROUTES -> apply(routes, upserts, removed, RouteConfiguration.class, compilers.routes());
            case CLUSTER -> apply(clusters, upserts, removed, Cluster.class, compilers.cluster());
            case ENDPOINTS -> apply(endpoints, upserts, removed, ClusterLoadAssignment.class, compilers.endpoints());
            case SECRET -> apply(secrets, upserts, removed, Secret.class, compilers.secret());
            case HOST -> throw new IllegalArgumentException("hosts are no part of the tree");
        };
        settle();
        return rejected;
    }

    private <T, M extends Message> Map<String, String> apply(
            ResourceTable<T> table,
            List<ResourceUpdate> upserts,
            Set<String> removed,
            Class<M> message,
            Function<M, Compiled<T>> compiler) {
        table.answered();
        Map<String, String> rejected = new LinkedHashMap<>();
        for (ResourceUpdate update : upserts) {
            Entry<T> known = table.get(update.name());
            if (known != null && known.fixed()) {
                rejected.put(update.name(), "the bootstrap file has a resource of this name");
                continue;
            }
            Entry<T> entry = known != null ? known : table.wantsEverything() ? table.ask(update.name(), 0) : null;
            if (entry == null) {
                continue;
            }
            switch (compile(update.body(), message, compiler)) {
                case Outcome.Good<T>(T value) -> table.upsert(entry, value);
                case Outcome.Bad<T>(String reason) -> {
                    rejected.put(update.name(), reason);
                    table.refused(entry);
                }
            }
        }
        for (String name : removed) {
            Entry<T> entry = table.get(name);
            if (entry != null && !entry.fixed()) {
                table.absent(entry);
            }
        }
        return rejected;
    }

    private sealed interface Outcome<T> {
        record Good<T>(T value) implements Outcome<T> {}

        record Bad<T>(String reason) implements Outcome<T> {}
    }

    private static <T, M extends Message> Outcome<T> compile(
            Any body, Class<M> message, Function<M, Compiled<T>> compiler) {
        try {
            return switch (compiler.apply(body.unpack(message))) {
                case Compiled.Accepted<T>(T value) -> new Outcome.Good<>(value);
                case Compiled.Rejected<T> refused -> new Outcome.Bad<>(reasons(refused));
            };
        } catch (InvalidProtocolBufferException unreadable) {
            return new Outcome.Bad<>("cannot be decoded: " + unreadable.getMessage());
        }
    }

    private static String reasons(Compiled.Rejected<?> refused) {
        List<String> reasons = new ArrayList<>();
        refused.rejection().reasons().forEach(reason -> reasons.add(reason.toString()));
        return String.join("; ", reasons);
    }

    /** Asks for what is newly led to and publishes what no longer waits; also to be called as time passes. */
    void settle() {
        follow();
        boolean published = publish();
        while (published) {
            // What came into force may have let go of what the version before it led to.
            follow();
            published = publish();
        }
    }

    /** Gives up what nothing has referred to for a while. */
    void sweep() {
        settle();
        long now = ticker.nanos();
        holder.update(before -> {
            ProxySnapshot.Edit edit = before.edit();
            sweep(routes, now, edit::removeRoutes);
            sweep(clusters, now, edit::removeCluster);
            sweep(endpoints, now, edit::removeEndpoints);
            sweep(secrets, now, edit::removeSecret);
            return edit.build();
        });
    }

    private <T> void sweep(ResourceTable<T> table, long now, Consumer<String> remove) {
        if (table.wantsEverything()) {
            return;
        }
        List<String> gone = new ArrayList<>();
        for (Entry<T> entry : table.entries()) {
            if (!entry.fixed()
                    && entry.unreferencedSince != Entry.REFERENCED
                    && now - entry.unreferencedSince >= settings.lingerTime().toNanos()) {
                gone.add(entry.name());
                if (entry.published != null) {
                    remove.accept(entry.name());
                }
            }
        }
        if (!gone.isEmpty()) {
            gone.forEach(table::forget);
            subscriber.unsubscribe(table.type(), gone);
        }
    }

    private void follow() {
        Set<String> routeNames = new HashSet<>();
        Set<String> clusterNames = new HashSet<>();
        Set<String> endpointNames = new HashSet<>();
        Set<String> secretNames = new HashSet<>();
        for (Entry<CompiledListener> entry : listeners.entries()) {
            versions(entry, listener -> {
                routeNames.addAll(listener.routeNames());
                clusterNames.addAll(listener.clusterNames());
                secretNames.addAll(listener.secretNames());
            });
        }
        reconcile(routes, routeNames);
        for (String name : routeNames) {
            Entry<RouteTable> entry = routes.get(name);
            if (entry != null) {
                versions(entry, table -> clusterNames.addAll(table.clusterNames()));
            }
        }
        reconcile(clusters, clusterNames);
        for (Entry<CompiledCluster> entry : clusters.entries()) {
            if (clusters.wantsEverything() || entry.fixed() || clusterNames.contains(entry.name())) {
                versions(entry, cluster -> {
                    if (cluster.discovery() instanceof CompiledCluster.ByName(String serviceName)) {
                        endpointNames.add(serviceName);
                    }
                    secretNames.addAll(cluster.secretNames());
                });
            }
        }
        reconcile(endpoints, endpointNames);
        secretNames.removeAll(OWN_SECRETS);
        reconcile(secrets, secretNames);
    }

    private static <T> void versions(Entry<T> entry, Consumer<T> reader) {
        if (entry.latest != null) {
            reader.accept(entry.latest);
        }
        if (entry.published != null && entry.published != entry.latest) {
            reader.accept(entry.published);
        }
    }

    private <T> void reconcile(ResourceTable<T> table, Set<String> wanted) {
        if (table.wantsEverything()) {
            return;
        }
        long now = ticker.nanos();
        List<String> missing = new ArrayList<>();
        for (String name : wanted) {
            Entry<T> entry = table.get(name);
            if (entry == null) {
                table.ask(name, now);
                missing.add(name);
            } else {
                entry.unreferencedSince = Entry.REFERENCED;
            }
        }
        for (Entry<T> entry : table.entries()) {
            if (entry.unreferencedSince == Entry.REFERENCED && !wanted.contains(entry.name())) {
                entry.unreferencedSince = now;
            }
        }
        if (!missing.isEmpty()) {
            subscriber.subscribe(table.type(), missing);
        }
    }

    private boolean publish() {
        ProxySnapshot before = holder.current();
        return holder.update(this::withChanges) != before;
    }

    private ProxySnapshot withChanges(ProxySnapshot before) {
        ProxySnapshot.Edit edit = before.edit();
        put(secrets, secret -> true, edit::put);
        put(endpoints, set -> true, edit::put);
        put(clusters, this::ready, edit::put);
        put(routes, this::ready, edit::put);
        put(listeners, this::ready, edit::put);
        if (!waiting(routes) && !waiting(listeners)) {
            // While a new route waits, the old one still leads to what has been taken away.
            drop(listeners, edit::removeListener);
            drop(routes, edit::removeRoutes);
            drop(clusters, edit::removeCluster);
            drop(endpoints, edit::removeEndpoints);
            drop(secrets, edit::removeSecret);
        }
        return edit.build();
    }

    private static <T> void put(ResourceTable<T> table, Predicate<T> ready, Consumer<T> put) {
        for (Entry<T> entry : List.copyOf(table.changed())) {
            T value = entry.latest;
            if (value != null && ready.test(value)) {
                put.accept(value);
                table.published(entry);
            }
        }
    }

    private static <T> void drop(ResourceTable<T> table, Consumer<String> remove) {
        for (Entry<T> entry : List.copyOf(table.changed())) {
            if (entry.knowledge == Knowledge.ABSENT) {
                remove.accept(entry.name());
                table.published(entry);
            }
        }
    }

    private static <T> boolean waiting(ResourceTable<T> table) {
        return table.changed().stream().anyMatch(entry -> entry.knowledge == Knowledge.PRESENT);
    }

    private boolean ready(CompiledCluster cluster) {
        return !(cluster.discovery() instanceof CompiledCluster.ByName(String serviceName))
                || arrived(endpoints, serviceName);
    }

    private boolean ready(RouteTable table) {
        return allArrived(clusters, table.clusterNames());
    }

    private boolean ready(CompiledListener listener) {
        return allArrived(routes, listener.routeNames())
                && allArrived(clusters, listener.clusterNames())
                && listener.secretNames().stream()
                        .allMatch(name -> OWN_SECRETS.contains(name) || arrived(secrets, name));
    }

    private <T> boolean allArrived(ResourceTable<T> table, Collection<String> names) {
        for (String name : names) {
            if (!arrived(table, name)) {
                return false;
            }
        }
        return true;
    }

    private <T> boolean arrived(ResourceTable<T> table, String name) {
        Entry<T> entry = table.get(name);
        if (entry == null) {
            return table.knowsAll() || subscriber == Subscriber.NOBODY;
        }
        return entry.published != null || entry.current() || overdue(entry);
    }

    private boolean overdue(Entry<?> entry) {
        if (subscriber == Subscriber.NOBODY) {
            return true;
        }
        return connected
                && ticker.nanos() - Math.max(entry.askedAt(), connectedAt)
                        >= settings.warmTimeout().toNanos();
    }

    /** Whether anything waits for what it leads to, so that {@link #settle} has to be called as time passes. */
    boolean anythingWaiting() {
        return waiting(routes) || waiting(listeners) || waiting(clusters);
    }

    /** Whether the newest version of a listener is in force, or there is none. */
    boolean listenerKnown(String name) {
        @Nullable Entry<CompiledListener> entry = listeners.get(name);
        return entry != null ? entry.current() : listeners.knowsAll();
    }
}
