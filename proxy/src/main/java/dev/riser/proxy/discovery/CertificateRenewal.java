package dev.riser.proxy.discovery;

import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.Pem;
import dev.riser.identity.RotationSchedule;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustBundle;
import dev.riser.identity.WorkloadCredentials;
import dev.riser.xds.client.LoopScheduler;
import io.grpc.StatusRuntimeException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one workload's certificate fresh: a new key for each, made and kept in memory; renewed by {@link
 * RotationSchedule}; when the authority is away, tried again while the old one goes on serving. Wall-clock time decides,
 * looked at anew at least every half minute, so that a machine that slept or whose clock was set renews soon after.
 *
 * <p>Runs on one loop; {@link #status} may be called on any thread.
 */
public final class CertificateRenewal implements AutoCloseable {
    private static final Duration LONGEST_NAP = Duration.ofSeconds(30);

    private final SpiffeId id;
    private final Duration lifetime;
    private final CertificateRequester requester;
    private final CredentialsHolder holder;
    private final RotationSchedule schedule;
    private final LoopScheduler loop;
    private final InstantSource clock;
    private final RenewalObserver observer;
    private final CompletableFuture<WorkloadCredentials> first = new CompletableFuture<>();
    private LoopScheduler.Task timer = LoopScheduler.Task.NONE;
    private volatile Status state = Status.STARTING;
    private int failures;
    private boolean closed;

    /** Sends a certificate request and brings back PEM certificates, leaf first, root last. */
    @FunctionalInterface
    public interface CertificateRequester {
        /** Completes on any thread. */
        CompletionStage<List<String>> request(String csrPem, Duration lifetime);
    }

    /**
     * How renewal stands.
     *
     * @param generations certificates obtained so far
     * @param failures attempts that failed since the last success
     * @param lastFailure why the last one failed, empty after a success
     * @param notAfter end of the certificate in force, {@link Instant#EPOCH} before the first
     * @param next when the next attempt is made, {@link Instant#EPOCH} before the first
     */
    public record Status(long generations, int failures, String lastFailure, Instant notAfter, Instant next) {
        static final Status STARTING = new Status(0, 0, "", Instant.EPOCH, Instant.EPOCH);
    }

    /**
     * @param id the identity that the certificate must carry
     * @param lifetime to ask for; zero leaves it to the authority
     * @param holder where credentials are put in force
     */
    public CertificateRenewal(
            SpiffeId id,
            Duration lifetime,
            CertificateRequester requester,
            CredentialsHolder holder,
            RotationSchedule schedule,
            LoopScheduler loop,
            InstantSource clock,
            RenewalObserver observer) {
        this.id = id;
        this.lifetime = lifetime;
        this.requester = requester;
        this.holder = holder;
        this.schedule = schedule;
        this.loop = loop;
        this.clock = clock;
        this.observer = observer;
    }

    /** Asks for the first certificate; completes when it is in force. Failures are retried until {@link #close}. */
    public CompletionStage<WorkloadCredentials> start() {
        loop.run(this::attempt);
        return first.minimalCompletionStage();
    }

    /** How renewal stands now. */
    public Status status() {
        return state;
    }

    /** Stops renewing. Credentials in force stay. */
    @Override
    public void close() {
        loop.run(() -> {
            closed = true;
            timer.cancel();
        });
    }

    private void attempt() {
        if (closed) {
            return;
        }
        KeyPair keys = P256.generate();
        requester
                .request(CertificateSigningRequest.pem(keys, id), lifetime)
                .whenComplete((chain, failure) -> loop.run(() -> {
                    if (closed) {
                        return;
                    }
                    if (failure != null) {
                        failed(reason(failure));
                        return;
                    }
                    take(keys, chain);
                }));
    }

    private void take(KeyPair keys, List<String> pem) {
        WorkloadCredentials credentials;
        try {
            credentials = credentials(keys, pem);
        } catch (IllegalArgumentException unusable) {
            failed("the authority's answer cannot be used: " + unusable.getMessage());
            return;
        }
        failures = 0;
        Instant next = schedule.renewAt(credentials.obtainedAt(), credentials.notAfter());
        state = new Status(state.generations() + 1, 0, "", credentials.notAfter(), next);
        holder.publish(credentials);
        first.complete(credentials);
        observer.onRenewed(credentials, next);
        wakeAt(next);
    }

    /** Trusts nothing in the answer that can be checked. */
    private WorkloadCredentials credentials(KeyPair keys, List<String> pem) {
        List<X509Certificate> chain = new ArrayList<>();
        pem.forEach(text -> chain.addAll(Pem.certificates(text)));
        if (chain.size() < 2) {
            throw new IllegalArgumentException(
                    "a leaf and a root are expected, there are %d certificates".formatted(chain.size()));
        }
        X509Certificate root = chain.removeLast();
        X509Certificate leaf = chain.getFirst();
        if (!leaf.getPublicKey().equals(keys.getPublic())) {
            throw new IllegalArgumentException("the certificate is for another key");
        }
        TrustBundle bundle = new TrustBundle(id.trustDomain(), List.of(root));
        Instant now = clock.instant();
        SpiffeId issued = switch (bundle.verify(chain, TrustBundle.Role.CLIENT, now)) {
            case TrustBundle.Verdict.Trusted trusted -> trusted.id();
            case TrustBundle.Verdict.Refused refused -> throw new IllegalArgumentException(refused.reason());
        };
        if (!issued.equals(id)) {
            throw new IllegalArgumentException("the certificate is for %s, not %s".formatted(issued, id));
        }
        return new WorkloadCredentials(
                keys.getPrivate(), chain, bundle, id, leaf.getNotAfter().toInstant(), now);
    }

    private void failed(String reason) {
        failures++;
        Instant now = clock.instant();
        Instant next = schedule.retryAt(now, failures, state.notAfter());
        state = new Status(state.generations(), failures, reason, state.notAfter(), next);
        observer.onFailed(reason, failures, next);
        wakeAt(next);
    }

    private void wakeAt(Instant next) {
        Duration left = Duration.between(clock.instant(), next);
        if (!left.isPositive()) {
            timer = loop.schedule(Duration.ZERO, this::attempt);
        } else if (left.compareTo(LONGEST_NAP) > 0) {
            timer = loop.schedule(LONGEST_NAP, () -> wakeAt(next));
        } else {
            timer = loop.schedule(left, () -> wakeAt(next));
        }
    }

    private static String reason(Throwable failure) {
        @Nullable Throwable cause = failure.getCause();
        Throwable at = failure instanceof java.util.concurrent.CompletionException && cause != null ? cause : failure;
        if (at instanceof StatusRuntimeException status) {
            io.grpc.Status described = status.getStatus();
            return described.getDescription() == null
                    ? described.getCode().name()
                    : described.getCode() + ": " + described.getDescription();
        }
        return at.toString();
    }
}
