package dev.riser.cli.launch;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.MeshNetwork;
import dev.riser.proxy.admin.AdoptionObserver;
import dev.riser.proxy.admin.WorkloadControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps the registry true to the programs behind a proxy: a workload takes traffic from the moment its program listens on
 * all its ports, and none from the moment it ends. Lives in the proxy's process; every call returns at once.
 */
final class RegistryEntries implements AdoptionObserver, AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.riser.registry");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration LISTEN_CHECK = Duration.ofMillis(50);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** A control plane that is away longer finds out by itself, from the stream that is gone. */
    private static final int REMOVAL_ATTEMPTS = 60;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    /** {@code TCP_LISTEN} as the kernel writes it. */
    private static final String LISTENING = "0A";

    private final Supplier<MeshApi> api;
    private final Set<String> present = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("registry-", 0).factory());

    /** @param api asked anew for each call, because the token and the address may change under a running proxy */
    RegistryEntries(Supplier<MeshApi> api) {
        this.api = api;
    }

    @Override
    public void onReady(WorkloadControl.Adoption adoption) {
        present.add(adoption.id());
        threads.execute(() -> announce(adoption));
    }

    @Override
    public void onLeaving(String id) {
        present.remove(id);
        threads.execute(() -> remove(id));
    }

    /** The kernel would take the cable with the namespace, but keeps that for minutes where a last segment was not answered. */
    @Override
    public void onEnded(String id) {
        threads.execute(() -> MeshNetwork.disconnect(MeshNetwork.cable(id)));
    }

    private void announce(WorkloadControl.Adoption adoption) {
        String path = "/api/v1/workloads/%s/ready".formatted(MeshApi.segment(adoption.id()));
        try {
            while (present.contains(adoption.id()) && !listens(adoption)) {
                Thread.sleep(LISTEN_CHECK);
            }
            while (present.contains(adoption.id())) {
                try {
                    api.get().post(path, JSON.createObjectNode());
                    return;
                } catch (CommandFailure away) {
                    LOG.log(System.Logger.Level.WARNING, "{0} is not announced: {1}", adoption, away.line());
                    Thread.sleep(RETRY);
                }
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private void remove(String id) {
        try {
            for (int attempt = 0; attempt < REMOVAL_ATTEMPTS; attempt++) {
                try {
                    api.get().delete("/api/v1/workloads/" + MeshApi.segment(id));
                    return;
                } catch (CommandFailure away) {
                    if (away.line().contains("404")) {
                        return;
                    }
                    Thread.sleep(RETRY);
                }
            }
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean listens(WorkloadControl.Adoption adoption) {
        if (adoption.ports().isEmpty() || adoption.pid() == 0) {
            return true;
        }
        Path process = Path.of("/proc", Long.toString(adoption.pid()));
        try {
            // Until the process has become the program, its first thread is still where we are.
            if (!adoption.netns().isEmpty()
                    && Files.readSymbolicLink(process.resolve("ns/net"))
                            .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")))) {
                return false;
            }
            Set<Integer> open = new HashSet<>();
            for (String table : List.of("net/tcp", "net/tcp6")) {
                open.addAll(listening(Files.readAllLines(process.resolve(table))));
            }
            return open.containsAll(adoption.ports());
        } catch (IOException gone) {
            return false;
        }
    }

    /** Ports with a listener in a table of {@code /proc/net/tcp}'s form. */
    static Set<Integer> listening(List<String> table) {
        Set<Integer> ports = new HashSet<>();
        for (String line : table) {
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length > 3 && fields[3].equals(LISTENING)) {
                ports.add(Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16));
            }
        }
        return ports;
    }

    /** Waits a moment for what is still on its way. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
