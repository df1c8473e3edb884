package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Resources.accepted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.EndpointSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxySnapshotTest {
    private final CompiledCluster one = accepted(Resources.cluster("{\"name\": \"one\"}"));
    private final CompiledCluster two = accepted(Resources.cluster("{\"name\": \"two\"}"));

    @Test
    void aChangeLeavesTheSnapshotBeforeAsItWas() {
        ProxySnapshot before = ProxySnapshot.EMPTY.with(one);

        ProxySnapshot after = before.edit().put(two).removeCluster("one").build();

        assertThat(before.cluster("one")).isSameAs(one);
        assertThat(before.cluster("two")).isNull();
        assertThat(after.cluster("one")).isNull();
        assertThat(after.cluster("two")).isSameAs(two);
        assertThat(after.version()).isEqualTo(before.version() + 1);
    }

    @Test
    void whatDoesNotChangeIsNotCopied() {
        ProxySnapshot before = ProxySnapshot.EMPTY.with(one);

        ProxySnapshot after = before.with(EndpointSet.of("one", List.of()));

        assertThat(after.clusters()).isSameAs(before.clusters());
        assertThat(after.endpoints("one")).isEqualTo(EndpointSet.of("one", List.of()));
        assertThat(before.edit().build()).isSameAs(before);
    }

    @Test
    void listenersHearOfEachChangeAfterItIsInForce() {
        SnapshotHolder holder = new SnapshotHolder();
        List<String> heard = new ArrayList<>();
        SnapshotHolder.Listener listener =
                (before, after) -> heard.add(before.version() + ">" + after.version() + (holder.current() == after));
        holder.listen(listener);

        holder.update(snapshot -> snapshot.with(one));
        holder.update(snapshot -> snapshot);
        holder.update(snapshot -> snapshot.with(two));
        holder.forget(listener);
        holder.update(snapshot -> snapshot.with(one));

        assertThat(heard).containsExactly("0>1true", "1>2true");
        assertThat(holder.current().clusters()).containsOnlyKeys("one", "two");
    }
}
