package dev.riser.identity.authority;

import dev.riser.identity.P256;
import dev.riser.identity.Pem;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.JoseException;

/**
 * Bearer tokens that entitle one workload to one identity: JWTs signed with ES256 by a key of the state directory.
 * Thread-safe.
 */
public final class WorkloadTokens {
    /** Audience of every token, so that none can be used elsewhere. */
    public static final String AUDIENCE = "riser-ca";

    /** Long enough to start a slow program, too short to be worth stealing. */
    public static final Duration DEFAULT_LIFETIME = Duration.ofHours(1);

    /** Claim that names the instance. */
    private static final String INSTANCE = "instance";

    private static final String TYPE = "JWT";
    private static final Duration SKEW = Duration.ofSeconds(30);
    private static final int MAX_LENGTH = 8192;
    private static final int KEY_ID_BYTES = 8;
    private static final int TOKEN_ID_BYTES = 16;

    private final TrustDomain trustDomain;
    private final PrivateKey privateKey;
    private final PublicKey publicKey;
    private final String keyId;
    private final InstantSource clock;
    private final java.security.SecureRandom random = new java.security.SecureRandom();

    WorkloadTokens(TrustDomain trustDomain, KeyPair keys, InstantSource clock) {
        this.trustDomain = trustDomain;
        this.privateKey = keys.getPrivate();
        this.publicKey = keys.getPublic();
        this.keyId = keyId(keys.getPublic());
        this.clock = clock;
    }

    /**
     * Opens the signing key of a state directory, or makes it on first start.
     *
     * @param directory the state directory; the key is {@code ca/tokens.pem} in it
     * @throws IOException where it cannot be read or written, or others can read it
     */
    public static WorkloadTokens open(Path directory, TrustDomain trustDomain, InstantSource clock) throws IOException {
        return open(new KeyStorage(directory.resolve("ca"), WriteObserver.NONE), trustDomain, clock);
    }

    static WorkloadTokens open(KeyStorage storage, TrustDomain trustDomain, InstantSource clock) throws IOException {
        String name = "tokens.pem";
        String stored = storage.read(name);
        if (stored == null) {
            KeyPair keys = P256.generate();
            storage.write(name, Pem.of(keys.getPrivate()) + Pem.of(keys.getPublic()));
            return new WorkloadTokens(trustDomain, keys, clock);
        }
        try {
            return new WorkloadTokens(trustDomain, new KeyPair(Pem.publicKey(stored), Pem.privateKey(stored)), clock);
        } catch (IllegalArgumentException unreadable) {
            throw new IOException(
                    "%s: %s; delete the file to start with a new key, which ends the tokens in circulation"
                            .formatted(storage.path(name), unreadable.getMessage()),
                    unreadable);
        }
    }

    /** A token for one identity and instance. */
    public String mint(SpiffeId id, String instance, Duration lifetime) {
        if (!id.trustDomain().equals(trustDomain)) {
            throw new IllegalArgumentException("%s is not of the trust domain %s".formatted(id, trustDomain));
        }
        Instant now = clock.instant();
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(issuer());
        claims.setAudience(AUDIENCE);
        claims.setSubject(id.text());
        claims.setStringClaim(INSTANCE, instance);
        claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
        claims.setNotBefore(NumericDate.fromSeconds(now.getEpochSecond()));
        claims.setExpirationTime(NumericDate.fromSeconds(now.plus(lifetime).getEpochSecond()));
        byte[] tokenId = new byte[TOKEN_ID_BYTES];
        random.nextBytes(tokenId);
        claims.setJwtId(HexFormat.of().formatHex(tokenId));
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256);
        signature.setKeyIdHeaderValue(keyId);
        signature.setHeader("typ", TYPE);
        signature.setKey(privateKey);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException unusable) {
            throw new IllegalStateException("the token key cannot sign", unusable);
        }
    }

    /** A token for one identity and instance with {@link #DEFAULT_LIFETIME}. */
    public String mint(SpiffeId id, String instance) {
        return mint(id, instance, DEFAULT_LIFETIME);
    }

    /** What a token is worth now. The text may come from anyone. */
    public TokenVerdict verify(String token) {
        if (token.length() > MAX_LENGTH) {
            return new TokenVerdict.Refused("the token is longer than " + MAX_LENGTH + " characters");
        }
        try {
            return claims(token);
        } catch (JoseException | InvalidJwtException malformed) {
            return new TokenVerdict.Refused("the token is not a JWT signed with ES256");
        } catch (MalformedClaimException malformed) {
            return new TokenVerdict.Refused("the token has a claim of the wrong type");
        } catch (IllegalArgumentException notAnId) {
            return new TokenVerdict.Refused("the token's subject is not a SPIFFE id: " + notAnId.getMessage());
        }
    }

    /**
     * A fresh token for the bearer of one that is still valid, for the same identity and instance.
     *
     * @return the verdict on the new token's claims with the token's text, or why there is none
     */
    public Renewal renew(String token, Duration lifetime) {
        return switch (verify(token)) {
            case TokenVerdict.Valid valid -> new Renewal.Renewed(mint(valid.id(), valid.instance(), lifetime));
            case TokenVerdict.Expired expired -> new Renewal.Refused(expired.reason());
            case TokenVerdict.Refused refused -> new Renewal.Refused(refused.reason());
        };
    }

    /** What came of {@link #renew}. */
    public sealed interface Renewal {
        /** The new token. */
        record Renewed(String token) implements Renewal {}

        /** There is none, and why. */
        record Refused(String reason) implements Renewal {}
    }

    private TokenVerdict claims(String token) throws JoseException, InvalidJwtException, MalformedClaimException {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmConstraints(new AlgorithmConstraints(
                AlgorithmConstraints.ConstraintType.PERMIT, AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256));
        signature.setCompactSerialization(token);
        signature.setKey(publicKey);
        if (!signature.verifySignature()) {
            return new TokenVerdict.Refused("the token was not signed by this control plane");
        }
        JwtClaims claims = JwtClaims.parse(signature.getPayload());
        if (!issuer().equals(claims.getIssuer())) {
            return new TokenVerdict.Refused("the token was not issued by " + issuer());
        }
        if (!claims.hasAudience() || !claims.getAudience().contains(AUDIENCE)) {
            return new TokenVerdict.Refused("the token is not meant for " + AUDIENCE);
        }
        String subject = claims.getSubject();
        String instance = claims.getStringClaimValue(INSTANCE);
        NumericDate expires = claims.getExpirationTime();
        NumericDate notBefore = claims.getNotBefore();
        if (subject == null || instance == null || expires == null || notBefore == null) {
            return new TokenVerdict.Refused("the token lacks one of sub, instance, exp, nbf");
        }
        SpiffeId id = SpiffeId.parse(subject);
        if (!id.trustDomain().equals(trustDomain)) {
            return new TokenVerdict.Refused("%s is not of the trust domain %s".formatted(id, trustDomain));
        }
        Instant now = clock.instant();
        Instant start = Instant.ofEpochSecond(notBefore.getValue());
        Instant end = Instant.ofEpochSecond(expires.getValue());
        if (now.plus(SKEW).isBefore(start)) {
            return new TokenVerdict.Refused("the token is valid from %s, it is %s".formatted(start, now));
        }
        return now.minus(SKEW).isBefore(end)
                ? new TokenVerdict.Valid(id, instance, end)
                : new TokenVerdict.Expired(id, instance, end);
    }

    private String issuer() {
        return "riser." + trustDomain.name();
    }

    private static String keyId(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(((ECPublicKey) key).getEncoded());
            return HexFormat.of().formatHex(digest, 0, KEY_ID_BYTES);
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java runtime has no SHA-256", absent);
        }
    }
}
