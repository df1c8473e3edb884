package dev.riser.identity;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The root certificates of a trust domain.
 *
 * @param trustDomain whose roots they are; a leaf of any other trust domain is refused, whoever signed it
 * @param roots at least one
 */
public record TrustBundle(TrustDomain trustDomain, List<X509Certificate> roots) {
    private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_PURPOSE = "2.5.29.37.0";

    /** Longest chain that is looked at; ours has two certificates without the root. */
    private static final int MAX_CHAIN = 8;

    /** @throws IllegalArgumentException where there is no root */
    public TrustBundle {
        roots = List.copyOf(roots);
        if (roots.isEmpty()) {
            throw new IllegalArgumentException("a trust bundle without a root");
        }
    }

    /** Which side of a connection the holder of a certificate is on. */
    public enum Role {
        SERVER,
        CLIENT
    }

    /** What {@link #verify} found. */
    public sealed interface Verdict {
        /** The chain leads to a root of ours and the leaf is this workload's. */
        record Trusted(SpiffeId id) implements Verdict {}

        /** It does not, and why: a sentence fit for a log. */
        record Refused(String reason) implements Verdict {}
    }

    /**
     * Reads a bundle from PEM text.
     *
     * @throws IllegalArgumentException where it has no certificate or one that cannot be read
     */
    public static TrustBundle fromPem(TrustDomain trustDomain, String pem) {
        return new TrustBundle(trustDomain, Pem.certificates(pem));
    }

    /** The roots as PEM text. */
    public String pem() {
        return Pem.ofCertificates(roots);
    }

    /**
     * Whether a peer is who its leaf says: signatures, validity at {@code now}, purposes, constraints, SPIFFE id and trust
     * domain. Revocation is not looked at: certificates live for hours.
     *
     * @param chain as the peer sent it, leaf first; a root at its end is ignored
     * @param role the side the peer is on
     */
    public Verdict verify(List<X509Certificate> chain, Role role, Instant now) {
        if (chain.isEmpty()) {
            return new Verdict.Refused("no certificate");
        }
        if (chain.size() > MAX_CHAIN) {
            return new Verdict.Refused("a chain of more than " + MAX_CHAIN + " certificates");
        }
        X509Certificate leaf = chain.getFirst();
        SpiffeId id;
        switch (PeerCertificate.identityOf(leaf)) {
            case PeerCertificate.Identity.Unusable unusable -> {
                return new Verdict.Refused(unusable.reason());
            }
            case PeerCertificate.Identity.Known known -> id = known.id();
        }
        if (!id.trustDomain().equals(trustDomain)) {
            return new Verdict.Refused(
                    "%s is of the trust domain %s, not %s".formatted(id, id.trustDomain(), trustDomain));
        }
        try {
            List<String> purposes = leaf.getExtendedKeyUsage();
            String wanted = role == Role.SERVER ? SERVER_AUTHENTICATION : CLIENT_AUTHENTICATION;
            if (purposes != null && !purposes.contains(wanted) && !purposes.contains(ANY_PURPOSE)) {
                return new Verdict.Refused("the certificate of %s is not meant for a %s"
                        .formatted(id, role == Role.SERVER ? "server" : "client"));
            }
            validate(chain, now);
            return new Verdict.Trusted(id);
        } catch (CertPathValidatorException invalid) {
            return new Verdict.Refused("%s: %s".formatted(id, explain(invalid, chain, now)));
        } catch (GeneralSecurityException unusable) {
            return new Verdict.Refused("%s: %s".formatted(id, unusable.getMessage()));
        }
    }

    private void validate(List<X509Certificate> chain, Instant now) throws GeneralSecurityException {
        List<X509Certificate> path = new ArrayList<>(chain);
        while (path.size() > 1 && roots.contains(path.getLast())) {
            path.removeLast();
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate root : roots) {
            // A trust anchor's own dates are not part of path validation (RFC 5280 section 6.1), but an authority
            // that outlived its certificate should not be able to issue on.
            if (!now.isAfter(root.getNotAfter().toInstant())) {
                anchors.add(new TrustAnchor(root, null));
            }
        }
        if (anchors.isEmpty()) {
            throw new GeneralSecurityException("every root of the trust domain has expired");
        }
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(now));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    }

    private static String explain(CertPathValidatorException invalid, List<X509Certificate> chain, Instant now) {
        CertPathValidatorException.Reason reason = invalid.getReason();
        int index = Math.clamp(invalid.getIndex(), 0, chain.size() - 1);
        X509Certificate at = chain.get(index);
        String which = index == 0 ? "the certificate" : "the issuing certificate";
        if (reason == CertPathValidatorException.BasicReason.EXPIRED) {
            return "%s expired at %s, it is %s"
                    .formatted(which, at.getNotAfter().toInstant(), now);
        }
        if (reason == CertPathValidatorException.BasicReason.NOT_YET_VALID) {
            return "%s is valid from %s, it is %s"
                    .formatted(which, at.getNotBefore().toInstant(), now);
        }
        if (reason == java.security.cert.PKIXReason.NO_TRUST_ANCHOR) {
            return "no root of ours has signed it";
        }
        if (reason == CertPathValidatorException.BasicReason.INVALID_SIGNATURE) {
            return which + " carries a signature that does not fit";
        }
        return String.valueOf(invalid.getMessage());
    }
}
