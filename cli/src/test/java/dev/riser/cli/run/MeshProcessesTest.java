package dev.riser.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeshProcessesTest {
    @Test
    void reads_the_state_directory_from_a_process_own_command_line() {
        assertThat(MeshProcesses.state(List.of("java", "dev.riser.cli.Riser", "proxy", "--state", "/a")))
                .isEqualTo(Path.of("/a"));
        assertThat(MeshProcesses.state(List.of("java", "dev.riser.cli.Riser", "proxy", "--state=/b")))
                .isEqualTo(Path.of("/b"));
    }

    @Test
    void does_not_take_another_users_default_for_its_own() {
        assertThat(MeshProcesses.state(List.of("java", "-Driser.state=/home/u/state", "dev.riser.cli.Riser", "proxy")))
                .isEqualTo(Path.of("/home/u/state"));
        assertThat(MeshProcesses.state(List.of("java", "dev.riser.cli.Riser", "proxy")))
                .isEqualTo(Path.of("/var/lib/riser"));
    }
}
