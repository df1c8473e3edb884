package dev.riser.proxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.RotationSchedule;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.WorkloadCredentials;
import dev.riser.identity.authority.AuthoritySettings;
import dev.riser.identity.authority.CertificateAuthority;
import dev.riser.identity.authority.Issuance;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateRenewalTest {
    private static final Instant START = Instant.parse("2026-11-25T10:00:00Z");
    private static final TrustDomain DOMAIN = new TrustDomain("cluster.local");
    private static final SpiffeId PRODUCT = DOMAIN.serviceAccount("prod", "product");
    private static final SpiffeId CART = DOMAIN.serviceAccount("prod", "cart");

    @TempDir
    Path state;

    private final ManualLoop loop = new ManualLoop();
    private Duration leap = Duration.ZERO;
    private final InstantSource loopClock = loop.clockFrom(START);
    private final InstantSource clock = () -> loopClock.instant().plus(leap);
    private final CredentialsHolder holder = new CredentialsHolder();
    private final List<WorkloadCredentials> published = new ArrayList<>();
    private final List<Instant> asked = new ArrayList<>();
    private boolean away;
    private SpiffeId issuedFor = PRODUCT;
    private CertificateAuthority authority;

    @BeforeEach
    void openAuthority() throws Exception {
        authority = CertificateAuthority.open(state, AuthoritySettings.of(DOMAIN), clock);
        holder.listen(published::add);
    }

    @AfterEach
    void closeAuthority() throws Exception {
        authority.close();
    }

    @Test
    void firstCertificateComesAtOnceAndFitsItsKey() {
        CertificateRenewal renewal = renewal(Duration.ZERO);
        CompletionStage<WorkloadCredentials> first = renewal.start();
        loop.settle();

        WorkloadCredentials credentials = first.toCompletableFuture().join();

        assertThat(holder.current()).isSameAs(credentials);
        assertThat(credentials.spiffeId()).isEqualTo(PRODUCT);
        assertThat(credentials.chain()).hasSize(2);
        assertThat(credentials.trustBundle().roots()).containsExactly(authority.root());
        assertThat(credentials.notAfter()).isEqualTo(START.plus(Duration.ofHours(24)));
        assertThat(renewal.status().generations()).isEqualTo(1);
        assertThat(Duration.between(START, renewal.status().next()))
                .isBetween(Duration.ofMinutes(863), Duration.ofMinutes(1057));
    }

    @Test
    void shortLivedCertificatesAreRenewedInTimeEachWithANewKey() {
        renewal(Duration.ofSeconds(30)).start();

        for (int second = 0; second < 300; second++) {
            loop.advance(Duration.ofSeconds(1));
            assertThat(current().notAfter()).isAfter(clock.instant());
        }

        assertThat(published).hasSizeBetween(13, 18);
        assertThat(new HashSet<>(
                        published.stream().map(WorkloadCredentials::privateKey).toList()))
                .hasSameSizeAs(published);
    }

    @Test
    void authorityAwayKeepsTheOldCertificateAndTriesUntilItIsBack() {
        CertificateRenewal renewal = renewal(Duration.ofMinutes(10));
        renewal.start();
        loop.settle();
        WorkloadCredentials old = current();
        away = true;

        loop.advance(Duration.ofMinutes(20));

        assertThat(current()).isSameAs(old);
        assertThat(renewal.status().failures()).isGreaterThan(10);
        assertThat(renewal.status().lastFailure()).isEqualTo("UNAVAILABLE: away");
        assertThat(renewal.status().generations()).isEqualTo(1);
        away = false;
        loop.advance(Duration.ofSeconds(30));
        assertThat(current()).isNotSameAs(old);
        assertThat(renewal.status().failures()).isZero();
        assertThat(renewal.status().lastFailure()).isEmpty();
    }

    @Test
    void firstCertificateIsTriedForUntilItComes() {
        away = true;
        CompletionStage<WorkloadCredentials> first = renewal(Duration.ZERO).start();
        loop.advance(Duration.ofMinutes(1));
        assertThat(first.toCompletableFuture()).isNotDone();
        assertThat(asked).hasSizeBetween(25, 65);

        away = false;
        loop.advance(Duration.ofSeconds(2));

        assertThat(first.toCompletableFuture()).isDone();
    }

    @Test
    void clockThatLeapsForwardRenewsWithinHalfAMinute() {
        renewal(Duration.ofHours(24)).start();
        loop.settle();
        leap = Duration.ofHours(23);

        loop.advance(Duration.ofSeconds(30));

        assertThat(published).hasSize(2);
    }

    @Test
    void certificateOfAnotherIdentityIsNotPutInForce() {
        issuedFor = CART;
        CertificateRenewal renewal = renewal(Duration.ZERO);
        renewal.start();
        loop.settle();

        assertThat(holder.current()).isNull();
        assertThat(renewal.status().lastFailure()).contains("for " + CART).contains("not " + PRODUCT);
    }

    @Test
    void certificateOfAnotherKeyIsNotPutInForce() {
        CertificateRenewal renewal = new CertificateRenewal(
                PRODUCT,
                Duration.ZERO,
                (csr, lifetime) -> issue(CertificateSigningRequest.pem(P256.generate(), PRODUCT), lifetime),
                holder,
                new RotationSchedule(new Random(3)),
                loop,
                clock,
                RenewalObserver.NONE);
        renewal.start();
        loop.settle();

        assertThat(holder.current()).isNull();
        assertThat(renewal.status().lastFailure()).contains("another key");
    }

    @Test
    void answerWithoutCertificatesIsAFailureLikeAnyOther() {
        CertificateRenewal renewal = new CertificateRenewal(
                PRODUCT,
                Duration.ZERO,
                (csr, lifetime) -> CompletableFuture.completedStage(List.of("nonsense")),
                holder,
                new RotationSchedule(new Random(3)),
                loop,
                clock,
                RenewalObserver.NONE);
        renewal.start();
        loop.advance(Duration.ofSeconds(10));

        assertThat(renewal.status().failures()).isGreaterThan(3);
        assertThat(renewal.status().lastFailure()).contains("leaf and a root");
    }

    @Test
    void closedRenewalAsksNoMore() {
        CertificateRenewal renewal = renewal(Duration.ofSeconds(30));
        renewal.start();
        loop.settle();
        renewal.close();

        loop.advance(Duration.ofMinutes(5));

        assertThat(asked).hasSize(1);
    }

    private CertificateRenewal renewal(Duration lifetime) {
        return new CertificateRenewal(
                PRODUCT,
                lifetime,
                this::issue,
                holder,
                new RotationSchedule(new Random(3)),
                loop,
                clock,
                RenewalObserver.NONE);
    }

    private CompletionStage<List<String>> issue(String csr, Duration lifetime) {
        asked.add(clock.instant());
        if (away) {
            return CompletableFuture.failedStage(
                    Status.UNAVAILABLE.withDescription("away").asRuntimeException());
        }
        return switch (authority.issue(csr, issuedFor, Optional.of(lifetime))) {
            case Issuance.Issued issued -> CompletableFuture.completedStage(issued.pem());
            case Issuance.Refused refused -> CompletableFuture.failedStage(new AssertionError(refused.reason()));
        };
    }

    private WorkloadCredentials current() {
        WorkloadCredentials current = holder.current();
        if (current == null) {
            throw new AssertionError("no certificate");
        }
        return current;
    }
}
