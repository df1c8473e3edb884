package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorldUpdaterTest {
    private final List<Runnable> asked = new ArrayList<>();
    private final List<Set<WorldReason>> reasons = new ArrayList<>();
    private final WorldUpdater updater = new WorldUpdater(MeshSettings.DEFAULT, new CountingAddressBook(), asked::add);

    private static WorkloadInstance instance(String id) {
        return new WorkloadInstance(
                id, "prod", "shop", "shop", List.of("shop"), Map.of(), List.of("10.88.0.2"), List.of(), true, true);
    }

    @Test
    void changesThatAreGatheredBecomeOneWorldWithAllTheirReasons() {
        updater.listen((world, why) -> reasons.add(why));
        updater.put(instance("a"));
        updater.objects(List.of());

        asked.forEach(Runnable::run);

        assertThat(updater.current().version()).isEqualTo(1);
        assertThat(reasons).containsExactly(Set.of(WorldReason.CONFIGURATION, WorldReason.WORKLOADS));
    }

    @Test
    void aListenerThatChangesSomethingGetsAnotherWorld() {
        updater.listen((world, why) -> {
            if (world.version() == 1) {
                updater.remove("a");
            }
        });
        updater.put(instance("a"));

        asked.removeFirst().run();
        asked.removeFirst().run();

        assertThat(updater.current().version()).isEqualTo(2);
        assertThat(updater.current().instances()).isEmpty();
    }

    @Test
    void takingOutWhatIsNotThereMakesNoWorld() {
        updater.remove("nobody");

        assertThat(asked).isEmpty();
    }

    @Test
    void anInstanceOfTheSameIdIsReplaced() {
        updater.put(instance("a"));
        updater.put(instance("a").withReady(false));

        asked.forEach(Runnable::run);

        assertThat(updater.current().instances()).containsExactly(instance("a").withReady(false));
    }
}
