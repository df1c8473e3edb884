package dev.riser.proxy.flow;

import dev.riser.proxy.route.FormatVariable;
import dev.riser.proxy.telemetry.ExchangeRecord;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Facts of an exchange under the names of Envoy's format commands. Pure. */
final class ExchangeFacts {
    private ExchangeFacts() {}

    /** The value, null where it is not known. */
    static @Nullable CharSequence value(FormatVariable variable, ExchangeRecord record) {
        return switch (variable) {
            case PROTOCOL -> record.protocol;
            case UPSTREAM_PROTOCOL -> known(record.upstreamProtocol);
            case START_TIME ->
                Instant.ofEpochSecond(record.startEpochMicros / 1_000_000, record.startEpochMicros % 1_000_000 * 1000)
                        .toString();
            case RESPONSE_CODE -> record.responseCode == 0 ? null : Integer.toString(record.responseCode);
            case RESPONSE_CODE_DETAILS -> known(record.failureDetail);
            case RESPONSE_FLAGS -> record.failure == null ? null : record.failure.responseFlag();
            case ROUTE_NAME -> known(record.routeName);
            case VIRTUAL_CLUSTER_NAME -> known(record.virtualCluster);
            case REQUESTED_SERVER_NAME -> known(record.requestedServerName);
            case CONNECTION_ID -> Long.toString(record.connectionId);
            case STREAM_ID -> known(record.requestId);
            case DOWNSTREAM_REMOTE_ADDRESS, DOWNSTREAM_DIRECT_REMOTE_ADDRESS -> text(record.downstreamRemote);
            case DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT, DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT ->
                host(record.downstreamRemote);
            case DOWNSTREAM_REMOTE_PORT, DOWNSTREAM_DIRECT_REMOTE_PORT -> port(record.downstreamRemote);
            case DOWNSTREAM_LOCAL_ADDRESS -> text(record.downstreamLocal);
            case DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT -> host(record.downstreamLocal);
            case DOWNSTREAM_LOCAL_PORT -> port(record.downstreamLocal);
            case DOWNSTREAM_PEER_URI_SAN -> known(record.downstreamPeerUri);
            case DOWNSTREAM_LOCAL_URI_SAN -> known(record.downstreamLocalUri);
            case DOWNSTREAM_TLS_VERSION -> known(record.tlsVersion);
            case DOWNSTREAM_TLS_CIPHER -> known(record.tlsCipher);
            case UPSTREAM_CLUSTER -> known(record.clusterName);
            case UPSTREAM_HOST, UPSTREAM_REMOTE_ADDRESS -> text(record.upstreamHost);
            case UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT -> host(record.upstreamHost);
            case UPSTREAM_REMOTE_PORT -> port(record.upstreamHost);
            case UPSTREAM_LOCAL_ADDRESS -> text(record.upstreamLocal);
            case UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT -> host(record.upstreamLocal);
            case UPSTREAM_LOCAL_PORT -> port(record.upstreamLocal);
            case UPSTREAM_PEER_URI_SAN -> known(record.upstreamPeerUri);
            case UPSTREAM_REQUEST_ATTEMPT_COUNT -> Integer.toString(record.attempts);
            case UPSTREAM_TRANSPORT_FAILURE_REASON -> known(record.upstreamTransportFailure);
            case BYTES_RECEIVED -> Long.toString(record.bytesReceived);
            case BYTES_SENT -> Long.toString(record.bytesSent);
            case HOSTNAME,
                    REQUEST_DURATION,
                    RESPONSE_DURATION,
                    DURATION,
                    DOWNSTREAM_PEER_DNS_SAN,
                    DOWNSTREAM_PEER_SUBJECT,
                    DOWNSTREAM_PEER_ISSUER,
                    DOWNSTREAM_PEER_SERIAL,
                    DOWNSTREAM_PEER_FINGERPRINT_256,
                    DOWNSTREAM_PEER_CERT_V_START,
                    DOWNSTREAM_PEER_CERT_V_END,
                    DOWNSTREAM_LOCAL_SUBJECT,
                    DOWNSTREAM_TLS_SESSION_ID -> null;
        };
    }

    private static @Nullable CharSequence known(CharSequence text) {
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String text(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
            return null;
        }
        return io.netty.util.NetUtil.toSocketAddressString(inet);
    }

    private static @Nullable String host(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? io.netty.util.NetUtil.toAddressString(inet.getAddress())
                : null;
    }

    private static @Nullable String port(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet ? Integer.toString(inet.getPort()) : null;
    }
}
