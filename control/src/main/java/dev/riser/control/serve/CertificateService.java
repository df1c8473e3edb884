package dev.riser.control.serve;

import dev.riser.base.Ticker;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.authority.Issuance;
import dev.riser.xds.istio.auth.IstioCertificateRequest;
import dev.riser.xds.istio.auth.IstioCertificateResponse;
import dev.riser.xds.istio.auth.IstioCertificateServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;

/**
 * Issues workload certificates. The identity is the caller's own, whatever the request says. Each instance may ask often
 * enough for lives of a few seconds, and not more.
 */
final class CertificateService extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    /** A P-256 request has about 500 characters; a 4096-bit RSA one 1,800. */
    private static final int LONGEST_REQUEST = 16 * 1024;

    private static final double REQUESTS_PER_SECOND = 2;
    private static final int BURST = 20;

    /** Makes the certificate. */
    @FunctionalInterface
    interface Issuer {
        Issuance issue(String csrPem, SpiffeId id, Optional<Duration> requested);
    }

    private final Issuer issuer;
    private final RateLimit limit;
    private final ServeObserver observer;

    CertificateService(Issuer issuer, Ticker ticker, ServeObserver observer) {
        this.issuer = issuer;
        this.limit = new RateLimit(REQUESTS_PER_SECOND, BURST, ticker);
        this.observer = observer;
    }

    @Override
    public void createCertificate(IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> response) {
        try {
            response.onNext(answer(request));
            response.onCompleted();
        } catch (StatusException refused) {
            response.onError(refused);
        }
    }

    private IstioCertificateResponse answer(IstioCertificateRequest request) throws StatusException {
        Caller caller = Caller.current();
        if (!limit.take(caller.id().text() + " " + caller.instance().orElse(""))) {
            throw refusal(
                    caller,
                    Status.RESOURCE_EXHAUSTED,
                    "more than %.0f certificates a second for %s".formatted(REQUESTS_PER_SECOND, caller.id()));
        }
        if (request.getCsr().length() > LONGEST_REQUEST) {
            throw refusal(
                    caller,
                    Status.INVALID_ARGUMENT,
                    "the certificate request has %d characters, at most %d are allowed"
                            .formatted(request.getCsr().length(), LONGEST_REQUEST));
        }
        Optional<Duration> requested = request.getValidityDuration() > 0
                ? Optional.of(Duration.ofSeconds(request.getValidityDuration()))
                : Optional.empty();
        return switch (issuer.issue(request.getCsr(), caller.id(), requested)) {
            case Issuance.Issued issued -> {
                observer.onIssued(caller, issued.chain().getFirst());
                yield IstioCertificateResponse.newBuilder()
                        .addAllCertChain(issued.pem())
                        .build();
            }
            case Issuance.Refused refused -> throw refusal(caller, Status.INVALID_ARGUMENT, refused.reason());
        };
    }

    private StatusException refusal(Caller caller, Status status, String reason) {
        observer.onIssueRefused(caller, reason);
        return status.withDescription(reason).asException();
    }
}
