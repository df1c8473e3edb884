package dev.riser.control.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.control.registry.RegisteredWorkload.State;
import dev.riser.control.testing.ManualClock;
import dev.riser.model.IpBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadRegistryTest {
    @TempDir
    private Path directory;

    private final ManualClock clock = ManualClock.atNoon();
    private final AtomicInteger changes = new AtomicInteger();
    private WorkloadRegistry registry;

    @BeforeEach
    void open() throws IOException {
        registry = reopened(MeshNetworks.DEFAULT);
    }

    private WorkloadRegistry reopened(MeshNetworks networks) throws IOException {
        return WorkloadRegistry.open(
                directory.resolve("workloads.json"),
                networks,
                RegistryLimits.DEFAULT,
                clock,
                new Random(7),
                changes::incrementAndGet);
    }

    private static Registration registration(String name) {
        return new Registration(
                "prod",
                name,
                List.of(name),
                Map.of("version", "v2"),
                List.of(new Registration.Port(8000, "http", "http")),
                name,
                true);
    }

    private State state(String id) {
        return registry.find(id).orElseThrow().state();
    }

    @Test
    void theFirstWorkloadHasTheFirstAddressAfterTheBridge() throws Exception {
        RegisteredWorkload workload = registry.register(registration("web"));
        assertThat(workload.address4()).isEqualTo("10.88.0.2");
        assertThat(workload.address6()).isEqualTo("fd88::2");
        assertThat(workload.id()).startsWith("web-");
        assertThat(workload.state()).isEqualTo(State.STARTING);
        assertThat(MeshNetworks.DEFAULT.gateway4()).isEqualTo("10.88.0.1");
        assertThat(MeshNetworks.DEFAULT.gateway6()).isEqualTo("fd88::1");
        assertThat(changes).hasValue(1);
    }

    @Test
    void noAddressIsGivenAgainWithinAMinute() throws Exception {
        MeshNetworks small = new MeshNetworks(IpBlock.parse("10.1.1.0/28"), IpBlock.parse("fd01::/64"));
        registry = reopened(small);
        Set<String> given = new HashSet<>();
        for (int count = 0; count < 13; count++) {
            RegisteredWorkload workload = registry.register(registration("web"));
            assertThat(given.add(workload.address4())).isTrue();
            registry.delete(workload.id());
        }
        assertThat(given).doesNotContain("10.1.1.0", "10.1.1.1", "10.1.1.15");
        assertThatThrownBy(() -> registry.register(registration("web")))
                .isInstanceOf(RegistryFullException.class)
                .hasMessageContaining("10.1.1.0/28");
        registry = reopened(small);
        assertThatThrownBy(() -> registry.register(registration("web"))).isInstanceOf(RegistryFullException.class);
        clock.pass(Duration.ofSeconds(60));
        assertThat(given).contains(registry.register(registration("web")).address4());
    }

    @Test
    void theLastWorkloadOfAServiceIsRememberedUntilSomebodyServesItAgain() throws Exception {
        RegisteredWorkload first = registry.register(registration("web"));
        RegisteredWorkload second = registry.register(registration("web"));
        registry.ready(first.id());
        registry.ready(second.id());

        assertThat(registry.delete(first.id())).isTrue();
        assertThat(registry.find(first.id())).as("another one serves web").isEmpty();
        assertThat(registry.delete(second.id())).isTrue();
        assertThat(state(second.id())).isEqualTo(State.ENDED);

        // a registry that took it for alive would let it take traffic again
        assertThat(registry.delete(second.id())).isFalse();
        assertThat(registry.ready(second.id())).isEmpty();
        registry.connected(second.id());
        assertThat(state(second.id())).isEqualTo(State.ENDED);
        registry = reopened(MeshNetworks.DEFAULT);
        assertThat(state(second.id())).isEqualTo(State.ENDED);

        registry.register(registration("cart"));
        assertThat(state(second.id())).isEqualTo(State.ENDED);
        RegisteredWorkload third = registry.register(registration("web"));
        assertThat(registry.find(second.id())).isEmpty();
        assertThat(third.address4()).isNotEqualTo(second.address4());
    }

    @Test
    void aRememberedServiceIsForgottenAfterAnHour() throws Exception {
        RegisteredWorkload workload = registry.register(registration("web"));
        registry.ready(workload.id());
        registry.delete(workload.id());

        clock.pass(Duration.ofMinutes(59));
        registry.sweep();
        assertThat(state(workload.id())).isEqualTo(State.ENDED);
        clock.pass(Duration.ofMinutes(1));
        registry.sweep();
        assertThat(registry.list()).isEmpty();
    }

    @Test
    void aWorkloadThatNeverTookTrafficIsNotRemembered() throws Exception {
        RegisteredWorkload workload = registry.register(registration("web"));
        registry.delete(workload.id());
        assertThat(registry.list()).isEmpty();
    }

    @Test
    void aReadyWorkloadIsLostTenSecondsAfterItsStreamAndBackWithIt() throws Exception {
        String id = registry.register(registration("web")).id();
        registry.connected(id);
        registry.ready(id);
        clock.pass(Duration.ofHours(1));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.READY);

        registry.disconnected(id);
        clock.pass(Duration.ofMillis(9_999));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.READY);
        clock.pass(Duration.ofMillis(1));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.LOST);

        registry.connected(id);
        assertThat(state(id)).isEqualTo(State.READY);
    }

    @Test
    void aWorkloadWithTwoStreamsIsNotLostWithTheFirst() throws Exception {
        String id = registry.register(registration("web")).id();
        registry.connected(id);
        registry.connected(id);
        registry.ready(id);
        registry.disconnected(id);
        clock.pass(Duration.ofMinutes(1));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.READY);
    }

    @Test
    void aLostWorkloadIsForgottenInTheEnd() throws Exception {
        String id = registry.register(registration("web")).id();
        registry.ready(id);
        clock.pass(Duration.ofSeconds(10));
        registry.sweep();
        clock.pass(Duration.ofMinutes(10));
        registry.sweep();
        assertThat(registry.find(id)).isEmpty();
    }

    @Test
    void aWorkloadThatNeverBecomesReadyIsForgotten() throws Exception {
        String id = registry.register(registration("web")).id();
        clock.pass(Duration.ofSeconds(119));
        registry.sweep();
        assertThat(registry.find(id)).isPresent();
        clock.pass(Duration.ofSeconds(1));
        registry.sweep();
        assertThat(registry.find(id)).isEmpty();
    }

    @Test
    void aWorkloadWithoutAProxyStaysUntilItIsDeleted() throws Exception {
        Registration legacy = new Registration("prod", "legacy", List.of(), Map.of(), List.of(), "legacy", false);
        String id = registry.register(legacy).id();
        registry.ready(id);
        clock.pass(Duration.ofDays(1));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.READY);
        assertThat(registry.delete(id)).isTrue();
        assertThat(registry.delete(id)).isFalse();
    }

    @Test
    void aRestartKeepsWorkloadsAndGivesTheirProxiesAMinuteToComeBack() throws Exception {
        String id = registry.register(registration("web")).id();
        registry.connected(id);
        registry.ready(id);
        RegisteredWorkload before = registry.find(id).orElseThrow();

        registry = reopened(MeshNetworks.DEFAULT);
        assertThat(registry.list()).containsExactly(before);
        clock.pass(Duration.ofSeconds(59));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.READY);
        clock.pass(Duration.ofSeconds(1));
        registry.sweep();
        assertThat(state(id)).isEqualTo(State.LOST);
        assertThat(registry.register(registration("web")).address4()).isNotEqualTo(before.address4());
    }

    @Test
    void theFileIsItsOwnersAlone() throws Exception {
        registry.register(registration("web"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("workloads.json"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatCannotBeReadSaysSo() throws Exception {
        Files.writeString(directory.resolve("workloads.json"), "{");
        assertThatThrownBy(() -> reopened(MeshNetworks.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("workloads.json cannot be read");
    }

    @Test
    void namesThatCannotBeHostNamesAreRefused() {
        assertThatThrownBy(() -> registration("Web_1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name: found \"Web_1\"");
        assertThatThrownBy(() -> new Registration.Port(70000, "", "")).hasMessageContaining("70000");
    }

    @Test
    void addressesAreWrittenInTheirShortForm() {
        MeshNetworks networks = new MeshNetworks(IpBlock.parse("10.0.0.0/16"), IpBlock.parse("fd00:0:1:2::/64"));
        assertThat(networks.address6(0x1234)).isEqualTo("fd00:0:1:2::1234");
        assertThat(networks.address4(256)).isEqualTo("10.0.1.0");
    }
}
