package dev.riser.proxy.flow;

import dev.riser.proxy.snapshot.CompiledListener;

/** What discovery found out about a destination. */
public sealed interface Discovered {
    /** The mesh knows it. */
    record Known(CompiledListener listener) implements Discovered {}

    /** The control plane says that it is not of the mesh. */
    record NotOfTheMesh() implements Discovered {}

    /** Nobody could say. */
    record Unreachable(String why) implements Discovered {}
}
