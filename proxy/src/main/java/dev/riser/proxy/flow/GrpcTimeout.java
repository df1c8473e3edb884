package dev.riser.proxy.flow;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Reads {@code grpc-timeout} (gRPC over HTTP/2): at most eight digits and a unit. Pure. */
final class GrpcTimeout {
    static final AsciiString NAME = AsciiString.cached("grpc-timeout");

    private GrpcTimeout() {}

    /** Nanoseconds, 0 where there is none or it is malformed. */
    static long nanos(@Nullable AsciiString text) {
        if (text == null || text.length() < 2 || text.length() > 9) {
            return 0;
        }
        long value = 0;
        for (int i = 0; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return 0;
            }
            value = value * 10 + c - '0';
        }
        return switch (text.charAt(text.length() - 1)) {
            case 'H' -> value * 3_600_000_000_000L;
            case 'M' -> value * 60_000_000_000L;
            case 'S' -> value * 1_000_000_000L;
            case 'm' -> value * 1_000_000L;
            case 'u' -> value * 1_000L;
            case 'n' -> value;
            default -> 0;
        };
    }
}
