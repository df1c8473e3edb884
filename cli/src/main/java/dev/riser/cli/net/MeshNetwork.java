package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The bridge that joins the workloads of a machine, and the cable from it into a namespace. Runs on the caller's thread
 * in the namespace where the proxy and the control plane run. Making and removing exclude each other between processes
 * by a lock.
 */
public final class MeshNetwork {
    /** The bridge's name. */
    public static final String BRIDGE = "riser0";

    /** How the cable is called inside the workload's namespace. */
    static final String CABLE = "eth0";

    /** A directory that every process of the machine can open; nothing is written into it. */
    private static final String LOCK = "/run";

    private static final int LOCK_ATTEMPTS = 400;
    private static final long LOCK_PAUSE_MILLISECONDS = 25;

    private MeshNetwork() {}

    /**
     * What the control plane assigned to a workload.
     *
     * @param address4 the workload's IPv4 address
     * @param address6 the workload's IPv6 address, empty where the mesh has none
     * @param prefix4 bits of the mesh's IPv4 network
     * @param prefix6 bits of the mesh's IPv6 network
     * @param gateway4 the bridge's IPv4 address
     * @param gateway6 the bridge's IPv6 address, empty where the mesh has none
     */
    public record Addresses(
            String address4, String address6, int prefix4, int prefix6, String gateway4, String gateway6) {
        boolean hasIpv6() {
            return !address6.isEmpty() && !gateway6.isEmpty();
        }
    }

    /**
     * Makes the bridge where it is absent, and a cable from it into the namespace of a thread.
     *
     * @param cable name of the bridge's end, at most 15 characters
     * @param namespace path of the namespace, as {@code /proc/<pid>/task/<tid>/ns/net}
     */
    public static void connect(Addresses addresses, String cable, String namespace) {
        exclusively(() -> {
            if (!exists()) {
                refuseOverlap(addresses);
                Tool.IP.run("the mesh's bridge cannot be made", bridgeCommands(addresses), "-batch", "-");
            }
            Tool.IP.run(
                    "the workload cannot be joined to the mesh's bridge",
                    cableCommands(cable, namespace),
                    "-batch",
                    "-");
        });
    }

    /** Sets addresses and routes up. Runs on a thread inside the workload's namespace, after {@link #connect}. */
    public static void configure(Addresses addresses) {
        Tool.IP.run("the workload's addresses cannot be set", workloadCommands(addresses), "-batch", "-");
    }

    /** Removes a workload's cable; no cable of that name is fine. */
    public static void disconnect(String cable) {
        if (Tool.IP.isInstalled()) {
            Tool.IP.ask("", "link", "delete", cable);
        }
    }

    /** The cable of a workload: at most 15 characters, as the kernel allows; the end of the id is what is unique in it. */
    public static String cable(String id) {
        String unique = id.substring(id.lastIndexOf('-') + 1);
        return "rv" + (unique.length() > 13 ? unique.substring(unique.length() - 13) : unique);
    }

    /** Removes the bridge where no workload hangs on it. */
    public static void removeIfUnused() {
        if (exists()) {
            exclusively(() -> {
                if (exists() && ports() == 0) {
                    Tool.IP.ask("", "link", "delete", BRIDGE);
                }
            });
        }
    }

    /** Whether the bridge is there, in the calling thread's namespace. */
    public static boolean exists() {
        // Not by /sys/class/net: that shows the namespace in which it was mounted.
        // Without the command nobody can have made one.
        return Tool.IP.isInstalled() && Tool.IP.ask("", "link", "show", BRIDGE).succeeded();
    }

    private static long ports() {
        return Tool.IP
                .run("the mesh's bridge cannot be read", "", "-o", "link", "show", "master", BRIDGE)
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    static String bridgeCommands(Addresses addresses) {
        StringBuilder commands = new StringBuilder();
        commands.append("link add ").append(BRIDGE).append(" type bridge\n");
        commands.append("addr add %s/%d dev %s\n".formatted(addresses.gateway4(), addresses.prefix4(), BRIDGE));
        if (addresses.hasIpv6()) {
            // Nobody else gives out these addresses, so waiting for duplicate address detection buys nothing.
            commands.append(
                    "addr add %s/%d dev %s nodad\n".formatted(addresses.gateway6(), addresses.prefix6(), BRIDGE));
        }
        commands.append("link set ").append(BRIDGE).append(" up\n");
        return commands.toString();
    }

    static String cableCommands(String cable, String namespace) {
        return "link add %s type veth peer name %s netns %s\nlink set %s master %s up\n"
                .formatted(cable, CABLE, namespace, cable, BRIDGE);
    }

    static String workloadCommands(Addresses addresses) {
        StringBuilder commands = new StringBuilder();
        commands.append("link set lo up\n");
        commands.append("addr add %s/%d dev %s\n".formatted(addresses.address4(), addresses.prefix4(), CABLE));
        if (addresses.hasIpv6()) {
            commands.append(
                    "addr add %s/%d dev %s nodad\n".formatted(addresses.address6(), addresses.prefix6(), CABLE));
        }
        commands.append("link set ").append(CABLE).append(" up\n");
        commands.append("route add default via ").append(addresses.gateway4()).append('\n');
        if (addresses.hasIpv6()) {
            commands.append("route add default via ")
                    .append(addresses.gateway6())
                    .append(" dev ")
                    .append(CABLE)
                    .append('\n');
        }
        return commands.toString();
    }

    /** Another owner of the range (a container engine, a VPN) would answer for our workloads. */
    private static void refuseOverlap(Addresses addresses) {
        String route =
                Tool.IP.ask("", "-o", "route", "get", addresses.address4()).line();
        Tool.Answer owned = Tool.IP.ask(
                "", "-o", "-4", "route", "show", "root", network(addresses.gateway4(), addresses.prefix4()));
        if (owned.succeeded() && !owned.output().isBlank()) {
            throw CommandFailure.failed(
                    "the mesh's network %s is in use on this machine (%s); start the control plane with another --network"
                            .formatted(
                                    network(addresses.gateway4(), addresses.prefix4()),
                                    owned.line().isEmpty() ? route : owned.line()));
        }
    }

    static String network(String address, int prefix) {
        String[] parts = address.split("\\.", -1);
        long value = 0;
        for (String part : parts) {
            value = value << 8 | Integer.parseInt(part);
        }
        long masked = value & (0xffffffffL << (32 - prefix));
        return Stream.of(24, 16, 8, 0)
                        .map(shift -> Long.toString(masked >> shift & 0xff))
                        .reduce((left, right) -> left + "." + right)
                        .map(Objects::toString)
                        .orElseThrow()
                + "/" + prefix;
    }

    private static void exclusively(Runnable action) {
        int descriptor = Kernel.open(LOCK);
        try {
            int attempts = 0;
            while (!Kernel.tryLock(descriptor)) {
                if (++attempts > LOCK_ATTEMPTS) {
                    throw CommandFailure.failed(
                            "another process has held the mesh's network for %d seconds; try again, or find it with 'fuser -v %s'"
                                    .formatted(LOCK_ATTEMPTS * LOCK_PAUSE_MILLISECONDS / 1000, LOCK));
                }
                pause();
            }
            action.run();
        } finally {
            Kernel.close(descriptor);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOCK_PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted while waiting for the mesh's network", e);
        }
    }
}
