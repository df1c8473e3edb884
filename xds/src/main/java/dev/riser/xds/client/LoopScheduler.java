package dev.riser.xds.client;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** One thread that runs tasks in order, now or later. What is confined to it needs no locks. */
public interface LoopScheduler extends Executor {
    /** Runs the task on the loop after the delay, unless cancelled before. */
    Task schedule(Duration delay, Runnable task);

    /** Whether the caller is on the loop. */
    boolean inLoop();

    /** Runs the task at once where the caller is on the loop, else hands it over. */
    default void run(Runnable task) {
        if (inLoop()) {
            task.run();
        } else {
            execute(task);
        }
    }

    /** Something that will run. */
    @FunctionalInterface
    interface Task {
        /** Already run, or never to be. */
        Task NONE = () -> {};

        /** It will not run any more; without effect once it has. */
        void cancel();
    }

    /** One of Netty's event loops. */
    static LoopScheduler of(EventExecutor loop) {
        return new LoopScheduler() {
            @Override
            public void execute(Runnable task) {
                loop.execute(task);
            }

            @Override
            public Task schedule(Duration delay, Runnable task) {
                Future<?> future = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
                return () -> future.cancel(false);
            }

            @Override
            public boolean inLoop() {
                return loop.inEventLoop();
            }
        };
    }
}
