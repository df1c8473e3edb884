package dev.riser.cli.run;

import dev.riser.cli.failure.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this build starts another process of itself. */
public final class Launcher {
    private Launcher() {}

    /** The launcher's file. */
    public static Path file() {
        Path file = Path.of(System.getProperty("riser.home", ""), "riser");
        if (!Files.isExecutable(file)) {
            throw CommandFailure.failed(
                    "the launcher '%s' is missing; start riser through the script 'riser' of its directory"
                            .formatted(file));
        }
        return file;
    }

    /** A command line that starts a verb without looking whether something must be built. */
    public static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(file().toString(), "--prebuilt"));
        command.addAll(arguments);
        return command;
    }
}
