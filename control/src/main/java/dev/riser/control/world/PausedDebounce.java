package dev.riser.control.world;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A {@link Debounce} over a clock that the executor brings. */
final class PausedDebounce implements Debounce {
    private static final System.Logger LOG = System.getLogger(PausedDebounce.class.getName());

    private final Duration pause;
    private final ScheduledExecutorService executor;
    private final AtomicBoolean waiting = new AtomicBoolean();

    PausedDebounce(Duration pause, ScheduledExecutorService executor) {
        this.pause = pause;
        this.executor = executor;
    }

    @Override
    public void request(Runnable work) {
        if (waiting.compareAndSet(false, true)) {
            Future<?> unused = executor.schedule(() -> run(work), pause.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void run(Runnable work) {
        // Opened before the work, so that what is asked for while it runs is done by the next run.
        waiting.set(false);
        try {
            work.run();
        } catch (RuntimeException failure) {
            LOG.log(System.Logger.Level.ERROR, "the work failed and is done again with the next change", failure);
        }
    }
}
