package dev.riser.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RegistryEntriesTest {
    @Test
    void sees_which_ports_have_a_listener_in_the_kernels_table() {
        List<String> table = List.of(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
                "   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1",
                "   1: 0700580A:1F41 0100580A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1",
                "   2: 00000000000000000000000000000000:2328 00000000000000000000000000000000:0000 0A 0 0 0 0 0");

        assertThat(RegistryEntries.listening(table)).containsExactlyInAnyOrder(8000, 9000);
    }
}
