package dev.riser.xds.client;

import dev.riser.xds.istio.auth.IstioCertificateRequest;
import dev.riser.xds.istio.auth.IstioCertificateResponse;
import dev.riser.xds.istio.auth.IstioCertificateServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the authority for a certificate. Any thread. */
public final class CertificateClient {
    private final Supplier<? extends Channel> channels;
    private final LoopScheduler loop;
    private final Duration timeout;

    public CertificateClient(Supplier<? extends Channel> channels, LoopScheduler loop, Duration timeout) {
        this.channels = channels;
        this.loop = loop;
        this.timeout = timeout;
    }

    /**
     * Sends a request.
     *
     * @param csrPem PKCS#10
     * @param lifetime asked for; zero leaves it to the authority
     * @return PEM certificates, leaf first, root last; completes on the loop, exceptionally with a {@code
     *     StatusRuntimeException} where the authority refuses or cannot be reached
     */
    public CompletionStage<List<String>> request(String csrPem, Duration lifetime) {
        CompletableFuture<List<String>> chain = new CompletableFuture<>();
        try {
            ClientCalls.asyncUnaryCall(
                    channels.get()
                            .newCall(
                                    IstioCertificateServiceGrpc.getCreateCertificateMethod(),
                                    CallOptions.DEFAULT
                                            .withExecutor(loop)
                                            .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS)),
                    IstioCertificateRequest.newBuilder()
                            .setCsr(csrPem)
                            .setValidityDuration(lifetime.toSeconds())
                            .build(),
                    new StreamObserver<IstioCertificateResponse>() {
                        @Override
                        public void onNext(IstioCertificateResponse response) {
                            chain.complete(List.copyOf(response.getCertChainList()));
                        }

                        @Override
                        public void onError(Throwable failure) {
                            chain.completeExceptionally(failure);
                        }

                        @Override
                        public void onCompleted() {
                            // A unary call without an answer has failed already.
                        }
                    });
        } catch (RuntimeException unusable) {
            chain.completeExceptionally(unusable);
        }
        return chain;
    }
}
