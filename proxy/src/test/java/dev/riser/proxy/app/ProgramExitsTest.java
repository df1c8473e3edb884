package dev.riser.proxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ProgramExitsTest {
    private static final long LONG_ENOUGH_SECONDS = 15;

    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();

    @Test
    void aProgramThatItsParentHasNotBuriedHasEndedNonetheless() throws Exception {
        // The shell becomes a program that never asks for its child. Who looks whether the process still exists is
        // wrong: it does, as a zombie, for as long as its parent.
        Process parent = new ProcessBuilder("bash", "-c", "sleep 60 & echo $!; exec sleep 60").start();
        try (ProgramExits exits = new ProgramExits(ended::add);
                BufferedReader lines = parent.inputReader()) {
            long child = Long.parseLong(lines.readLine());
            exits.watch("child", child);
            exits.watch("parent", parent.pid());

            ProcessHandle.of(child).orElseThrow().destroyForcibly();

            assertThat(next()).isEqualTo("child");
            assertThat(ProcessHandle.of(child)).isPresent();
            assertThat(ended).isEmpty();
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void aProgramThatHadEndedBeforeIsReportedToo() throws Exception {
        Process program = new ProcessBuilder("true").start();
        program.waitFor();
        try (ProgramExits exits = new ProgramExits(ended::add)) {
            exits.watch("gone", program.pid());

            assertThat(next()).isEqualTo("gone");
        }
    }

    @Test
    void whoIsForgottenIsNotReported() throws Exception {
        Process first = sleeping();
        Process second = sleeping();
        try (ProgramExits exits = new ProgramExits(ended::add)) {
            exits.watch("first", first.pid());
            exits.watch("second", second.pid());
            exits.forget("first");

            first.destroyForcibly().waitFor();
            second.destroyForcibly();

            assertThat(next()).isEqualTo("second");
            assertThat(ended).isEmpty();
        }
    }

    private String next() throws InterruptedException {
        String id = ended.poll(LONG_ENOUGH_SECONDS, TimeUnit.SECONDS);
        assertThat(id).as("nothing has been reported").isNotNull();
        return id;
    }

    private static Process sleeping() throws IOException {
        return new ProcessBuilder("sleep", "60").start();
    }
}
