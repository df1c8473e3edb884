package dev.riser.control.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.base.Problem;
import dev.riser.model.MeshObject;
import dev.riser.model.Namespace;
import dev.riser.model.ReadLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectorySourceTest {
    @TempDir
    private Path directory;

    private final List<ConfigState> states = new ArrayList<>();
    private DirectorySource source = new DirectorySource(Path.of("."), ReadLimits.DEFAULT, states::add);

    @BeforeEach
    void prepare() {
        source = new DirectorySource(directory, ReadLimits.DEFAULT, states::add, Instant::now);
    }

    private static String namespace(String name, String team) {
        return """
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: %s
                  labels: {team: %s}
                """.formatted(name, team);
    }

    private ConfigState readAfter(String file, String text) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
        source.readAndTell();
        return states.getLast();
    }

    private static List<String> inForce(ConfigState state) {
        return state.inForce().stream().map(MeshObject::name).sorted().toList();
    }

    @Test
    void filesInFoldersAreReadAndHiddenOnesAreNot() throws IOException {
        Files.writeString(directory.resolve("notes.txt"), namespace("text", "x"));
        Files.writeString(directory.resolve(".hidden.yaml"), namespace("hidden", "x"));
        Files.createDirectories(directory.resolve(".folder"));
        Files.writeString(directory.resolve(".folder/a.yaml"), namespace("in-hidden", "x"));
        Files.writeString(directory.resolve("b.yml"), namespace("b", "x"));

        ConfigState state = readAfter("deep/er/a.yaml", namespace("a", "x"));

        assertThat(inForce(state)).containsExactly("a", "b");
        assertThat(state.objects().getFirst().origin()).isEqualTo("deep/er/a.yaml:1");
    }

    @Test
    void aBadVersionLeavesTheLastGoodOneInForceAndSaysSo() throws IOException {
        readAfter("a.yaml", namespace("a", "first"));

        ConfigState state = readAfter("a.yaml", namespace("a", "second") + "  colour: red\nspec: [\n");

        assertThat(inForce(state)).containsExactly("a");
        ConfigObject object = state.objects().getFirst();
        assertThat(object.status()).isEqualTo(ObjectStatus.PREVIOUS_IN_FORCE);
        assertThat(object.object()).map(MeshObject::labels).contains(java.util.Map.of("team", "first"));
        assertThat(state.problems()).isNotEmpty();
    }

    @Test
    void aFileThatIsNoYamlAnyMoreKeepsAllThatItHeld() throws IOException {
        readAfter("a.yaml", namespace("a", "x") + "---\n" + namespace("b", "x"));

        ConfigState state = readAfter("a.yaml", "\t{{{ nonsense");

        assertThat(inForce(state)).containsExactly("a", "b");
        assertThat(state.objects()).extracting(ConfigObject::status).containsOnly(ObjectStatus.PREVIOUS_IN_FORCE);
        assertThat(state.problems()).isNotEmpty();
    }

    @Test
    void aFileThatGrewTooLargeKeepsAllThatItHeld() throws IOException {
        DirectorySource small =
                new DirectorySource(directory, new ReadLimits(200, 10, 10, 10, 100, 100), states::add, Instant::now);
        Files.writeString(directory.resolve("a.yaml"), namespace("a", "x"));
        small.readAndTell();

        Files.writeString(directory.resolve("a.yaml"), namespace("a", "x") + "#".repeat(200));
        small.readAndTell();

        assertThat(inForce(states.getLast())).containsExactly("a");
        assertThat(states.getLast().problems())
                .extracting(Problem::message)
                .containsExactly("the file is too large to be read");
    }

    @Test
    void anObjectThatIsNotWrittenAnyMoreIsGone() throws IOException {
        readAfter("a.yaml", namespace("a", "x") + "---\n" + namespace("b", "x"));

        ConfigState state = readAfter("a.yaml", namespace("b", "x"));
        Files.delete(directory.resolve("a.yaml"));
        source.readAndTell();

        assertThat(inForce(state)).containsExactly("b");
        assertThat(states.getLast()).isEqualTo(ConfigState.EMPTY);
    }

    @Test
    void ofTwoTextsForOneObjectTheFirstCounts() throws IOException {
        readAfter("b.yaml", namespace("a", "second"));

        ConfigState state = readAfter("a.yaml", namespace("a", "first"));

        assertThat(state.inForce()).extracting(MeshObject::labels).containsExactly(java.util.Map.of("team", "first"));
        assertThat(state.problems())
                .extracting(Problem::text)
                .containsExactly("b.yaml:1: Namespace a: has no effect: the same object already stands in a.yaml:1;"
                        + " remove one of the two");
    }

    @Test
    void whatDidNotChangeIsNotTold() throws IOException {
        readAfter("a.yaml", namespace("a", "x"));
        int told = states.size();

        source.readAndTell();

        assertThat(states).hasSize(told);
    }

    @Test
    void aFileOfTheSameLengthAndTimeIsStillSeenToChange() throws IOException {
        readAfter("a.yaml", namespace("a", "x"));
        var time = Files.getLastModifiedTime(directory.resolve("a.yaml"));

        Files.writeString(directory.resolve("a.yaml"), namespace("a", "y"));
        Files.setLastModifiedTime(directory.resolve("a.yaml"), time);
        source.readAndTell();

        assertThat(states.getLast().inForce())
                .extracting(MeshObject::labels)
                .containsExactly(java.util.Map.of("team", "y"));
    }

    @Test
    void theWatcherTellsOfANewFileInANewFolder() throws Exception {
        BlockingQueue<ConfigState> told = new LinkedBlockingQueue<>();
        try (DirectorySource watching = new DirectorySource(directory, ReadLimits.DEFAULT, told::add)) {
            watching.start();
            assertThat(told.take()).isEqualTo(ConfigState.EMPTY);

            Files.createDirectories(directory.resolve("new"));
            Files.writeString(directory.resolve("new/a.yaml"), namespace("a", "x"));

            ConfigState state = told.poll(60, TimeUnit.SECONDS);
            assertThat(state).isNotNull();
            assertThat(state.inForce()).hasAtLeastOneElementOfType(Namespace.class);
        }
    }

    @Test
    void aDirectoryThatIsNotThereIsAnErrorAtTheStart() {
        DirectorySource nowhere = new DirectorySource(directory.resolve("nowhere"), ReadLimits.DEFAULT, states::add);

        assertThatThrownBy(nowhere::start).isInstanceOf(IOException.class).hasMessageContaining("nowhere");
    }
}
