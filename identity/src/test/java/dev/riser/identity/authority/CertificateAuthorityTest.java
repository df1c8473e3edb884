package dev.riser.identity.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.Pem;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustBundle;
import dev.riser.identity.TrustDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00.5Z");
    private static final TrustDomain DOMAIN = new TrustDomain("cluster.local");
    private static final SpiffeId PRODUCT = DOMAIN.serviceAccount("prod", "product");
    private static final AuthoritySettings SETTINGS = AuthoritySettings.of(DOMAIN);

    @TempDir
    Path state;

    private Instant now = NOW;
    private final InstantSource clock = () -> now;

    @Test
    void leafCarriesTheIdentityAndNothingElse() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            KeyPair keys = P256.generate();

            Issuance.Issued issued = issued(authority.issue(
                    CertificateSigningRequest.pem(keys, DOMAIN.serviceAccount("other", "claimed")),
                    PRODUCT,
                    Optional.empty()));

            X509Certificate leaf = issued.chain().getFirst();
            assertThat(leaf.getPublicKey()).isEqualTo(keys.getPublic());
            assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
            assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, PRODUCT.text()));
            assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17", "2.5.29.15", "2.5.29.19");
            assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
            assertThat(leaf.getKeyUsage())
                    .containsExactly(true, false, false, false, false, false, false, false, false);
            assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
            assertThat(leaf.getNotBefore().toInstant()).isEqualTo(Instant.parse("2026-11-25T09:59:00Z"));
            assertThat(leaf.getNotAfter().toInstant()).isEqualTo(Instant.parse("2026-11-26T10:00:00Z"));
            assertThat(issued.notAfter()).isEqualTo(leaf.getNotAfter().toInstant());
            assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(127);
            assertThat(issued.chain()).hasSize(3);
            assertThat(issued.chain().get(1).getBasicConstraints()).isZero();
            assertThat(issued.chain().get(2)).isEqualTo(authority.root());
            for (TrustBundle.Role role : TrustBundle.Role.values()) {
                assertThat(authority.trustBundle().verify(issued.chain(), role, now))
                        .isEqualTo(new TrustBundle.Verdict.Trusted(PRODUCT));
            }
        }
    }

    @Test
    void lifetimeAskedForIsHonouredUpToTheSettings() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            assertThat(lifeOf(authority, Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(30));
            assertThat(lifeOf(authority, Duration.ofDays(30))).isEqualTo(Duration.ofHours(24));
            assertThat(lifeOf(authority, Duration.ofSeconds(1))).isEqualTo(AuthoritySettings.SHORTEST_LEAF);
        }
    }

    @Test
    void opensslAcceptsTheChain() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, InstantSource.system())) {
            Issuance.Issued issued = issued(authority.issue(
                    CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.empty()));
            Path root = Files.writeString(
                    state.resolve("r.pem"), authority.trustBundle().pem());
            Path issuer = Files.writeString(state.resolve("i.pem"), issued.pem().get(1));
            Path leaf = Files.writeString(state.resolve("l.pem"), issued.pem().get(0));
            Path request =
                    Files.writeString(state.resolve("q.pem"), CertificateSigningRequest.pem(P256.generate(), PRODUCT));

            assertThat(openssl(
                            "verify",
                            "-x509_strict",
                            "-purpose",
                            "sslserver",
                            "-CAfile",
                            root.toString(),
                            "-untrusted",
                            issuer.toString(),
                            leaf.toString()))
                    .contains(": OK");
            assertThat(openssl("req", "-in", request.toString(), "-noout", "-verify", "-text"))
                    .contains("URI:" + PRODUCT.text());
        }
    }

    @Test
    void requestsThatProveNothingAreRefused() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            byte[] der = CertificateSigningRequest.der(P256.generate(), PRODUCT);
            der[der.length - 1] ^= 1;
            KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
            weak.initialize(1024);

            assertThat(refusal(authority, new Pem(Pem.CERTIFICATE_REQUEST, der).text()))
                    .contains("certificate request");
            assertThat(refusal(authority, "")).contains("CERTIFICATE REQUEST is expected");
            assertThat(refusal(authority, "x".repeat(20_000))).contains("longer");
            assertThat(refusal(authority, new Pem(Pem.CERTIFICATE_REQUEST, new byte[] {0x30, 0x00}).text()))
                    .contains("certificate request");
            assertThat(authority.issue(
                            CertificateSigningRequest.pem(P256.generate(), PRODUCT),
                            new TrustDomain("elsewhere").serviceAccount("prod", "product"),
                            Optional.empty()))
                    .isInstanceOf(Issuance.Refused.class);
        }
    }

    @Test
    void aSecondStartContinuesFromTheSameRootAndIssuer() throws Exception {
        X509Certificate root;
        X509Certificate issuer;
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            root = authority.root();
            issuer = authority.issuer();
        }
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            assertThat(authority.root()).isEqualTo(root);
            assertThat(authority.issuer()).isEqualTo(issuer);
        }
    }

    @Test
    void keysAreReadableByTheirOwnerOnly() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            authority.tokens();
        }
        Path directory = state.resolve("ca");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        try (var files = Files.list(directory)) {
            assertThat(files)
                    .hasSizeGreaterThanOrEqualTo(3)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }

        Files.setPosixFilePermissions(directory.resolve("root.pem"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> CertificateAuthority.open(state, SETTINGS, clock))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("others may have read the keys");
    }

    @Test
    void twoAtOnceAreRefused() throws Exception {
        try (CertificateAuthority first = CertificateAuthority.open(state, SETTINGS, clock)) {
            assertThatThrownBy(() -> CertificateAuthority.open(state, SETTINGS, clock))
                    .hasMessageContaining("already open");
            assertThat(first.root()).isNotNull();
        }
    }

    @Test
    void aDamagedRootIsReportedAndNotReplaced() throws Exception {
        CertificateAuthority.open(state, SETTINGS, clock).close();
        Path file = state.resolve("ca/root.pem");
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() / 2));

        assertThatThrownBy(() -> CertificateAuthority.open(state, SETTINGS, clock))
                .hasMessageContaining("root.pem");

        assertThat(Files.readString(file)).isEqualTo(whole.substring(0, whole.length() / 2));
    }

    @Test
    void aKeyOfAnotherCertificateIsReported() throws Exception {
        CertificateAuthority.open(state, SETTINGS, clock).close();
        Path file = state.resolve("ca/root.pem");
        X509Certificate certificate = Pem.certificates(Files.readString(file)).getFirst();
        Files.writeString(file, Pem.of(certificate) + Pem.of(P256.generate().getPrivate()));

        assertThatThrownBy(() -> CertificateAuthority.open(state, SETTINGS, clock))
                .hasMessageContaining("does not belong");
    }

    @Test
    void anotherTrustDomainNeedsAnotherDirectory() throws Exception {
        CertificateAuthority.open(state, SETTINGS, clock).close();

        assertThatThrownBy(
                        () -> CertificateAuthority.open(state, AuthoritySettings.of(new TrustDomain("other")), clock))
                .hasMessageContaining("not a root of the trust domain other");
    }

    @Test
    void aCrashAtAnyMomentLeavesTheOldOrTheNewAndNeverAMix() throws Exception {
        for (WriteObserver.Step step : WriteObserver.Step.values()) {
            for (String victim : List.of("root.pem", "issuer.pem")) {
                Path directory = Files.createDirectories(state.resolve(step + "-" + victim));
                assertThatThrownBy(() -> CertificateAuthority.open(directory, SETTINGS, clock, crashAt(step, victim)))
                        .isInstanceOf(Crash.class);
                X509Certificate survived = rootOnDisk(directory);

                try (CertificateAuthority authority = CertificateAuthority.open(directory, SETTINGS, clock)) {
                    if (survived != null) {
                        assertThat(authority.root()).isEqualTo(survived);
                    }
                    assertThat(authority
                                    .trustBundle()
                                    .verify(
                                            issued(authority.issue(
                                                            CertificateSigningRequest.pem(P256.generate(), PRODUCT),
                                                            PRODUCT,
                                                            Optional.empty()))
                                                    .chain(),
                                            TrustBundle.Role.SERVER,
                                            now))
                            .isInstanceOf(TrustBundle.Verdict.Trusted.class);
                }
                try (var files = Files.list(directory.resolve("ca"))) {
                    assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
                }
            }
        }
    }

    @Test
    void aCrashWhileTheIssuerIsRenewedLosesNothing() throws Exception {
        for (WriteObserver.Step step : WriteObserver.Step.values()) {
            now = NOW;
            Path directory = Files.createDirectories(state.resolve(step.name()));
            CertificateAuthority.open(directory, SETTINGS, clock).close();
            X509Certificate root = rootOnDisk(directory);
            now = NOW.plus(Duration.ofDays(300));
            try (CertificateAuthority authority =
                    CertificateAuthority.open(directory, SETTINGS, clock, crashAt(step, "issuer.pem"))) {
                assertThatThrownBy(() -> authority.issue(
                                CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.empty()))
                        .isInstanceOf(Crash.class);
            }

            try (CertificateAuthority authority = CertificateAuthority.open(directory, SETTINGS, clock)) {
                assertThat(authority.root()).isEqualTo(root);
                authority.issuer().verify(authority.root().getPublicKey());
            }
        }
    }

    @Test
    void issuerIsRenewedAtTwoThirdsOfItsLifeAndOldLeavesStayGood() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            X509Certificate first = authority.issuer();
            now = NOW.plus(Duration.ofDays(243));
            Issuance.Issued before = issued(authority.issue(
                    CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.empty()));
            assertThat(authority.issuer()).isEqualTo(first);

            now = NOW.plus(Duration.ofDays(244));
            Issuance.Issued after = issued(authority.issue(
                    CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.empty()));

            assertThat(authority.issuer()).isNotEqualTo(first);
            assertThat(after.chain().get(1)).isEqualTo(authority.issuer());
            now = NOW.plus(Duration.ofDays(243)).plusSeconds(3600);
            for (Issuance.Issued each : List.of(before)) {
                assertThat(authority.trustBundle().verify(each.chain(), TrustBundle.Role.CLIENT, now))
                        .isInstanceOf(TrustBundle.Verdict.Trusted.class);
            }
        }
    }

    @Test
    void leafNeverOutlivesItsIssuerEvenAtTheEndOfTheRoot() throws Exception {
        AuthoritySettings brief =
                new AuthoritySettings(DOMAIN, Duration.ofHours(1), Duration.ofHours(10), Duration.ofHours(20));
        try (CertificateAuthority authority = CertificateAuthority.open(state, brief, clock)) {
            now = NOW.plus(Duration.ofHours(18));
            assertThat(authority.issue(
                            CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.empty()))
                    .isInstanceOf(Issuance.Issued.class);
            now = NOW.plus(Duration.ofMinutes(19 * 60 + 30));

            assertThat(refusal(authority, CertificateSigningRequest.pem(P256.generate(), PRODUCT)))
                    .contains("longer than its issuer");
        }
    }

    @Test
    void serverCertificateCarriesNamesAndAddressesButNoIdentity() throws Exception {
        try (CertificateAuthority authority = CertificateAuthority.open(state, SETTINGS, clock)) {
            ServerIdentity server =
                    authority.serverIdentity(List.of("localhost"), List.of("127.0.0.1", "fd88::1"), Duration.ofDays(7));

            assertThat(server.chain().getFirst().getSubjectAlternativeNames())
                    .containsExactlyInAnyOrder(
                            List.of(2, "localhost"), List.of(7, "127.0.0.1"), List.of(7, "fd88:0:0:0:0:0:0:1"));
            assertThat(authority.trustBundle().verify(server.chain(), TrustBundle.Role.SERVER, now))
                    .isInstanceOf(TrustBundle.Verdict.Refused.class);
        }
    }

    @Test
    void peersOutsideTheTrustAreRefusedWithTheReason() throws Exception {
        try (CertificateAuthority ours = CertificateAuthority.open(state.resolve("a"), SETTINGS, clock);
                CertificateAuthority foreign = CertificateAuthority.open(state.resolve("b"), SETTINGS, clock);
                CertificateAuthority elsewhere = CertificateAuthority.open(
                        state.resolve("c"), AuthoritySettings.of(new TrustDomain("elsewhere")), clock)) {
            List<X509Certificate> good = chain(ours, PRODUCT);

            assertThat(reason(ours, List.of())).contains("no certificate");
            assertThat(reason(ours, chain(foreign, PRODUCT)))
                    .contains(PRODUCT.text())
                    .contains("no root of ours");
            assertThat(reason(ours, chain(elsewhere, new TrustDomain("elsewhere").serviceAccount("prod", "product"))))
                    .contains("trust domain elsewhere, not cluster.local");
            assertThat(reason(ours, List.of(good.getFirst()))).contains("no root of ours");
            assertThat(reason(ours, List.of(ours.issuer(), ours.root()))).contains("authority's");
            now = NOW.plus(Duration.ofHours(25));
            assertThat(reason(ours, good)).contains("expired at 2026-11-26T10:00:00Z");
            now = NOW.minus(Duration.ofMinutes(2));
            assertThat(reason(ours, good)).contains("is valid from");
        }
    }

    private String reason(CertificateAuthority authority, List<X509Certificate> chain) {
        return switch (authority.trustBundle().verify(chain, TrustBundle.Role.CLIENT, now)) {
            case TrustBundle.Verdict.Refused refused -> refused.reason();
            case TrustBundle.Verdict.Trusted trusted -> throw new AssertionError("trusted: " + trusted);
        };
    }

    private static List<X509Certificate> chain(CertificateAuthority authority, SpiffeId id) {
        return issued(authority.issue(CertificateSigningRequest.pem(P256.generate(), id), id, Optional.empty()))
                .chain();
    }

    private Duration lifeOf(CertificateAuthority authority, Duration asked) {
        Issuance.Issued issued = issued(
                authority.issue(CertificateSigningRequest.pem(P256.generate(), PRODUCT), PRODUCT, Optional.of(asked)));
        return Duration.between(now.minusMillis(500), issued.notAfter());
    }

    private static Issuance.Issued issued(Issuance issuance) {
        return switch (issuance) {
            case Issuance.Issued issued -> issued;
            case Issuance.Refused refused -> throw new AssertionError(refused.reason());
        };
    }

    private static String refusal(CertificateAuthority authority, String csr) {
        return switch (authority.issue(csr, PRODUCT, Optional.empty())) {
            case Issuance.Issued issued -> throw new AssertionError("issued: " + issued);
            case Issuance.Refused refused -> refused.reason();
        };
    }

    private static @Nullable X509Certificate rootOnDisk(Path directory) throws IOException {
        Path file = directory.resolve("ca/root.pem");
        return Files.exists(file) ? Pem.certificates(Files.readString(file)).getFirst() : null;
    }

    private static WriteObserver crashAt(WriteObserver.Step step, String victim) {
        return (reached, target) -> {
            if (reached == step && target.endsWith(victim)) {
                throw new Crash();
            }
        };
    }

    /** Stands for the end of the process: nothing may tidy up after it. */
    private static final class Crash extends Error {
        private static final long serialVersionUID = 1;
    }

    private static String openssl(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
