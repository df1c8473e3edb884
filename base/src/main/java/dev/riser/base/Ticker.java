package dev.riser.base;

/**
 * A source of monotonic time in nanoseconds. Everything that measures or waits takes one, so that tests can move time by
 * hand. Implementations may be called on any thread.
 */
@FunctionalInterface
public interface Ticker {
    /** The process's own monotonic clock. */
    Ticker SYSTEM = System::nanoTime;

    /** Nanoseconds since an arbitrary origin; never goes backward. */
    long nanos();
}
