package dev.riser.proxy.telemetry;

/** Which way an exchange crosses the proxy, and so which end of the edge it reports. */
public enum Direction {
    /** From a peer to the workload: the proxy reports as destination. */
    INBOUND("destination"),
    /** From the workload to a peer: the proxy reports as source. */
    OUTBOUND("source");

    private final String reporter;

    Direction(String reporter) {
        this.reporter = reporter;
    }

    /** The value of the label {@code reporter}. */
    public String reporter() {
        return reporter;
    }
}
