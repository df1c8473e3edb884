package dev.riser.cli.run;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.MeshNetwork;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes a workload without a proxy off the registry when its process ends. For one with a proxy, the proxy does that; a
 * shell of a few kilobytes stands in for it here.
 */
final class UnmeshedWatch {
    /** Where the time of start stands in {@code /proc/<pid>/stat}, counted after the name in brackets. */
    private static final int START_TIME = 20;

    private static final String SCRIPT = """
            started() { local text; read -r text < "/proc/$1/stat" || return; set -- ${text##*) }; [ "$1" = Z ] || echo "${%d}"; }
            while [ "$(started "$1" 2>/dev/null)" = "$2" ]; do sleep 1; done
            exec 3<>"/dev/tcp/$3/$4"
            printf 'DELETE %%s HTTP/1.1\\r\\nHost: %%s:%%s\\r\\nAuthorization: Bearer %%s\\r\\nConnection: close\\r\\n\\r\\n' \
                "$5" "$3" "$4" "$RISER_TOKEN" >&3
            cat <&3 >/dev/null
            PATH=$PATH:/usr/sbin:/sbin ip link delete "$6" 2>/dev/null
            """.formatted(START_TIME);

    private final MeshApi api;
    private final StateDirectory state;

    UnmeshedWatch(MeshApi api, StateDirectory state) {
        this.api = api;
        this.state = state;
    }

    /** Watches this process, which is about to become the workload's program. */
    void begin(String id) {
        URI address = URI.create(api.address());
        long pid = ProcessHandle.current().pid();
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        "setsid",
                        "--fork",
                        "bash",
                        "-c",
                        SCRIPT,
                        "riser-watch",
                        Long.toString(pid),
                        ProcessIdentity.startTime(pid).orElse(""),
                        address.getHost(),
                        Integer.toString(address.getPort() < 0 ? 80 : address.getPort()),
                        "/api/v1/workloads/" + MeshApi.segment(id),
                        MeshNetwork.cable(id)))
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        // In the environment, not among the arguments: those any user can read.
        builder.environment().put("RISER_TOKEN", state.adminToken().orElse(""));
        try {
            builder.start().waitFor();
        } catch (IOException e) {
            throw CommandFailure.failed("the watch over the program cannot be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted while the watch over the program started", e);
        }
    }
}
