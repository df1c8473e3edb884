package dev.riser.control.testing;

import dev.riser.base.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that a test moves by hand, for days and for nanoseconds. */
public final class ManualClock implements InstantSource, Ticker {
    private Instant now;

    public ManualClock(Instant start) {
        now = start;
    }

    /** On a whole ten seconds, far from any border of a day. */
    public static ManualClock atNoon() {
        return new ManualClock(Instant.parse("2026-03-01T12:00:00Z"));
    }

    public synchronized void pass(Duration time) {
        now = now.plus(time);
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public synchronized long nanos() {
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }
}
