package dev.riser.control.registry;

import java.time.Instant;

/**
 * A workload of this machine.
 *
 * @param id unique in the mesh; also the name of its instance
 * @param registration what it asked for
 * @param address4 its IPv4 address
 * @param address6 its IPv6 address, empty where it has none
 * @param state whether it takes traffic
 * @param since when it entered that state
 */
public record RegisteredWorkload(
        String id, Registration registration, String address4, String address6, State state, Instant since) {
    /** What a workload is doing. */
    public enum State {
        /** It has an address and is being started. */
        STARTING,
        /** It takes traffic. */
        READY,
        /** Its proxy's stream has been gone for too long; it takes no traffic until the proxy is back. */
        LOST,
        /** It is over, and was the last of a service: kept so that the service's name and ports go on being known. */
        ENDED
    }

    RegisteredWorkload in(State newState, Instant now) {
        return new RegisteredWorkload(id, registration, address4, address6, newState, now);
    }
}
