package dev.riser.control.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import dev.riser.control.source.ObjectStore.Applied;
import dev.riser.control.source.ObjectStore.Result;
import dev.riser.model.ObjectKey;
import dev.riser.model.ReadLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {
    private static final ObjectKey KEY = new ObjectKey("ServiceAccount", "prod", "shop");

    @TempDir
    private Path directory;

    private final List<ConfigState> states = new ArrayList<>();

    private ObjectStore started() throws IOException {
        ObjectStore store = new ObjectStore(directory.resolve("objects"), ReadLimits.DEFAULT, states::add);
        store.start();
        return store;
    }

    private static String account(String team) {
        return """
                apiVersion: v1
                kind: ServiceAccount
                metadata:
                  name: shop
                  namespace: prod
                  labels: {team: %s}
                """.formatted(team);
    }

    @Test
    void anAppliedObjectIsInForceAndStillThereAfterARestart() throws IOException {
        ObjectStore.Outcome outcome = started().apply(account("a"));

        started();

        assertThat(outcome.objects()).containsExactly(new Applied(Optional.of(KEY), Result.CREATED));
        assertThat(states.getLast().objects()).hasSize(1);
        assertThat(states.getLast().objects().getFirst().origin()).isEqualTo("objects/ServiceAccount,prod,shop.yaml:1");
    }

    @Test
    void theAnswerTellsWhatChanged() throws IOException {
        ObjectStore store = started();
        store.apply(account("a"));

        assertThat(store.apply(account("a")).objects())
                .extracting(Applied::result)
                .containsExactly(Result.UNCHANGED);
        assertThat(store.apply(account("b")).objects())
                .extracting(Applied::result)
                .containsExactly(Result.CHANGED);
    }

    @Test
    void aBadObjectIsRefusedAndTheOthersOfTheRequestAreNot() throws IOException {
        ObjectStore store = started();
        store.apply(account("a"));

        ObjectStore.Outcome outcome = store.apply("""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: shop, namespace: prod, labels: 7}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: prod}
                """);

        assertThat(outcome.objects()).extracting(Applied::result).containsExactly(Result.REJECTED, Result.CREATED);
        assertThat(outcome.problems()).isNotEmpty();
        assertThat(states.getLast().inForce())
                .extracting(object -> object.key().text())
                .containsExactly("Namespace prod", "ServiceAccount prod/shop");
        assertThat(states.getLast()
                        .object(KEY)
                        .orElseThrow()
                        .object()
                        .orElseThrow()
                        .labels())
                .containsEntry("team", "a");
    }

    @Test
    void aDeletedObjectIsGoneFromTheDiskToo() throws IOException {
        ObjectStore store = started();
        store.apply(account("a"));

        boolean deleted = store.delete(KEY);
        boolean again = store.delete(KEY);

        assertThat(deleted).isTrue();
        assertThat(again).isFalse();
        assertThat(states.getLast()).isEqualTo(ConfigState.EMPTY);
        try (var files = Files.list(directory.resolve("objects"))) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void anObjectInBothPlacesIsTheDirectorys() throws IOException {
        ConfigSources sources = new ConfigSources(states::add);
        Files.writeString(directory.resolve("a.yaml"), account("of-directory"));
        ObjectStore store = new ObjectStore(directory.resolve("objects"), ReadLimits.DEFAULT, sources::api);
        store.start();
        store.apply(account("of-api"));

        new DirectorySource(directory, ReadLimits.DEFAULT, sources::directory, java.time.Instant::now).readAndTell();

        assertThat(sources.current().inForce())
                .extracting(object -> object.labels().get("team"))
                .containsExactly("of-directory");
        assertThat(sources.current().problems())
                .extracting(Problem::message)
                .contains("what was applied has no effect: the same object stands in a.yaml:1");
    }
}
