package dev.riser.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * PEM text (RFC 7468): blocks of base64 between a BEGIN and an END line.
 *
 * @param label what the block holds, as {@code CERTIFICATE}
 * @param der the bytes
 */
@SuppressWarnings("ArrayRecordComponent") // A block is read once and never compared.
public record Pem(String label, byte[] der) {
    public static final String CERTIFICATE = "CERTIFICATE";
    public static final String CERTIFICATE_REQUEST = "CERTIFICATE REQUEST";
    public static final String PRIVATE_KEY = "PRIVATE KEY";
    public static final String PUBLIC_KEY = "PUBLIC KEY";

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final int LINE_LENGTH = 64;

    /** The block as text, ending with a line feed. */
    public String text() {
        String body = Base64.getMimeEncoder(LINE_LENGTH, new byte[] {'\n'}).encodeToString(der);
        return BEGIN + label + DASHES + "\n" + body + "\n" + END + label + DASHES + "\n";
    }

    /**
     * Every block of a text in order; what stands between blocks is skipped.
     *
     * @throws IllegalArgumentException where a block does not end or is not base64
     */
    public static List<Pem> read(String text) {
        List<Pem> blocks = new ArrayList<>();
        int position = 0;
        while (true) {
            int begin = text.indexOf(BEGIN, position);
            if (begin < 0) {
                return List.copyOf(blocks);
            }
            int labelEnd = text.indexOf(DASHES, begin + BEGIN.length());
            if (labelEnd < 0) {
                throw new IllegalArgumentException("a PEM block whose BEGIN line does not end");
            }
            String label = text.substring(begin + BEGIN.length(), labelEnd);
            int bodyStart = labelEnd + DASHES.length();
            String endLine = END + label + DASHES;
            int end = text.indexOf(endLine, bodyStart);
            if (end < 0) {
                throw new IllegalArgumentException("a PEM block " + label + " that does not end");
            }
            blocks.add(new Pem(label, decode(text.substring(bodyStart, end), label)));
            position = end + endLine.length();
        }
    }

    /**
     * The certificates of a text in order, other blocks skipped.
     *
     * @throws IllegalArgumentException where one cannot be read
     */
    public static List<X509Certificate> certificates(String text) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem block : read(text)) {
            if (block.label().equals(CERTIFICATE)) {
                certificates.add(certificate(block.der()));
            }
        }
        return List.copyOf(certificates);
    }

    /**
     * One certificate from its DER bytes.
     *
     * @throws IllegalArgumentException where it cannot be read
     */
    public static X509Certificate certificate(byte[] der) {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException unreadable) {
            throw new IllegalArgumentException(
                    "a certificate that cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    /**
     * The first private key of a text: PKCS#8, EC or RSA.
     *
     * @throws IllegalArgumentException where there is none or it cannot be read
     */
    public static PrivateKey privateKey(String text) {
        for (Pem block : read(text)) {
            if (block.label().equals(PRIVATE_KEY)) {
                try {
                    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(block.der()));
                } catch (GeneralSecurityException notElliptic) {
                    return rsaKey(block.der(), notElliptic);
                }
            }
        }
        throw new IllegalArgumentException("there is no PRIVATE KEY block (PKCS#8)");
    }

    /**
     * The first public key of a text, an EC key in X.509 form.
     *
     * @throws IllegalArgumentException where there is none or it cannot be read
     */
    public static PublicKey publicKey(String text) {
        for (Pem block : read(text)) {
            if (block.label().equals(PUBLIC_KEY)) {
                try {
                    return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(block.der()));
                } catch (GeneralSecurityException unreadable) {
                    throw new IllegalArgumentException("a public key that cannot be read", unreadable);
                }
            }
        }
        throw new IllegalArgumentException("there is no PUBLIC KEY block");
    }

    /** Certificates as text, in order. */
    public static String ofCertificates(List<X509Certificate> certificates) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            text.append(of(certificate));
        }
        return text.toString();
    }

    /** A certificate as text. */
    public static String of(X509Certificate certificate) {
        try {
            return new Pem(CERTIFICATE, certificate.getEncoded()).text();
        } catch (CertificateEncodingException impossible) {
            throw new IllegalStateException("a parsed certificate that cannot be written", impossible);
        }
    }

    /** A private key as PKCS#8 text. */
    public static String of(PrivateKey key) {
        return new Pem(PRIVATE_KEY, key.getEncoded()).text();
    }

    /** A public key as X.509 text. */
    public static String of(PublicKey key) {
        return new Pem(PUBLIC_KEY, key.getEncoded()).text();
    }

    private static PrivateKey rsaKey(byte[] der, GeneralSecurityException notElliptic) {
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException unreadable) {
            unreadable.addSuppressed(notElliptic);
            throw new IllegalArgumentException("a private key that is neither EC nor RSA", unreadable);
        }
    }

    private static byte[] decode(String body, String label) {
        byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
        int length = 0;
        for (byte letter : bytes) {
            if (letter != '\n' && letter != '\r' && letter != ' ' && letter != '\t') {
                bytes[length++] = letter;
            }
        }
        try {
            return Base64.getDecoder().decode(java.util.Arrays.copyOf(bytes, length));
        } catch (IllegalArgumentException notBase64) {
            throw new IllegalArgumentException("a PEM block " + label + " that is not base64", notBase64);
        }
    }
}
