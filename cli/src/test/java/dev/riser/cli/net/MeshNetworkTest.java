package dev.riser.cli.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MeshNetworkTest {
    private static final MeshNetwork.Addresses BOTH =
            new MeshNetwork.Addresses("10.88.0.7", "fd88::7", 16, 64, "10.88.0.1", "fd88::1");

    @Test
    void gives_a_workload_its_addresses_and_ways_out() {
        assertThat(MeshNetwork.workloadCommands(BOTH)).isEqualTo("""
                        link set lo up
                        addr add 10.88.0.7/16 dev eth0
                        addr add fd88::7/64 dev eth0 nodad
                        link set eth0 up
                        route add default via 10.88.0.1
                        route add default via fd88::1 dev eth0
                        """);
    }

    @Test
    void leaves_ipv6_out_where_the_mesh_has_none() {
        MeshNetwork.Addresses four = new MeshNetwork.Addresses("10.88.0.7", "", 16, 64, "10.88.0.1", "");

        assertThat(MeshNetwork.workloadCommands(four) + MeshNetwork.bridgeCommands(four))
                .doesNotContain("nodad");
    }

    @Test
    void names_the_network_of_an_address() {
        assertThat(MeshNetwork.network("10.88.3.1", 16)).isEqualTo("10.88.0.0/16");
        assertThat(MeshNetwork.network("192.168.7.129", 25)).isEqualTo("192.168.7.128/25");
    }
}
