package dev.riser.cli.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProgramTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void takes_the_first_executable_file_in_the_path() throws IOException {
        Path first = Files.createDirectories(directory.resolve("first"));
        Path second = Files.createDirectories(directory.resolve("second"));
        Files.writeString(first.resolve("tool"), "not executable");
        Path wanted = executable(second.resolve("tool"));

        assertThat(Program.locate("tool", first + ":" + second)).isEqualTo(wanted);
    }

    @Test
    void says_127_for_a_program_that_is_nowhere() {
        assertThatThrownBy(() -> Program.locate("nowhere", directory.toString()))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(127))
                .hasMessageContaining("'nowhere'");
    }

    @Test
    void says_126_and_how_to_help_for_a_file_that_may_not_be_executed() throws IOException {
        Path file = Files.writeString(directory.resolve("tool"), "");

        assertThatThrownBy(() -> Program.locate(file.toString(), ""))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(126))
                .hasMessageContaining("chmod +x");
    }

    @Test
    void splits_a_command_line_without_reading_its_bytes() {
        byte[] line = {'a', 0, (byte) 0xff, 'b', 0, 0};

        assertThat(Program.split(line))
                .containsExactly("a".getBytes(StandardCharsets.US_ASCII), new byte[] {(byte) 0xff, 'b'}, new byte[0]);
    }

    private static Path executable(Path file) throws IOException {
        Files.writeString(file, "");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
