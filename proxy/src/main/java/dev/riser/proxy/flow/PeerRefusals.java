package dev.riser.proxy.flow;

import dev.riser.proxy.tls.PeerRefusedException;
import org.jspecify.annotations.Nullable;

/** Finds in a failed handshake's causes what a person needs to know. Pure. */
final class PeerRefusals {
    private static final int DEPTH = 12;

    private PeerRefusals() {}

    static @Nullable PeerRefusedException find(@Nullable Throwable cause) {
        Throwable at = cause;
        for (int i = 0; at != null && i < DEPTH; i++) {
            if (at instanceof PeerRefusedException refusal) {
                return refusal;
            }
            at = at.getCause();
        }
        return null;
    }

    /** The innermost message, without line ends. */
    static String explain(@Nullable Throwable cause) {
        Throwable at = cause;
        String message = "";
        for (int i = 0; at != null && i < DEPTH; i++) {
            if (at.getMessage() != null) {
                message = at.getMessage();
            }
            at = at.getCause();
        }
        return message.isEmpty() ? "the handshake was broken off" : message.replaceAll("\\p{Cntrl}+", " ");
    }
}
