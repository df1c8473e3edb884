package dev.riser.identity.authority;

import dev.riser.identity.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** Reads certificate requests that strangers send. */
final class CertificateRequests {
    private static final int MAX_LENGTH = 16 * 1024;
    private static final int SHORTEST_CURVE = 256;
    private static final int SHORTEST_RSA = 2048;
    private static final int LONGEST_RSA = 4096;

    private CertificateRequests() {}

    /**
     * The public key of a request whose signature shows that its sender holds the private one.
     *
     * @throws IllegalArgumentException where it is no request, the signature does not fit, or the key is too weak
     */
    static PublicKey verifiedKey(String pem) {
        if (pem.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("longer than " + MAX_LENGTH + " characters");
        }
        List<Pem> blocks = Pem.read(pem);
        if (blocks.size() != 1 || !blocks.getFirst().label().endsWith(Pem.CERTIFICATE_REQUEST)) {
            throw new IllegalArgumentException("one PEM block CERTIFICATE REQUEST is expected");
        }
        try {
            JcaPKCS10CertificationRequest request =
                    new JcaPKCS10CertificationRequest(blocks.getFirst().der());
            PublicKey key = request.getPublicKey();
            checkStrength(key);
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IllegalArgumentException("the signature does not fit the key");
            }
            return key;
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException unreadable) {
            throw new IllegalArgumentException("it cannot be read", unreadable);
        }
    }

    private static void checkStrength(PublicKey key) {
        boolean strong = switch (key) {
            case ECPublicKey curve -> curve.getParams().getCurve().getField().getFieldSize() >= SHORTEST_CURVE;
            case RSAPublicKey rsa ->
                rsa.getModulus().bitLength() >= SHORTEST_RSA && rsa.getModulus().bitLength() <= LONGEST_RSA;
            default -> false;
        };
        if (!strong) {
            throw new IllegalArgumentException(
                    "the key is a %s key; allowed: EC of 256 bits or more, RSA of 2048 to 4096"
                            .formatted(key.getAlgorithm()));
        }
    }
}
