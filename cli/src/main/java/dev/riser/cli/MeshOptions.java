package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.StateDirectory;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which mesh a command speaks to. */
final class MeshOptions {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = {
                "The mesh's state directory.",
                "Default: /var/lib/riser as root, $XDG_STATE_HOME/riser (~/.local/state/riser) otherwise."
            })
    @Nullable
    Path state;

    @Option(
            names = "--api",
            paramLabel = "URL",
            description = "The control plane's API. Default: $RISER_API, else what the state directory says, else "
                    + MeshApi.STANDARD_ADDRESS + ".")
    @Nullable
    String address;

    StateDirectory stateDirectory() {
        return state == null ? StateDirectory.standard() : new StateDirectory(state.toAbsolutePath());
    }

    MeshApi api() {
        StateDirectory directory = stateDirectory();
        String base = Optional.ofNullable(address)
                .or(() -> Optional.ofNullable(System.getenv("RISER_API")).filter(text -> !text.isEmpty()))
                .or(() -> directory.controlPlane().map(StateDirectory.ControlPlaneAddress::api))
                .orElse(MeshApi.STANDARD_ADDRESS);
        String withScheme = base.contains("://") ? base : "http://" + base;
        return new MeshApi(withScheme.replaceAll("/+$", ""), directory.adminToken(), directory.toString());
    }
}
