package dev.riser.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/** Reads the SPIFFE id out of a leaf certificate by the rules of the X.509-SVID standard. */
public final class PeerCertificate {
    private static final int URI_NAME = 6;
    private static final int KEY_CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;

    private PeerCertificate() {}

    /** What a leaf says about who holds it; whether to believe it is {@link TrustBundle#verify}'s business. */
    public sealed interface Identity {
        /** The leaf names exactly one SPIFFE id. */
        record Known(SpiffeId id) implements Identity {}

        /** The leaf is not an X.509-SVID. */
        record Unusable(String reason) implements Identity {}
    }

    /** The identity a leaf claims: exactly one URI name, a SPIFFE id; not an authority; not a key that signs certificates. */
    public static Identity identityOf(X509Certificate leaf) {
        if (leaf.getBasicConstraints() >= 0) {
            return new Identity.Unusable("the certificate is an authority's, not a workload's");
        }
        boolean[] usage = leaf.getKeyUsage();
        if (usage != null && (usage[KEY_CERT_SIGN] || usage[CRL_SIGN])) {
            return new Identity.Unusable("the certificate's key may sign certificates");
        }
        String uri = null;
        try {
            Collection<List<?>> names = leaf.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (name.get(0) instanceof Integer kind && kind == URI_NAME) {
                        if (uri != null) {
                            return new Identity.Unusable("the certificate has more than one URI name");
                        }
                        uri = String.valueOf(name.get(1));
                    }
                }
            }
        } catch (CertificateParsingException unreadable) {
            return new Identity.Unusable("the certificate's alternative names cannot be read");
        }
        if (uri == null) {
            return new Identity.Unusable("the certificate has no URI name, so no SPIFFE id");
        }
        try {
            return new Identity.Known(SpiffeId.parse(uri));
        } catch (IllegalArgumentException notAnId) {
            return new Identity.Unusable("the certificate's URI name is not a SPIFFE id: " + notAnId.getMessage());
        }
    }
}
