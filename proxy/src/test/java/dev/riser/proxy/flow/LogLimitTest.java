package dev.riser.proxy.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimitTest {
    private final AtomicLong now = new AtomicLong();
    private final LogLimit limit = new LogLimit(now::get, 2);

    @Test
    void letsSoManyPassASecondAndSaysHowManyItLeftOut() {
        assertThat(limit.pass()).isZero();
        assertThat(limit.pass()).isZero();
        assertThat(limit.pass()).isEqualTo(-1);
        assertThat(limit.pass()).isEqualTo(-1);

        now.addAndGet(1_000_000_000L);

        assertThat(limit.pass()).isEqualTo(2);
        assertThat(limit.pass()).isZero();
    }

    @Test
    void textFromStrangersStaysOnItsLine() {
        assertThat(Printable.of("a\r\nb\u2028c")).isEqualTo("a??b?c");
    }
}
