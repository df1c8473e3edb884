package dev.riser.proxy.tls;

import java.security.cert.CertificateException;

/** A peer's certificate was refused; the message says who it claimed to be and why it is not believed. */
public final class PeerRefusedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final String claimed;

    /** @param claimed identity the certificate claims, {@code "none"} where it has none */
    PeerRefusedException(String claimed, String reason) {
        super(reason);
        this.claimed = claimed;
    }

    public String claimed() {
        return claimed;
    }
}
