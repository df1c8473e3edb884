package dev.riser.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/** Key pairs on the curve P-256, the mesh's only kind of key: 128-bit strength and small certificates. */
public final class P256 {
    /** JCA name of the signature that goes with these keys. */
    public static final String SIGNATURE = "SHA256withECDSA";

    private P256() {}

    /** A new key pair from the JDK's provider and secure random. Any thread; tens of microseconds. */
    public static KeyPair generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java runtime has no P-256", absent);
        }
    }
}
