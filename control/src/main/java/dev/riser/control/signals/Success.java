package dev.riser.control.signals;

/**
 * What counts as success. An HTTP exchange succeeds when an answer was made and it is not 5xx. A gRPC exchange succeeds
 * unless its status says that the server, and not the caller, is at fault: unknown (2), deadline exceeded (4),
 * unimplemented (12), internal (13), unavailable (14) and data loss (15) fail; so do HTTP answers without a status that
 * are 5xx. This is the division that the gRPC specification's own status descriptions make, and Linkerd's.
 */
final class Success {
    private static final int NOT_GRPC = -1;

    static boolean of(int responseCode, int grpcStatus) {
        if (responseCode == 0 || responseCode >= 500) {
            return false;
        }
        return switch (grpcStatus) {
            case NOT_GRPC -> true;
            case 2, 4, 12, 13, 14, 15 -> false;
            default -> true;
        };
    }

    private Success() {}
}
