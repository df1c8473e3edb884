package dev.riser.cli.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrivilegeTest {
    @Test
    void the_effective_user_decides() {
        assertThat(Privilege.actsAsRoot("Name:\tjava\nUid:\t1000\t0\t1000\t1000\nGid:\t0\t0\t0\t0\n"))
                .isTrue();
        assertThat(Privilege.actsAsRoot("Name:\tjava\nUid:\t0\t1000\t0\t0\nGid:\t0\t0\t0\t0\n"))
                .isFalse();
    }
}
