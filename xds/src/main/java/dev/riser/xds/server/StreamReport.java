package dev.riser.xds.server;

import java.util.List;

/**
 * One stream as it stands.
 *
 * @param client who it is
 * @param protocol incremental or state of the world
 * @param types one entry for each type that was ever subscribed to on it, in push order
 */
public record StreamReport(DiscoveryClient client, Protocol protocol, List<TypeReport> types) {
    /** Which of the two xDS protocols a stream speaks. */
    public enum Protocol {
        DELTA,
        STATE_OF_THE_WORLD
    }

    /**
     * One type of one stream.
     *
     * @param type the type URL
     * @param wildcard whether the client asked for everything
     * @param subscribed how many names it asked for
     * @param sent how many resources it has been sent and should hold
     * @param acked how many of those it has accepted in the version sent
     * @param rejected the ones that it refused, with its reasons
     */
    public record TypeReport(
            String type, boolean wildcard, int subscribed, int sent, int acked, List<Rejection> rejected) {}

    /** A version of a resource that the client refused, and why. */
    public record Rejection(String name, String version, String reason) {}
}
