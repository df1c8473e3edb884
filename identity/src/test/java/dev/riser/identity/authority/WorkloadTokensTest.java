package dev.riser.identity.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTokensTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final TrustDomain DOMAIN = new TrustDomain("cluster.local");
    private static final SpiffeId PRODUCT = DOMAIN.serviceAccount("prod", "product");
    private static final SpiffeId CART = DOMAIN.serviceAccount("prod", "cart");
    private static final X509Certificate[] NO_CERTIFICATE = {};

    @TempDir
    Path state;

    private Instant now = NOW;
    private final InstantSource clock = () -> now;

    @Test
    void tokenIsGoodForItsIdentityUntilItExpiresAndThirtySecondsMore() throws Exception {
        WorkloadTokens tokens = WorkloadTokens.open(state, DOMAIN, clock);
        String token = tokens.mint(PRODUCT, "product-1");
        TokenVerdict valid = new TokenVerdict.Valid(PRODUCT, "product-1", NOW.plusSeconds(3600));

        assertThat(tokens.verify(token)).isEqualTo(valid);
        now = NOW.plusSeconds(3629);
        assertThat(tokens.verify(token)).isEqualTo(valid);
        now = NOW.plusSeconds(3630);
        assertThat(tokens.verify(token))
                .isEqualTo(new TokenVerdict.Expired(PRODUCT, "product-1", NOW.plusSeconds(3600)));
        now = NOW.minusSeconds(30);
        assertThat(tokens.verify(token)).isEqualTo(valid);
        now = NOW.minusSeconds(31);
        assertThat(refusal(tokens, token)).contains("is valid from");
    }

    @Test
    void tokenOutlivesARestartOfTheControlPlane() throws Exception {
        String token = WorkloadTokens.open(state, DOMAIN, clock).mint(PRODUCT, "product-1");

        assertThat(WorkloadTokens.open(state, DOMAIN, clock).verify(token)).isInstanceOf(TokenVerdict.Valid.class);
    }

    @Test
    void tokensThatWeDidNotMintAreRefused() throws Exception {
        WorkloadTokens tokens = WorkloadTokens.open(state, DOMAIN, clock);
        String[] parts = tokens.mint(PRODUCT, "product-1").split("\\.", -1);
        String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String forged = parts[0] + "." + base64(payload.replace("/sa/product", "/sa/cart")) + "." + parts[2];
        String unsigned = base64("{\"alg\":\"none\"}") + "." + parts[1] + ".";
        JsonWebSignature symmetric = new JsonWebSignature();
        symmetric.setPayload(payload);
        symmetric.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        symmetric.setKey(new HmacKey(P256.generate().getPublic().getEncoded()));

        assertThat(refusal(tokens, forged)).contains("not signed by this control plane");
        assertThat(refusal(tokens, unsigned)).contains("ES256");
        assertThat(refusal(tokens, symmetric.getCompactSerialization())).contains("ES256");
        assertThat(refusal(
                        tokens,
                        WorkloadTokens.open(state.resolve("other"), DOMAIN, clock)
                                .mint(PRODUCT, "x")))
                .contains("not signed by this control plane");
        assertThat(refusal(tokens, "")).contains("not a JWT");
        assertThat(refusal(tokens, "a.b.c")).contains("not a JWT");
        assertThat(refusal(tokens, "x".repeat(9000))).contains("longer");
    }

    @Test
    void claimsThatAreMissingOrWrongAreRefused() throws Exception {
        KeyPair keys = P256.generate();
        WorkloadTokens tokens = new WorkloadTokens(DOMAIN, keys, clock);
        String good =
                "{\"iss\":\"riser.cluster.local\",\"aud\":\"riser-ca\",\"sub\":\"%s\",\"instance\":\"i\",\"nbf\":1764000000,\"exp\":4102444800}"
                        .formatted(PRODUCT);

        assertThat(tokens.verify(signed(keys, good))).isInstanceOf(TokenVerdict.Valid.class);
        assertThat(refusal(tokens, signed(keys, good.replace("riser-ca", "elsewhere"))))
                .contains("not meant for");
        assertThat(refusal(tokens, signed(keys, good.replace("riser.cluster.local", "x"))))
                .contains("not issued by");
        assertThat(refusal(tokens, signed(keys, good.replace(",\"exp\":4102444800", ""))))
                .contains("lacks");
        assertThat(refusal(tokens, signed(keys, good.replace("\"instance\":\"i\",", ""))))
                .contains("lacks");
        assertThat(refusal(tokens, signed(keys, good.replace("4102444800", "\"soon\""))))
                .contains("wrong type");
        assertThat(refusal(tokens, signed(keys, good.replace("spiffe://", "http://"))))
                .contains("not a SPIFFE id");
        assertThat(refusal(tokens, signed(keys, good.replace("//cluster.local", "//other"))))
                .contains("trust domain");
        assertThatThrownBy(() -> tokens.mint(SpiffeId.parse("spiffe://other/ns/a/sa/b"), "i"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void validTokenIsRenewedForTheSameIdentityAndAnExpiredOneIsNot() throws Exception {
        WorkloadTokens tokens = WorkloadTokens.open(state, DOMAIN, clock);
        String token = tokens.mint(PRODUCT, "product-1");
        now = NOW.plusSeconds(3000);

        WorkloadTokens.Renewal renewal = tokens.renew(token, Duration.ofHours(2));

        if (!(renewal instanceof WorkloadTokens.Renewal.Renewed renewed)) {
            throw new AssertionError(renewal);
        }
        assertThat(tokens.verify(renewed.token()))
                .isEqualTo(new TokenVerdict.Valid(PRODUCT, "product-1", NOW.plusSeconds(3000 + 7200)));
        now = NOW.plusSeconds(4000);
        assertThat(tokens.renew(token, Duration.ofHours(2))).isInstanceOf(WorkloadTokens.Renewal.Refused.class);
    }

    @Test
    void certificateTakesOverWhereTheTokenRunsOut() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, AuthoritySettings.of(DOMAIN), clock)) {
            WorkloadTokens tokens = authority.tokens();
            Authenticator authenticator = new Authenticator(tokens, authority::trustBundle, clock);
            String token = tokens.mint(PRODUCT, "product-1");
            X509Certificate[] certificate = chain(authority, PRODUCT);
            X509Certificate[] other = chain(authority, CART);
            Authentication byToken = new Authentication.Authenticated(PRODUCT, "product-1", false);
            Authentication named = new Authentication.Authenticated(PRODUCT, "product-1", true);

            assertThat(authenticator.authenticate(null, NO_CERTIFICATE)).isInstanceOf(Authentication.Refused.class);
            assertThat(authenticator.authenticate(token, NO_CERTIFICATE)).isEqualTo(byToken);
            assertThat(authenticator.authenticate("Bearer " + token, NO_CERTIFICATE))
                    .isEqualTo(byToken);
            assertThat(authenticator.authenticate(null, certificate))
                    .isEqualTo(new Authentication.Authenticated(PRODUCT, null, true));
            assertThat(authenticator.authenticate(token, certificate)).isEqualTo(named);
            assertThat(authenticator.authenticate(token, other)).isInstanceOf(Authentication.Refused.class);
            assertThat(authenticator.authenticate("forged", certificate)).isInstanceOf(Authentication.Refused.class);

            now = NOW.plus(Duration.ofHours(2));
            assertThat(authenticator.authenticate(token, NO_CERTIFICATE)).isInstanceOf(Authentication.Refused.class);
            assertThat(authenticator.authenticate(token, certificate)).isEqualTo(named);
            assertThat(authenticator.authenticate(token, other)).isInstanceOf(Authentication.Refused.class);

            now = NOW.plus(Duration.ofHours(25));
            assertThat(authenticator.authenticate(token, certificate)).isEqualTo(named);
            assertThat(authenticator.authenticate(token, other)).isInstanceOf(Authentication.Refused.class);
            now = NOW.plus(Duration.ofHours(25)).plusSeconds(1);
            assertThat(authenticator.authenticate(token, certificate)).isInstanceOf(Authentication.Refused.class);
            assertThat(authenticator.authenticate(null, certificate)).isInstanceOf(Authentication.Refused.class);
            assertThat(authenticator.authenticate(tokens.mint(PRODUCT, "product-1"), certificate))
                    .as("the old certificate proves nothing any more")
                    .isEqualTo(byToken);
        }
    }

    private static X509Certificate[] chain(CertificateAuthority authority, SpiffeId id) {
        Issuance issuance = authority.issue(CertificateSigningRequest.pem(P256.generate(), id), id, Optional.empty());
        if (issuance instanceof Issuance.Issued issued) {
            return issued.chain().toArray(X509Certificate[]::new);
        }
        throw new AssertionError(issuance);
    }

    private static String signed(KeyPair keys, String payload) throws Exception {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(payload);
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256);
        signature.setKey(keys.getPrivate());
        return signature.getCompactSerialization();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(WorkloadTokens tokens, String token) {
        return switch (tokens.verify(token)) {
            case TokenVerdict.Refused refused -> refused.reason();
            case TokenVerdict.Valid valid -> throw new AssertionError(valid);
            case TokenVerdict.Expired expired -> throw new AssertionError(expired);
        };
    }
}
