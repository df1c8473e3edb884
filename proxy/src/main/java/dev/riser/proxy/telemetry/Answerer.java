package dev.riser.proxy.telemetry;

/** Who made the response. */
public enum Answerer {
    /** Nobody: the client left, or the connection ended before a response. */
    NOBODY,
    /** This proxy, or the proxy at the other end. */
    PROXY,
    /** The application (or, for configured direct responses, the configuration in its stead). */
    APPLICATION
}
