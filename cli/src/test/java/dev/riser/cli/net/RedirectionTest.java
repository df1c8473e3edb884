package dev.riser.cli.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.cli.failure.CommandFailure;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RedirectionTest {
    @Test
    void redirects_tcp_and_names_and_nothing_of_the_proxys_own() {
        assertThat(Redirection.rules(RedirectionOptions.STANDARD)).isEqualTo("""
                        add table inet riser
                        delete table inet riser
                        table inet riser {
                          chain output {
                            type nat hook output priority -100; policy accept;
                            oifname "lo" meta mark 1338 ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :15006
                            oifname "lo" meta mark 1338 ip6 daddr != ::1 meta l4proto tcp redirect to :15006
                            meta mark { 1337, 1338 } return
                            oifname "lo" return
                            udp dport 53 redirect to :15053
                            tcp dport 53 redirect to :15053
                            meta l4proto tcp redirect to :15001
                          }
                          chain prerouting {
                            type nat hook prerouting priority -100; policy accept;
                            iifname "lo" return
                            tcp dport 15000-15099 return
                            meta l4proto tcp redirect to :15006
                          }
                          chain input {
                            type filter hook input priority 0; policy accept;
                            iifname "lo" accept
                            tcp dport { 15001, 15006, 15053 } ct status dnat accept
                            tcp dport { 15001, 15006, 15053 } reject with tcp reset
                            udp dport 15053 drop
                          }
                        }
                        """);
    }

    @Test
    void leaves_alone_what_is_excluded() {
        RedirectionOptions options = new RedirectionOptions(
                15001,
                15006,
                15053,
                List.of(5432, 25),
                List.of("192.168.0.0/16", "fd00::/8"),
                List.of(9090),
                List.of(1337));

        assertThat(Redirection.rules(options))
                .contains("    meta skuid { 1337 } return\n")
                .contains("    ip daddr { 192.168.0.0/16 } return\n")
                .contains("    ip6 daddr { fd00::/8 } return\n")
                .contains("    tcp dport { 25, 5432 } return\n    meta l4proto tcp redirect to :15001\n")
                .contains("    oifname \"lo\" tcp dport { 9090 } return\n    oifname \"lo\" meta mark 1338 ip daddr")
                .contains("    tcp dport { 9090 } return\n    meta l4proto tcp redirect to :15006\n");
    }

    @Test
    void refuses_a_network_that_could_smuggle_a_rule_in() {
        RedirectionOptions options =
                RedirectionOptions.STANDARD.excluding(List.of(), List.of("10.0.0.0/8 } return; accept"), List.of());

        assertThatThrownBy(() -> Redirection.rules(options))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("is not a network");
    }
}
