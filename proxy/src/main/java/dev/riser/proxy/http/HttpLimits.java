package dev.riser.proxy.http;

/**
 * Bounds of one HTTP connection.
 *
 * @param headBytes most bytes of a head, fields and start line together; Envoy's default is 60 KiB
 * @param concurrentStreams most requests at once on an HTTP/2 connection
 * @param streamWindow bytes a sender may send on one stream before it is read, which bounds what a stream holds
 * @param connectionWindow the same for a connection
 * @param idleNanos a connection without a request for that long is closed
 * @param headNanos longest time from the first byte of a head to its last, against clients that trickle
 */
public record HttpLimits(
        int headBytes, int concurrentStreams, int streamWindow, int connectionWindow, long idleNanos, long headNanos) {

    public static final HttpLimits DEFAULT =
            new HttpLimits(60 * 1024, 1000, 256 * 1024, 16 * 1024 * 1024, 3_600_000_000_000L, 15_000_000_000L);
}
