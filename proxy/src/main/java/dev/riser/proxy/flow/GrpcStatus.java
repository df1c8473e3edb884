package dev.riser.proxy.flow;

import dev.riser.proxy.telemetry.ExchangeRecord;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** gRPC status codes as the proxy reads and writes them. Pure. */
final class GrpcStatus {
    private GrpcStatus() {}

    /** Status for an HTTP status (gRPC, http-grpc-status-mapping). */
    static int ofHttp(int status) {
        return switch (status) {
            case 400 -> 13;
            case 401 -> 16;
            case 403 -> 7;
            case 404 -> 12;
            case 429, 502, 503, 504 -> 14;
            default -> 2;
        };
    }

    static int parse(@Nullable AsciiString text) {
        if (text == null || text.isEmpty() || text.length() > 2) {
            return ExchangeRecord.NO_GRPC_STATUS;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return ExchangeRecord.NO_GRPC_STATUS;
            }
            value = value * 10 + c - '0';
        }
        return value;
    }

    /** Percent-encoding of {@code grpc-message} (gRPC over HTTP/2, Status-Message). */
    static String escape(String message) {
        StringBuilder escaped = new StringBuilder(message.length());
        for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b <= 0x7e && b != '%') {
                escaped.append((char) b);
            } else {
                escaped.append('%').append(String.format("%02X", b & 0xff));
            }
        }
        return escaped.toString();
    }
}
