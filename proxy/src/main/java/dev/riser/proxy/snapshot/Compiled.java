package dev.riser.proxy.snapshot;

/**
 * The outcome of compiling one resource.
 *
 * @param <T> what it compiles to
 */
public sealed interface Compiled<T> {
    /** It is good. */
    record Accepted<T>(T value) implements Compiled<T> {}

    /** It is not, and why. */
    record Rejected<T>(Rejection rejection) implements Compiled<T> {}
}
