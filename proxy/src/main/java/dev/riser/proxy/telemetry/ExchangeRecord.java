package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What happened in one HTTP exchange: filled by the flow as it goes, read once by {@link Telemetry#record}, then
 * {@linkplain #reset() reset} and used again. Belongs to one event loop. Fields rather than methods, since every request
 * writes most of them. Absent text is empty, an absent time is {@link #NEVER}.
 */
public final class ExchangeRecord {
    /** A moment that did not come. */
    public static final long NEVER = Long.MIN_VALUE;

    /** No gRPC status: the exchange was not gRPC, or ended without one. */
    public static final int NO_GRPC_STATUS = -1;

    public Direction direction = Direction.OUTBOUND;

    /** Wall clock of the request head, microseconds since 1970. */
    public long startEpochMicros;

    /** Monotonic nanoseconds of the request head; all moments below are of the same clock. */
    public long startNanos;

    /** The request's last byte had come in. */
    public long requestEndNanos = NEVER;

    /** The request's first byte was handed to the upstream connection. */
    public long upstreamFirstSentNanos = NEVER;

    /** The request's last byte was handed to the upstream connection. */
    public long upstreamLastSentNanos = NEVER;

    /** The response head came from upstream. */
    public long upstreamFirstByteNanos = NEVER;

    /** The response's last byte came from upstream. */
    public long upstreamLastByteNanos = NEVER;

    /** The response head was handed to the downstream connection. */
    public long firstByteNanos = NEVER;

    /** The exchange was over. */
    public long endNanos = NEVER;

    public CharSequence method = "";
    public CharSequence scheme = "";
    public CharSequence authority = "";

    /** As the client sent it, with query. */
    public CharSequence originalPath = "";

    /** As it was sent upstream; empty where it is the original. */
    public CharSequence path = "";

    /** {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2}, as spoken downstream. */
    public String protocol = "";

    /** As spoken upstream. */
    public String upstreamProtocol = "";

    public CharSequence requestId = "";
    public CharSequence userAgent = "";
    public CharSequence forwardedFor = "";

    /** Whether the request was gRPC by its content type. */
    public boolean grpc;

    /** The status sent downstream, 0 where none was. */
    public int responseCode;

    public int grpcStatus = NO_GRPC_STATUS;

    /** Why the mesh did not do as asked; {@code null} where it did. */
    public @Nullable FailureReason failure;

    /** One sentence about the failure. */
    public String failureDetail = "";

    /** The reason reported by the TLS layer for a failed connection upstream. */
    public String upstreamTransportFailure = "";

    public Answerer answeredBy = Answerer.NOBODY;

    /** Body bytes from the client, and to the client. */
    public long bytesReceived;

    public long bytesSent;

    /** Head bytes, where the codec counted them. */
    public long requestHeaderBytes;

    public long responseHeaderBytes;

    /** Upstream attempts made; 1 means no retry, 0 that no upstream was tried. */
    public int attempts;

    public String routeName = "";

    /** Where the route comes from, as {@code Kind namespace/name http[0] file:line}. */
    public String routeOrigin = "";

    public String virtualCluster = "";
    public String clusterName = "";
    public @Nullable SocketAddress upstreamHost;
    public @Nullable SocketAddress upstreamLocal;
    public @Nullable SocketAddress downstreamLocal;
    public @Nullable SocketAddress downstreamRemote;

    /** The peer of the connection itself, where it differs from {@link #downstreamRemote} (PROXY protocol). */
    public @Nullable SocketAddress downstreamDirectRemote;

    public long connectionId;

    /** SNI that the client asked for. */
    public String requestedServerName = "";

    /** Whether the hop between the proxies was mutual TLS. */
    public boolean mutualTls;

    /** Of the downstream connection: {@code TLSv1.3}, {@code TLS_AES_128_GCM_SHA256}, {@code X25519MLKEM768}. */
    public String tlsVersion = "";

    public String tlsCipher = "";
    public String tlsGroup = "";

    /** Of the connection upstream. */
    public String upstreamTlsVersion = "";

    public String upstreamTlsCipher = "";

    /** URI names (SPIFFE ids) of the certificates: the downstream peer's, ours downstream, the upstream peer's, ours upstream. */
    public String downstreamPeerUri = "";

    public String downstreamLocalUri = "";
    public String upstreamPeerUri = "";
    public String upstreamLocalUri = "";

    public PeerDescriptor source = PeerDescriptor.UNKNOWN;
    public PeerDescriptor destination = PeerDescriptor.UNKNOWN;
    public DestinationService service = DestinationService.UNKNOWN;

    /** The policy rule that denied, empty where none did. */
    public String deniedBy = "";

    /** This hop's span; {@link TraceContext#NONE} where the request is not traced. */
    public TraceContext trace = TraceContext.NONE;

    /** Headers for the access log; must stay readable until {@link Telemetry#record} has returned. */
    public HeaderLookup headers = HeaderLookup.NONE;

    /** Makes it as new; call before it is used for another exchange. */
    public void reset() {
        direction = Direction.OUTBOUND;
        startEpochMicros = 0;
        startNanos = 0;
        requestEndNanos = NEVER;
        upstreamFirstSentNanos = NEVER;
        upstreamLastSentNanos = NEVER;
        upstreamFirstByteNanos = NEVER;
        upstreamLastByteNanos = NEVER;
        firstByteNanos = NEVER;
        endNanos = NEVER;
        method = "";
        scheme = "";
        authority = "";
        originalPath = "";
        path = "";
        protocol = "";
        upstreamProtocol = "";
        requestId = "";
        userAgent = "";
        forwardedFor = "";
        grpc = false;
        responseCode = 0;
        grpcStatus = NO_GRPC_STATUS;
        failure = null;
        failureDetail = "";
        upstreamTransportFailure = "";
        answeredBy = Answerer.NOBODY;
        bytesReceived = 0;
        bytesSent = 0;
        requestHeaderBytes = 0;
        responseHeaderBytes = 0;
        attempts = 0;
        routeName = "";
        routeOrigin = "";
        virtualCluster = "";
        clusterName = "";
        upstreamHost = null;
        upstreamLocal = null;
        downstreamLocal = null;
        downstreamRemote = null;
        downstreamDirectRemote = null;
        connectionId = 0;
        requestedServerName = "";
        mutualTls = false;
        tlsVersion = "";
        tlsCipher = "";
        tlsGroup = "";
        upstreamTlsVersion = "";
        upstreamTlsCipher = "";
        downstreamPeerUri = "";
        downstreamLocalUri = "";
        upstreamPeerUri = "";
        upstreamLocalUri = "";
        source = PeerDescriptor.UNKNOWN;
        destination = PeerDescriptor.UNKNOWN;
        service = DestinationService.UNKNOWN;
        deniedBy = "";
        trace = TraceContext.NONE;
        headers = HeaderLookup.NONE;
    }
}
