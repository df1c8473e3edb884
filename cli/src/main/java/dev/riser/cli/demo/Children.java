package dev.riser.cli.demo;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The demonstration's processes. Each is killed by the kernel when the thread that started it ends, however it ends; so
 * they must be started from the program's main thread. Ending them may happen on any thread.
 */
final class Children {
    private static final Duration GRACE = Duration.ofSeconds(8);

    private final Path state;
    private final Path logs;
    private final List<Child> children = new ArrayList<>();

    /**
     * A process.
     *
     * @param log where its output goes
     */
    record Child(String name, Process process, Path log) {
        /** The last line it wrote, empty where there is none. */
        String lastLine() {
            try {
                List<String> lines = Files.readAllLines(log);
                return lines.isEmpty() ? "" : lines.getLast();
            } catch (IOException unreadable) {
                return "";
            }
        }
    }

    /** @param state the demonstration's directory */
    Children(Path state) {
        this.state = state;
        this.logs = state.resolve("logs");
    }

    /** Starts a process whose output goes to a file of its name. */
    synchronized Child start(String name, List<String> command) {
        List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        words.addAll(command);
        Path log = logs.resolve(name + ".log");
        try {
            Files.createDirectories(logs);
            Process process = new ProcessBuilder(words)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(log.toFile())
                    .redirectErrorStream(true)
                    .start();
            DemoLeftovers.note(state, process.pid());
            Child child = new Child(name, process, log);
            children.add(child);
            return child;
        } catch (IOException e) {
            throw CommandFailure.failed(
                    "%s cannot be started: %s; 'setpriv' is of the package util-linux".formatted(name, e.getMessage()),
                    e);
        }
    }

    /** A process that has ended although nobody asked it to. */
    synchronized Optional<Child> fallen() {
        return children.stream().filter(child -> !child.process().isAlive()).findFirst();
    }

    /** Ends all of them, the last started first; control plane and proxies so outlive the programs they serve. */
    synchronized void end() {
        for (Child child : children.reversed()) {
            child.process().destroy();
            if (!isMachinery(child)) {
                continue;
            }
            await(child);
        }
        children.forEach(Children::await);
        children.clear();
    }

    private static boolean isMachinery(Child child) {
        return child.name().equals("proxy") || child.name().equals("control-plane");
    }

    private static void await(Child child) {
        try {
            Process ignored = child.process().onExit().get(GRACE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            Process ignored = child.process().destroyForcibly();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
