package dev.riser.proxy.discovery;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.riser.base.Ticker;
import dev.riser.xds.client.ResourceUpdate;
import dev.riser.xds.dns.Host;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Names of the mesh that the workload has asked for. Confined to the discovery loop. */
final class HostTable {
    private final Subscriber subscriber;
    private final DiscoverySettings settings;
    private final Ticker ticker;
    private final Map<String, Entry> entries = new HashMap<>();

    HostTable(Subscriber subscriber, DiscoverySettings settings, Ticker ticker) {
        this.subscriber = subscriber;
        this.settings = settings;
        this.ticker = ticker;
    }

    private static final class Entry {
        /** Null while the control plane has not answered. */
        @Nullable
        Optional<List<InetAddress>> answer;

        final List<CompletableFuture<Optional<List<InetAddress>>>> waiting = new ArrayList<>();
        long lastUsed;
    }

    CompletableFuture<Optional<List<InetAddress>>> ask(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            if (entries.size() >= settings.mostHosts()) {
                dropLongestUnused();
            }
            entry = new Entry();
            entries.put(name, entry);
            subscriber.subscribe(ResourceType.HOST, List.of(name));
        }
        entry.lastUsed = ticker.nanos();
        Optional<List<InetAddress>> answer = entry.answer;
        if (answer != null) {
            return CompletableFuture.completedFuture(answer);
        }
        CompletableFuture<Optional<List<InetAddress>>> waiting = new CompletableFuture<>();
        entry.waiting.add(waiting);
        return waiting;
    }

    /** The control plane takes too long over a name; it is asked anew the next time. */
    void giveUpWaiting(String name, CompletableFuture<Optional<List<InetAddress>>> waiting, boolean connected) {
        Entry entry = entries.get(name);
        if (entry != null) {
            entry.waiting.remove(waiting);
        }
        if (connected) {
            waiting.completeExceptionally(new TimeoutException("the control plane does not answer for " + name));
        } else {
            // Names outside the mesh must go on resolving while the control plane is away.
            waiting.complete(Optional.empty());
        }
    }

    Map<String, String> apply(List<ResourceUpdate> upserts, Set<String> removed) {
        Map<String, String> rejected = new LinkedHashMap<>();
        for (ResourceUpdate update : upserts) {
            Entry entry = entries.get(update.name());
            if (entry == null) {
                continue;
            }
            try {
                settle(entry, Optional.of(addresses(update.body().unpack(Host.class))));
            } catch (InvalidProtocolBufferException | IllegalArgumentException unreadable) {
                rejected.put(update.name(), "addresses: " + unreadable.getMessage());
            }
        }
        for (String name : removed) {
            Entry entry = entries.get(name);
            if (entry != null) {
                settle(entry, Optional.empty());
            }
        }
        return rejected;
    }

    void sweep() {
        long now = ticker.nanos();
        List<String> idle = new ArrayList<>();
        entries.forEach((name, entry) -> {
            if (entry.waiting.isEmpty()
                    && now - entry.lastUsed >= settings.idleTime().toNanos()) {
                idle.add(name);
            }
        });
        drop(idle);
    }

    private void dropLongestUnused() {
        @Nullable String oldest = null;
        long used = Long.MAX_VALUE;
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            if (each.getValue().waiting.isEmpty() && each.getValue().lastUsed < used) {
                used = each.getValue().lastUsed;
                oldest = each.getKey();
            }
        }
        if (oldest != null) {
            drop(List.of(oldest));
        }
    }

    private void drop(List<String> names) {
        if (!names.isEmpty()) {
            names.forEach(entries::remove);
            subscriber.unsubscribe(ResourceType.HOST, names);
        }
    }

    private static void settle(Entry entry, Optional<List<InetAddress>> answer) {
        entry.answer = answer;
        List<CompletableFuture<Optional<List<InetAddress>>>> waiting = List.copyOf(entry.waiting);
        entry.waiting.clear();
        waiting.forEach(each -> each.complete(answer));
    }

    private static List<InetAddress> addresses(Host host) {
        return host.getAddressesList().stream().map(InetAddress::ofLiteral).toList();
    }
}
