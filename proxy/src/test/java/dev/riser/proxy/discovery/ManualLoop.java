package dev.riser.proxy.discovery;

import dev.riser.base.Ticker;
import dev.riser.xds.client.LoopScheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A loop whose time moves by hand and whose tasks run when the test says so, on the test's own thread. */
final class ManualLoop implements LoopScheduler {
    private final Queue<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timed> timed =
            new PriorityQueue<>(Comparator.comparingLong(Timed::at).thenComparingLong(Timed::order));
    private long now;
    private long order;
    private boolean running;

    private record Timed(long at, long order, Runnable task) {}

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public Task schedule(Duration delay, Runnable task) {
        Timed entry = new Timed(now + delay.toNanos(), order++, task);
        timed.add(entry);
        return () -> timed.remove(entry);
    }

    @Override
    public boolean inLoop() {
        return running;
    }

    /** Runs what is ready, and what that makes ready. */
    void settle() {
        running = true;
        try {
            for (Runnable task = ready.poll(); task != null; task = ready.poll()) {
                task.run();
            }
        } finally {
            running = false;
        }
    }

    /** Moves time on, running what falls due. */
    void advance(Duration by) {
        settle();
        long end = now + by.toNanos();
        while (!timed.isEmpty() && timed.peek().at() <= end) {
            Timed next = timed.poll();
            now = next.at();
            ready.add(next.task());
            settle();
        }
        now = end;
    }

    /** The loop's own time. */
    Ticker ticker() {
        return () -> now;
    }

    /** Wall-clock time that moves with the loop. */
    InstantSource clockFrom(Instant start) {
        return () -> start.plusNanos(now);
    }
}
