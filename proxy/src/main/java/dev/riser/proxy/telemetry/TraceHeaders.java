package dev.riser.proxy.telemetry;

/** The request head that a trace is written to. */
public interface TraceHeaders {
    /** Replaces all values of a header. */
    void set(String name, String value);

    /** Removes a header; does nothing where it is absent. */
    void remove(String name);
}
