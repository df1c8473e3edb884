package dev.riser.control.world;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Turns many requests for the same work into few runs of it. A run starts after every request, none is lost; runs do not
 * overlap.
 */
@FunctionalInterface
public interface Debounce {
    /** Asks that the work be done soon. Always the same work for one debounce. */
    void request(Runnable work);

    /** Does the work at once on the calling thread. For tests and for tools that run once. */
    static Debounce immediate() {
        return Runnable::run;
    }

    /**
     * Waits for more before each run.
     *
     * @param pause time between the first request and the run; requests meanwhile are served by the same run
     * @param executor its single thread does the work
     */
    static Debounce after(Duration pause, ScheduledExecutorService executor) {
        return new PausedDebounce(pause, executor);
    }
}
