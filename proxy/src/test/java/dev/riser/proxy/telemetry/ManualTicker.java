package dev.riser.proxy.telemetry;

import dev.riser.base.Ticker;
import java.time.Duration;

/** Time that moves only when a test says so. */
final class ManualTicker implements Ticker {
    private volatile long now = 1_000_000_000L;

    @Override
    public long nanos() {
        return now;
    }

    void advance(Duration duration) {
        now += duration.toNanos();
    }
}
