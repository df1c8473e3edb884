package dev.riser.cli.run;

import dev.riser.cli.api.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** The control plane and the proxies that run with a state directory, found by their command lines. */
public final class MeshProcesses {
    /** What a proxy is given to drain, and then some. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    /** What the shell calls itself that starts a proxy again. */
    static final String SUPERVISOR = "riser-supervise";

    private static final String MAIN_CLASS = "dev.riser.cli.Riser";

    private final StateDirectory state;

    /** Of one state directory. */
    public MeshProcesses(StateDirectory state) {
        this.state = state;
    }

    /** Asks all of them to end, proxies first, and ends by force what has not ended in time. Returns how many there were. */
    public int end() throws InterruptedException {
        // First, or they would start again what is ended here.
        running(this::isSupervisor).forEach(ProcessHandle::destroyForcibly);
        List<ProcessHandle> proxies = running("proxy");
        end(proxies);
        List<ProcessHandle> controlPlanes = running("control-plane");
        end(controlPlanes);
        return proxies.size() + controlPlanes.size();
    }

    private List<ProcessHandle> running(String verb) {
        return running(words -> {
            int main = words.indexOf(MAIN_CLASS);
            return main >= 0 && main + 1 < words.size() && words.get(main + 1).equals(verb) && isOurs(words);
        });
    }

    private boolean isSupervisor(List<String> words) {
        return words.contains(SUPERVISOR) && isOurs(words);
    }

    private static List<ProcessHandle> running(Predicate<List<String>> wanted) {
        long self = ProcessHandle.current().pid();
        List<ProcessHandle> found = new ArrayList<>();
        ProcessHandle.allProcesses()
                .filter(process -> process.pid() != self && wanted.test(words(process.pid())))
                .forEach(found::add);
        return found;
    }

    /** Its command line; empty where it is gone or not ours to look at. */
    private static List<String> words(long pid) {
        try {
            return Arrays.asList(
                    Files.readString(Path.of("/proc/%d/cmdline".formatted(pid))).split("\0", -1));
        } catch (IOException goneOrForeign) {
            return List.of();
        }
    }

    private boolean isOurs(List<String> words) {
        return state(words)
                .toAbsolutePath()
                .normalize()
                .equals(state.path().toAbsolutePath().normalize());
    }

    /** The state directory of a process, as its own command line says, whoever runs it. */
    static Path state(List<String> words) {
        int option = words.indexOf("--state");
        if (option > 0 && option + 1 < words.size()) {
            return Path.of(words.get(option + 1));
        }
        for (String prefix : List.of("--state=", "-Driser.state=")) {
            for (String word : words) {
                if (word.startsWith(prefix)) {
                    return Path.of(word.substring(prefix.length()));
                }
            }
        }
        return StateDirectory.OF_ROOT;
    }

    private static void end(List<ProcessHandle> processes) throws InterruptedException {
        processes.forEach(ProcessHandle::destroy);
        for (ProcessHandle process : processes) {
            try {
                process.onExit().get(GRACE.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException late) {
                process.destroyForcibly();
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
