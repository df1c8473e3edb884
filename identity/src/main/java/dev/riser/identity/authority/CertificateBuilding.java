package dev.riser.identity.authority;

import dev.riser.identity.P256;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.authority.CertificateAuthority.Signer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The four kinds of certificate and what stands in each (RFC 5280, X.509-SVID). */
final class CertificateBuilding {
    /** Clocks of machines differ; a peer must not call a fresh certificate "not yet valid". */
    static final Duration BACKDATED = Duration.ofSeconds(60);

    /** RFC 5280 section 4.1.2.2 allows 20 octets; 16 random ones never meet twice. */
    private static final int SERIAL_BITS = 127;

    private static final int NAME_BYTES = 4;
    private static final X500Principal NOBODY = new X500Principal("");
    private static final SecureRandom RANDOM = new SecureRandom();

    private CertificateBuilding() {}

    /** X.509 times have whole seconds; cutting early keeps a leaf from outliving what it was compared with. */
    static Instant wholeSecond(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    static X509Certificate root(KeyPair keys, TrustDomain trustDomain, Instant now, Instant notAfter) {
        X500Principal name = authorityName(trustDomain, "root", keys.getPublic());
        return build(name, name, keys.getPrivate(), keys.getPublic(), now, notAfter, builder -> {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectAlternativeName, false, uri("spiffe://" + trustDomain.name()));
            JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(keys.getPublic()));
        });
    }

    static X509Certificate issuer(Signer root, PublicKey key, TrustDomain trustDomain, Instant now, Instant notAfter) {
        X500Principal name = authorityName(trustDomain, "issuer", key);
        return build(subject(root), name, root.key(), key, now, notAfter, builder -> {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(Extension.subjectAlternativeName, false, uri("spiffe://" + trustDomain.name()));
            addKeyIdentifiers(builder, root, key);
        });
    }

    static X509Certificate workload(Signer issuer, PublicKey key, SpiffeId id, Instant now, Instant notAfter) {
        return leaf(issuer, key, uri(id.text()), now, notAfter);
    }

    static X509Certificate server(
            Signer issuer,
            PublicKey key,
            List<String> dnsNames,
            List<String> addresses,
            Instant now,
            Instant notAfter) {
        List<GeneralName> names = new ArrayList<>();
        for (String name : dnsNames) {
            names.add(new GeneralName(GeneralName.dNSName, name));
        }
        for (String address : addresses) {
            names.add(new GeneralName(GeneralName.iPAddress, address));
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a server certificate needs a name or an address");
        }
        return leaf(issuer, key, new GeneralNames(names.toArray(GeneralName[]::new)), now, notAfter);
    }

    /** Whether a certificate is a root that {@link #root} made for this trust domain. */
    static boolean isRootOf(X509Certificate certificate, TrustDomain trustDomain) {
        try {
            String wanted = "spiffe://" + trustDomain.name();
            var names = certificate.getSubjectAlternativeNames();
            return names != null
                    && certificate.getBasicConstraints() >= 0
                    && names.stream().anyMatch(name -> wanted.equals(name.get(1)));
        } catch (CertificateParsingException unreadable) {
            return false;
        }
    }

    /** Whether a key belongs to a certificate: it signs what the certificate verifies. */
    static boolean fits(Signer signer) {
        try {
            byte[] probe = "riser".getBytes(StandardCharsets.US_ASCII);
            Signature signing = Signature.getInstance(P256.SIGNATURE);
            signing.initSign(signer.key());
            signing.update(probe);
            byte[] signature = signing.sign();
            Signature verifying = Signature.getInstance(P256.SIGNATURE);
            verifying.initVerify(signer.certificate().getPublicKey());
            verifying.update(probe);
            return verifying.verify(signature);
        } catch (GeneralSecurityException foreign) {
            return false;
        }
    }

    private static X509Certificate leaf(
            Signer issuer, PublicKey key, GeneralNames names, Instant now, Instant notAfter) {
        return build(subject(issuer), NOBODY, issuer.key(), key, now, notAfter, builder -> {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            // Critical because the subject is empty (RFC 5280 section 4.2.1.6).
            builder.addExtension(Extension.subjectAlternativeName, true, names);
            addKeyIdentifiers(builder, issuer, key);
        });
    }

    /** Adds what a kind of certificate carries. */
    @FunctionalInterface
    private interface Contents {
        void addTo(X509v3CertificateBuilder builder) throws CertIOException, GeneralSecurityException;
    }

    private static X509Certificate build(
            X500Principal issuer,
            X500Principal subject,
            PrivateKey signingKey,
            PublicKey key,
            Instant now,
            Instant notAfter,
            Contents contents) {
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1),
                    Date.from(wholeSecond(now.minus(BACKDATED))),
                    Date.from(wholeSecond(notAfter)),
                    subject,
                    key);
            contents.addTo(builder);
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(P256.SIGNATURE).build(signingKey)));
        } catch (CertIOException | GeneralSecurityException | OperatorCreationException impossible) {
            throw new IllegalStateException("a certificate cannot be made", impossible);
        }
    }

    private static void addKeyIdentifiers(X509v3CertificateBuilder builder, Signer signer, PublicKey key)
            throws CertIOException, GeneralSecurityException {
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(key));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                identifiers.createAuthorityKeyIdentifier(signer.certificate().getPublicKey()));
    }

    /** Names the key too: two roots of one trust domain must not be taken for each other while a chain is built. */
    private static X500Principal authorityName(TrustDomain trustDomain, String role, PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            String print = HexFormat.of().formatHex(digest, 0, NAME_BYTES);
            return new X500Principal("O=%s, CN=Riser %s %s".formatted(trustDomain.name(), role, print));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java runtime has no SHA-256", absent);
        }
    }

    private static X500Principal subject(Signer signer) {
        return signer.certificate().getSubjectX500Principal();
    }

    private static GeneralNames uri(String uri) {
        return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
    }
}
