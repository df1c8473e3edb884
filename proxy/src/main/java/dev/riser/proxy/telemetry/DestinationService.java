package dev.riser.proxy.telemetry;

/**
 * The service that was asked for. Empty strings where unknown.
 *
 * @param host fully qualified host
 * @param name short name
 * @param namespace the service's namespace
 */
public record DestinationService(String host, String name, String namespace) {
    /** No service: an address that the mesh does not know. */
    public static final DestinationService UNKNOWN = new DestinationService("", "", "");

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof DestinationService that
                        && host.equals(that.host)
                        && name.equals(that.name)
                        && namespace.equals(that.namespace);
    }

    @Override
    public int hashCode() {
        return host.hashCode();
    }
}
