package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What happened on one opaque TCP connection. Filled as it goes, on one event loop; handed to
 * {@link Telemetry#connectionOpened} once source, destination and service are known (they must not change after that), and
 * to {@link Telemetry#connectionClosed} at its end. One instance for each connection.
 */
public final class ConnectionRecord {
    public Direction direction = Direction.OUTBOUND;

    /** Wall clock of the accept, microseconds since 1970. */
    public long startEpochMicros;

    /** Monotonic nanoseconds of the accept. */
    public long startNanos;

    /** Monotonic nanoseconds of the end; {@link ExchangeRecord#NEVER} while it is open. */
    public long endNanos = ExchangeRecord.NEVER;

    /** Bytes from the client, and to the client, so far. */
    public long bytesReceived;

    public long bytesSent;

    /** Why the mesh did not do as asked; {@code null} where it did. */
    public @Nullable FailureReason failure;

    /** One sentence about the failure. */
    public String failureDetail = "";

    public String routeName = "";
    public String routeOrigin = "";
    public String clusterName = "";
    public @Nullable SocketAddress upstreamHost;
    public @Nullable SocketAddress upstreamLocal;
    public @Nullable SocketAddress downstreamLocal;
    public @Nullable SocketAddress downstreamRemote;
    public @Nullable SocketAddress downstreamDirectRemote;
    public long connectionId;
    public String requestedServerName = "";
    public boolean mutualTls;
    public String tlsVersion = "";
    public String tlsCipher = "";
    public String tlsGroup = "";
    public String downstreamPeerUri = "";
    public String downstreamLocalUri = "";
    public String upstreamPeerUri = "";
    public String upstreamLocalUri = "";
    public PeerDescriptor source = PeerDescriptor.UNKNOWN;
    public PeerDescriptor destination = PeerDescriptor.UNKNOWN;
    public DestinationService service = DestinationService.UNKNOWN;
    public String deniedBy = "";

    /** Bytes already counted, and the series they are counted in: set by {@link Telemetry} alone. */
    long countedReceived;

    long countedSent;

    @Nullable
    EdgeSeries edge;

    /** Neighbours in the loop's list of open connections, whose bytes are counted while they are open. */
    @Nullable
    ConnectionRecord previous;

    @Nullable
    ConnectionRecord next;

    /** Fills a record for the access log, whose operators are the same for exchanges and connections. */
    void copyTo(ExchangeRecord line) {
        line.direction = direction;
        line.startEpochMicros = startEpochMicros;
        line.startNanos = startNanos;
        line.endNanos = endNanos;
        line.bytesReceived = bytesReceived;
        line.bytesSent = bytesSent;
        line.failure = failure;
        line.failureDetail = failureDetail;
        line.routeName = routeName;
        line.routeOrigin = routeOrigin;
        line.clusterName = clusterName;
        line.upstreamHost = upstreamHost;
        line.upstreamLocal = upstreamLocal;
        line.downstreamLocal = downstreamLocal;
        line.downstreamRemote = downstreamRemote;
        line.downstreamDirectRemote = downstreamDirectRemote;
        line.connectionId = connectionId;
        line.requestedServerName = requestedServerName;
        line.mutualTls = mutualTls;
        line.tlsVersion = tlsVersion;
        line.tlsCipher = tlsCipher;
        line.tlsGroup = tlsGroup;
        line.downstreamPeerUri = downstreamPeerUri;
        line.downstreamLocalUri = downstreamLocalUri;
        line.upstreamPeerUri = upstreamPeerUri;
        line.upstreamLocalUri = upstreamLocalUri;
        line.source = source;
        line.destination = destination;
        line.service = service;
        line.deniedBy = deniedBy;
    }
}
