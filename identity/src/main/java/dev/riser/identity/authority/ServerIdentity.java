package dev.riser.identity.authority;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What the control plane's own server shows its clients.
 *
 * @param privateKey in memory only
 * @param chain leaf, then issuer, without the root
 * @param notAfter end of the leaf's life; ask for a new one before
 */
public record ServerIdentity(PrivateKey privateKey, List<X509Certificate> chain, Instant notAfter) {
    public ServerIdentity {
        chain = List.copyOf(chain);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "ServerIdentity[until %s]".formatted(notAfter);
    }
}
