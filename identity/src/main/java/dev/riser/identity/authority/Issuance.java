package dev.riser.identity.authority;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** What came of a request for a certificate. */
public sealed interface Issuance {
    /**
     * A certificate was made.
     *
     * @param chain leaf, issuer, root last, as {@code IstioCertificateResponse.cert_chain} wants it
     * @param notAfter end of the leaf's life
     */
    record Issued(List<X509Certificate> chain, Instant notAfter) implements Issuance {
        public Issued {
            chain = List.copyOf(chain);
        }

        /** The chain as PEM texts, in order. */
        public List<String> pem() {
            return chain.stream().map(dev.riser.identity.Pem::of).toList();
        }
    }

    /** None was, and why: a sentence for the caller. Asking again unchanged will not help. */
    record Refused(String reason) implements Issuance {}
}
