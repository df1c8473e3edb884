package dev.riser.cli;

import dev.riser.cli.api.StateDirectory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a mesh keeps its state. */
final class StateOption {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = {
                "The mesh's state directory.",
                "Default: /var/lib/riser as root, $XDG_STATE_HOME/riser (~/.local/state/riser) otherwise."
            })
    @Nullable
    Path state;

    StateDirectory directory() {
        return state == null ? StateDirectory.standard() : new StateDirectory(state.toAbsolutePath());
    }
}
