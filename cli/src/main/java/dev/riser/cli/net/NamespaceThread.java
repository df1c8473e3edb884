package dev.riser.cli.net;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A platform thread that may change its namespaces, because it ends with its task and serves nobody else. Commands it
 * starts and sockets it opens are in the namespaces it has entered.
 */
public final class NamespaceThread {
    private NamespaceThread() {}

    /** Runs the task on a thread of its own and waits for it. What the task throws, this throws. */
    public static <T> T call(Callable<T> task) throws InterruptedException {
        FutureTask<T> future = new FutureTask<>(task);
        Thread.ofPlatform().name("riser-namespace").start(future);
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other);
                case null -> throw new IllegalStateException(e);
            }
        }
    }

    /** The calling thread's network namespace as a path that other processes of the same machine can open. */
    public static String networkPath() {
        return "/proc/%d/task/%d/ns/net".formatted(ProcessHandle.current().pid(), Kernel.threadId());
    }
}
