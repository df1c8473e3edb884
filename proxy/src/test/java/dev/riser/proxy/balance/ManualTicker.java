package dev.riser.proxy.balance;

import dev.riser.base.Ticker;
import java.time.Duration;

/** Time that moves by hand. */
final class ManualTicker implements Ticker {
    private long now = 1_000_000;

    void advance(Duration duration) {
        now += duration.toNanos();
    }

    @Override
    public long nanos() {
        return now;
    }
}
