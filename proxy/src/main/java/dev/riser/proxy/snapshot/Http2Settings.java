package dev.riser.proxy.snapshot;

import java.time.Duration;

/**
 * HTTP/2 towards one side.
 *
 * @param maxConcurrentStreams that we let the peer open, or that we open at most
 * @param initialStreamWindow bytes
 * @param initialConnectionWindow bytes
 * @param headerTableSize bytes of HPACK's dynamic table
 * @param allowConnect whether extended CONNECT (RFC 8441) is offered
 * @param keepaliveInterval between PINGs; {@link Duration#ZERO}: none
 * @param keepaliveTimeout in which a PING must be answered
 */
public record Http2Settings(
        long maxConcurrentStreams,
        int initialStreamWindow,
        int initialConnectionWindow,
        int headerTableSize,
        boolean allowConnect,
        Duration keepaliveInterval,
        Duration keepaliveTimeout) {

    /** What holds where the configuration is silent: windows of 16 and 24 MiB and 1024 streams, as in Envoy since 1.35. */
    public static final Http2Settings DEFAULT =
            new Http2Settings(1024, 16 * 1024 * 1024, 24 * 1024 * 1024, 4096, false, Duration.ZERO, Duration.ZERO);
}
