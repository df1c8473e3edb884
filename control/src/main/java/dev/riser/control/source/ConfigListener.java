package dev.riser.control.source;

/** Is told of every change, one after the other, on the thread that noticed it. */
@FunctionalInterface
public interface ConfigListener {
    /** The state is now this. */
    void onConfig(ConfigState state);
}
