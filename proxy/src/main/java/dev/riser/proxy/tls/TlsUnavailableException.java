package dev.riser.proxy.tls;

import org.jspecify.annotations.Nullable;

/** TLS cannot be spoken yet, or not with these settings; the message says what is missing. */
public final class TlsUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    TlsUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
