package dev.riser.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;

/**
 * A request for a certificate (PKCS#10, RFC 2986) with an empty subject and the SPIFFE id as its one subject alternative
 * name. The authority takes only the public key from it; the id is there because other authorities expect one.
 */
public final class CertificateSigningRequest {
    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final int URI_NAME = 6;

    private CertificateSigningRequest() {}

    /** The request as PEM text, signed with the pair's private key. Any thread. */
    public static String pem(KeyPair keys, SpiffeId id) {
        return new Pem(Pem.CERTIFICATE_REQUEST, der(keys, id)).text();
    }

    /** The request as DER bytes. */
    public static byte[] der(KeyPair keys, SpiffeId id) {
        byte[] names = Der.sequence(Der.contextPrimitive(URI_NAME, id.text().getBytes(StandardCharsets.US_ASCII)));
        byte[] extension =
                Der.sequence(Der.objectIdentifier(SUBJECT_ALTERNATIVE_NAME), Der.booleanTrue(), Der.octetString(names));
        byte[] attribute = Der.sequence(Der.objectIdentifier(EXTENSION_REQUEST), Der.set(Der.sequence(extension)));
        byte[] information = Der.sequence(
                Der.smallInteger(0),
                Der.sequence(),
                keys.getPublic().getEncoded(),
                Der.contextConstructed(0, attribute));
        return Der.sequence(
                information,
                Der.sequence(Der.objectIdentifier(ECDSA_WITH_SHA256)),
                Der.bitString(sign(keys, information)));
    }

    private static byte[] sign(KeyPair keys, byte[] information) {
        try {
            Signature signature = Signature.getInstance(P256.SIGNATURE);
            signature.initSign(keys.getPrivate());
            signature.update(information);
            return signature.sign();
        } catch (GeneralSecurityException unusable) {
            throw new IllegalArgumentException("the key cannot sign " + P256.SIGNATURE, unusable);
        }
    }
}
