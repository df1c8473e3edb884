package dev.riser.proxy.workload;

import dev.riser.proxy.admin.WorkloadControl;
import dev.riser.proxy.dns.Resolver;
import dev.riser.proxy.flow.Entrance;
import dev.riser.proxy.flow.WorkloadTraffic;
import dev.riser.proxy.net.SocketOwner;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.SnapshotHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The sockets at which a program that is not captured hands its traffic over. Nothing but the kernel's word on whose
 * program is calling keeps others on the machine from speaking under the workload's identity. Any thread.
 */
final class Entrances implements AutoCloseable {
    private static final String FOR_ELSEWHERE = "virtualOutbound";
    private static final int ROOT = 0;

    private final WorkloadSpecification specification;
    private final WorkloadResources resources;
    private final SnapshotHolder snapshots;
    private final WorkloadTraffic traffic;
    private final Sockets sockets;
    private final NamedDestinations destinations;
    private final List<Channel> open = new ArrayList<>();

    Entrances(
            WorkloadSpecification specification,
            WorkloadResources resources,
            SnapshotHolder snapshots,
            WorkloadTraffic traffic,
            Sockets sockets,
            Resolver resolver) {
        this.specification = specification;
        this.resources = resources;
        this.snapshots = snapshots;
        this.traffic = traffic;
        this.sockets = sockets;
        this.destinations = new NamedDestinations(
                resolver, resources.blocking(), choices -> resources.random().nextInt(choices));
    }

    /** Completes when all are bound; fails where one cannot be. */
    CompletionStage<Void> open() {
        List<CompletableFuture<Void>> bindings = new ArrayList<>();
        for (WorkloadControl.Entrance each : specification.entrances()) {
            Entrance entrance = new Entrance(
                    traffic, () -> snapshots.current().listener(FOR_ELSEWHERE), destinations, this::refuse, each.to());
            ChannelFuture binding = sockets.listen(
                    resources.loops(),
                    new InetSocketAddress(InetAddress.ofLiteral(each.address()), each.port()),
                    entrance);
            synchronized (open) {
                open.add(binding.channel());
            }
            bindings.add(Workload.bound(binding));
        }
        return CompletableFuture.allOf(bindings.toArray(CompletableFuture[]::new));
    }

    private CompletionStage<Optional<String>> refuse(InetSocketAddress client, InetSocketAddress entrance) {
        return CompletableFuture.supplyAsync(() -> refusal(client, entrance), resources.blocking());
    }

    private static Optional<String> refusal(InetSocketAddress client, InetSocketAddress entrance) {
        try {
            OptionalInt user = SocketOwner.of(client, entrance);
            int own = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (user.isEmpty()) {
                return Optional.of("the kernel does not say whose program is calling");
            }
            return user.getAsInt() == own || user.getAsInt() == ROOT
                    ? Optional.empty()
                    : Optional.of(
                            "a program of user %d may not use a workload of user %d".formatted(user.getAsInt(), own));
        } catch (IOException unreadable) {
            return Optional.of("it cannot be told whose program is calling: " + unreadable.getMessage());
        }
    }

    /** Takes no more connections. */
    @Override
    public void close() {
        synchronized (open) {
            open.forEach(Channel::close);
            open.clear();
        }
    }
}
