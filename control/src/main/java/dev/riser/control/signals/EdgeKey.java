package dev.riser.control.signals;

/**
 * What is counted apart.
 *
 * @param reporter which end counted
 * @param source the caller
 * @param destination the called
 * @param service host of the service that was asked for, {@code unknown} where none
 * @param serviceNamespace its namespace
 * @param protocol {@code http}, {@code grpc} or {@code tcp}
 * @param mutualTls whether both ends were verified
 */
public record EdgeKey(
        Reporter reporter,
        EdgePeer source,
        EdgePeer destination,
        String service,
        String serviceNamespace,
        String protocol,
        boolean mutualTls) {
    private static final EdgePeer OTHERS = new EdgePeer("others", "others", "", "", "");

    /** Where everything is counted that came after the store was full. */
    static final EdgeKey OVERFLOW =
            new EdgeKey(Reporter.DESTINATION, OTHERS, OTHERS, "others", "others", "others", false);
}
