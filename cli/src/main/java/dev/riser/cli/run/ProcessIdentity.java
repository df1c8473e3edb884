package dev.riser.cli.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Names a process for good: its number, which the kernel gives out again, and its time of start in the kernel's own
 * count. The time of day at which it started would not do: it is computed and differs by a second from reader to reader.
 */
public final class ProcessIdentity {
    /** Where the time of start stands in {@code /proc/<pid>/stat}, counted from 0 after the name in brackets. */
    private static final int START_TIME = 19;

    private ProcessIdentity() {}

    /** {@code <pid> <start>}; empty where there is no such process. */
    public static Optional<String> of(long pid) {
        return startTime(pid).map(start -> pid + " " + start);
    }

    /** The time of start, in ticks since the machine's start. */
    static Optional<String> startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/%d/stat".formatted(pid)));
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TIME]);
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
