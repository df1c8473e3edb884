package dev.riser.cli.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do. Apart from {@link Kernel}, whose first use costs more than most commands take. */
public final class Privilege {
    private static final String UIDS = "Uid:";

    private Privilege() {}

    /** Whether the process acts as root, in its user namespace. */
    public static boolean actsAsRoot() {
        try {
            return actsAsRoot(Files.readString(Path.of("/proc/self/status")));
        } catch (IOException withoutProc) {
            return false;
        }
    }

    /** @param status in the form of {@code /proc/PID/status}: the second number of its line of user ids is the effective one */
    static boolean actsAsRoot(String status) {
        return status.lines()
                .filter(line -> line.startsWith(UIDS))
                .anyMatch(line -> line.substring(UIDS.length())
                        .strip()
                        .split("\\s+", 3)[1]
                        .equals("0"));
    }
}
