package dev.riser.proxy.flow;

import dev.riser.base.Ticker;

/**
 * Lets so many lines a second pass and counts the rest, so that a flood of refusals does not become a flood of log lines.
 * Any thread.
 */
final class LogLimit {
    private static final long SECOND = 1_000_000_000L;

    private final Ticker ticker;
    private final int perSecond;
    private long began;
    private int passed;
    private long suppressed;

    LogLimit(Ticker ticker, int perSecond) {
        this.ticker = ticker;
        this.perSecond = perSecond;
        this.began = ticker.nanos();
    }

    /** Lines left out since the last that passed, or -1 where this one is to be left out too. */
    synchronized long pass() {
        long now = ticker.nanos();
        if (now - began >= SECOND) {
            began = now;
            passed = 0;
        }
        if (passed >= perSecond) {
            suppressed++;
            return -1;
        }
        passed++;
        long before = suppressed;
        suppressed = 0;
        return before;
    }
}
