package dev.riser.cli.run;

import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Starts proxies that outlive the process that starts them. Blocks the caller; call it outside any workload's namespace. */
final class ProxyProcesses {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    /** Long enough to go from one program to the next without a new start. */
    private static final String SHARED_IDLE = "60s";

    /** Longer than its workload takes from the proxy's start to its adoption. */
    private static final String OWN_IDLE = "10s";

    private static final long POLL_MILLISECONDS = 20;

    /**
     * Starts a proxy again that was killed or has crashed: everything of the machine goes through it, and it finds its
     * workloads again by its journal. One that was asked to end, or ends by itself, stays ended; so does one that has not
     * lived for five seconds five times in a row.
     */
    private static final String SUPERVISION = """
            short=0
            while :; do
                begun=$SECONDS
                "$@"
                code=$?
                case $code in 129 | 130 | 143) exit "$code" ;; esac
                [ "$code" -gt 128 ] || exit "$code"
                if [ $((SECONDS - begun)) -lt 5 ]; then short=$((short + 1)); else short=0; fi
                if [ "$short" -ge 5 ]; then
                    echo "the proxy was ended by signal $((code - 128)) again and again, and is not started any more"
                    exit "$code"
                fi
                echo "the proxy was ended by signal $((code - 128)), and is started again"
            done
            """;

    private final StateDirectory state;
    private final String api;
    private final WorkloadRequest.Capture capture;

    ProxyProcesses(StateDirectory state, String api, WorkloadRequest.Capture capture) {
        this.state = state;
        this.api = api;
        this.capture = capture;
    }

    /** The machine's shared proxy, started where it does not run. */
    ProxySocket shared() throws InterruptedException {
        ProxySocket socket = new ProxySocket(state.proxySocket());
        if (socket.answers()) {
            return socket;
        }
        int lock = Kernel.open(state.path().toString());
        try {
            long deadline = System.nanoTime() + START_LIMIT.toNanos();
            while (!Kernel.tryLock(lock)) {
                if (System.nanoTime() > deadline) {
                    throw CommandFailure.failed(
                            "another 'riser run' has been starting the shared proxy for %d s; see %s"
                                    .formatted(START_LIMIT.toSeconds(), state.proxyLog()));
                }
                Thread.sleep(POLL_MILLISECONDS);
            }
            if (!socket.answers()) {
                start(state.proxySocket(), state.proxyLog(), List.of("--exit-when-idle", SHARED_IDLE));
                await(socket, state.proxyLog());
            }
        } finally {
            Kernel.close(lock);
        }
        return socket;
    }

    /** A proxy for one workload; it ends when the workload does. */
    ProxySocket own(String workload) throws InterruptedException {
        Path path = state.path().resolve("sidecar-%s.sock".formatted(workload));
        Path log = state.path().resolve("sidecar-%s.log".formatted(workload));
        ProxySocket socket = new ProxySocket(path);
        start(
                path,
                log,
                List.of(
                        "--single",
                        "--exit-when-idle",
                        OWN_IDLE,
                        "--concurrency",
                        "1",
                        "--admin-port",
                        "0",
                        "--metrics-port",
                        "0",
                        "--health-port",
                        "0"));
        await(socket, log);
        return socket;
    }

    private void start(Path socket, Path log, List<String> more) {
        List<String> arguments = new ArrayList<>(
                List.of("proxy", "--state", state.toString(), "--api", api, "--socket", socket.toString()));
        arguments.addAll(more);
        if (capture == WorkloadRequest.Capture.NONE) {
            arguments.add("--no-capture");
        }
        // Its own session: a signal to the program's terminal must not reach the proxy of all others.
        List<String> command =
                new ArrayList<>(List.of("setsid", "--fork", "bash", "-c", SUPERVISION, MeshProcesses.SUPERVISOR));
        command.addAll(Launcher.command(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectErrorStream(true)
                    .start();
            process.waitFor();
        } catch (IOException e) {
            throw CommandFailure.failed(
                    "the proxy cannot be started: %s; 'setsid' is of the package util-linux".formatted(e.getMessage()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted while the proxy started", e);
        }
    }

    private static void await(ProxySocket socket, Path log) throws InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!socket.answers()) {
            if (System.nanoTime() > deadline) {
                throw CommandFailure.failed("the proxy did not start within %d s; the end of %s: %s"
                        .formatted(START_LIMIT.toSeconds(), log, lastLine(log)));
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    private static String lastLine(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.isEmpty() ? "(empty)" : lines.getLast().toLowerCase(Locale.ROOT);
        } catch (IOException unreadable) {
            return "(unreadable)";
        }
    }
}
