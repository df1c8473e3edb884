package dev.riser.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * Everything a workload proves itself with, and checks others against; immutable, replaced as a whole on renewal.
 *
 * @param privateKey made in this process; never written anywhere
 * @param chain leaf first, then intermediates, without the root
 * @param trustBundle the roots that peers must lead to
 * @param spiffeId the identity in the leaf
 * @param notAfter end of the leaf's life
 * @param obtainedAt when it arrived here; renewal counts from then, because the leaf is backdated
 */
public record WorkloadCredentials(
        PrivateKey privateKey,
        List<X509Certificate> chain,
        TrustBundle trustBundle,
        SpiffeId spiffeId,
        Instant notAfter,
        Instant obtainedAt) {
    public WorkloadCredentials {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("credentials without a certificate");
        }
    }

    /** The workload's own certificate. */
    public X509Certificate leaf() {
        return chain.getFirst();
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "WorkloadCredentials[%s, serial %s, until %s]"
                .formatted(spiffeId, leaf().getSerialNumber().toString(16), notAfter);
    }
}
