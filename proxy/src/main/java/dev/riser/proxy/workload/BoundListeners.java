package dev.riser.proxy.workload;

import dev.riser.proxy.flow.Acceptor;
import dev.riser.proxy.flow.WorkloadTraffic;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.ListenerAddress;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The sockets of a workload's listeners, kept in line with the snapshot: a listener that comes is bound, one that goes is
 * closed, one that changes keeps its socket and its connections. Changes come one after another.
 */
final class BoundListeners {
    private static final System.Logger LOG = System.getLogger("dev.riser.listener");

    private record Place(String listener, ListenerAddress address) {}

    private final SnapshotHolder snapshots;
    private final WorkloadTraffic traffic;
    private final Sockets sockets;
    private final EventLoopGroup loops;
    private final Map<Place, Channel> bound = new LinkedHashMap<>();
    private boolean closed;

    BoundListeners(SnapshotHolder snapshots, WorkloadTraffic traffic, Sockets sockets, EventLoopGroup loops) {
        this.snapshots = snapshots;
        this.traffic = traffic;
        this.sockets = sockets;
        this.loops = loops;
    }

    /** Binds and closes what has to be; completes when all new sockets are bound, fails where one cannot be. */
    synchronized CompletableFuture<Void> apply(ProxySnapshot snapshot) {
        if (closed) {
            return CompletableFuture.completedFuture(null);
        }
        Map<Place, CompiledListener> wanted = new LinkedHashMap<>();
        for (CompiledListener listener : snapshot.listeners().values()) {
            if (listener.bindToPort()) {
                for (ListenerAddress address : addresses(listener)) {
                    wanted.put(new Place(listener.name(), address), listener);
                }
            }
        }
        bound.entrySet().removeIf(entry -> {
            if (wanted.containsKey(entry.getKey())) {
                return false;
            }
            entry.getValue().close();
            return true;
        });
        List<CompletableFuture<Void>> pending = new ArrayList<>();
        wanted.keySet().forEach(place -> {
            if (!bound.containsKey(place)) {
                pending.add(bind(place));
            }
        });
        return CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new));
    }

    /** One socket for both families where both wildcards are asked for. */
    private static List<ListenerAddress> addresses(CompiledListener listener) {
        List<ListenerAddress> all = new ArrayList<>();
        all.add(listener.address());
        all.addAll(listener.additionalAddresses());
        if (all.stream().anyMatch(address -> address.host().equals("::"))) {
            all.removeIf(address -> address.host().equals("0.0.0.0"));
        }
        return all;
    }

    private CompletableFuture<Void> bind(Place place) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Acceptor acceptor = new Acceptor(traffic, () -> snapshots.current().listener(place.listener()));
        InetSocketAddress address =
                new InetSocketAddress(place.address().host(), place.address().port());
        ChannelFuture binding = sockets.listen(loops, address, acceptor);
        bound.put(place, binding.channel());
        binding.addListener(made -> {
            if (made.isSuccess()) {
                done.complete(null);
            } else {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "listener {0} cannot be bound to {1}: {2}",
                        place.listener(),
                        address,
                        made.cause().getMessage());
                forget(place);
                done.completeExceptionally(made.cause());
            }
        });
        return done;
    }

    private synchronized void forget(Place place) {
        bound.remove(place);
    }

    /** Name and address of each socket, a line each. */
    synchronized List<String> lines() {
        List<String> lines = new ArrayList<>();
        bound.forEach((place, channel) -> lines.add(place.listener() + "::" + channel.localAddress()));
        return lines;
    }

    synchronized List<InetSocketAddress> localAddresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        bound.values().forEach(channel -> {
            if (channel.localAddress() instanceof InetSocketAddress address) {
                addresses.add(address);
            }
        });
        return addresses;
    }

    /** Stops taking connections. */
    synchronized void close() {
        closed = true;
        bound.values().forEach(Channel::close);
        bound.clear();
    }
}
