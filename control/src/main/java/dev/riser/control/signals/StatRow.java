package dev.riser.control.signals;

import java.util.OptionalDouble;

/**
 * Golden signals of one target over one window.
 *
 * @param success share of requests that succeeded, 0 to 1; empty without requests
 * @param rps requests a second
 * @param p50 latency in milliseconds; empty without requests
 * @param p95 as p50
 * @param p99 as p50
 * @param tcpConnections TCP connections open at the end
 * @param readBytesPerSecond bytes a second from callers to the target
 * @param writeBytesPerSecond bytes a second from the target to its callers
 * @param requests number of requests in the window
 */
public record StatRow(
        String namespace,
        String name,
        boolean meshed,
        OptionalDouble success,
        double rps,
        OptionalDouble p50,
        OptionalDouble p95,
        OptionalDouble p99,
        long tcpConnections,
        double readBytesPerSecond,
        double writeBytesPerSecond,
        long requests) {}
