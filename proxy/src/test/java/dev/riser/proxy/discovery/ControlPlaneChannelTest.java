package dev.riser.proxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.identity.CertificateSigningRequest;
import dev.riser.identity.P256;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.authority.Authentication;
import dev.riser.identity.authority.Authenticator;
import dev.riser.identity.authority.AuthoritySettings;
import dev.riser.identity.authority.CertificateAuthority;
import dev.riser.identity.authority.Issuance;
import dev.riser.identity.authority.ServerIdentity;
import dev.riser.identity.authority.WorkloadTokens;
import dev.riser.xds.client.CertificateClient;
import dev.riser.xds.client.ChannelSecurity;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.ControlPlaneChannel;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RootSource;
import dev.riser.xds.istio.auth.IstioCertificateRequest;
import dev.riser.xds.istio.auth.IstioCertificateResponse;
import dev.riser.xds.istio.auth.IstioCertificateServiceGrpc;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server on loopback that authenticates as the control plane does. */
class ControlPlaneChannelTest {
    private static final TrustDomain DOMAIN = new TrustDomain("cluster.local");
    private static final SpiffeId PRODUCT = DOMAIN.serviceAccount("prod", "product");
    private static final Context.Key<Authentication> CALLER = Context.key("caller");

    @TempDir
    Path directory;

    private volatile Duration leap = Duration.ZERO;
    private final InstantSource clock = () -> Instant.now().plus(leap);
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private CertificateAuthority authority;
    private WorkloadTokens tokens;
    private Server server;
    private Path rootFile;

    @BeforeEach
    void serve() throws Exception {
        authority = CertificateAuthority.open(directory.resolve("state"), AuthoritySettings.of(DOMAIN), clock);
        tokens = authority.tokens();
        rootFile = Files.writeString(
                directory.resolve("root.pem"), authority.trustBundle().pem());
        ServerIdentity identity =
                authority.serverIdentity(List.of("localhost"), List.of("127.0.0.1"), Duration.ofDays(1));
        server = NettyServerBuilder.forAddress(new java.net.InetSocketAddress("127.0.0.1", 0))
                .sslContext(GrpcSslContexts.configure(io.netty.handler.ssl.SslContextBuilder.forServer(
                                identity.privateKey(), identity.chain().toArray(X509Certificate[]::new)))
                        .trustManager(authority.root())
                        .clientAuth(ClientAuth.OPTIONAL)
                        .build())
                .intercept(new Authenticating(new Authenticator(tokens, authority::trustBundle, clock)))
                .addService(new Issuing())
                .build()
                .start();
    }

    @AfterEach
    void stop() throws Exception {
        server.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        authority.close();
    }

    @Test
    void tokenBringsTheFirstCertificateAndTheCertificateTheNext() throws Exception {
        String token = tokens.mint(PRODUCT, "product-1", Duration.ofMinutes(5));
        KeyPair keys = P256.generate();
        List<X509Certificate> chain;
        try (ControlPlaneChannel channel = channel("localhost", Optional.empty(), Optional.of(token))) {
            chain = request(channel, keys);
        }
        ChannelSecurity.ClientCertificate client =
                new ChannelSecurity.ClientCertificate(keys.getPrivate(), chain.subList(0, 2));
        leap = Duration.ofHours(1);

        try (ControlPlaneChannel channel = channel("localhost", Optional.of(client), Optional.of(token))) {
            List<X509Certificate> next = request(channel, P256.generate());

            assertThat(next.getFirst().getSubjectAlternativeNames()).containsExactly(List.of(6, PRODUCT.text()));
        }
        try (ControlPlaneChannel channel = channel("localhost", Optional.empty(), Optional.of(token))) {
            assertThatThrownBy(() -> request(channel, P256.generate()))
                    .rootCause()
                    .hasMessageContaining("expired");
        }
    }

    @Test
    void serverThatOurRootDidNotSignIsNotSpokenTo() throws Exception {
        try (CertificateAuthority other =
                CertificateAuthority.open(directory.resolve("other"), AuthoritySettings.of(DOMAIN), clock)) {
            Files.writeString(rootFile, other.trustBundle().pem());
        }
        try (ControlPlaneChannel channel = channel("localhost", Optional.empty(), Optional.of("secret"))) {
            assertThatThrownBy(() -> request(channel, P256.generate()))
                    .rootCause()
                    .isNotNull();

            Files.writeString(rootFile, authority.trustBundle().pem() + "\n");

            String token = tokens.mint(PRODUCT, "product-1");
            try (ControlPlaneChannel known = channel("localhost", Optional.empty(), Optional.of(token))) {
                assertThat(request(known, P256.generate())).hasSize(3);
            }
            assertThatThrownBy(() -> request(channel, P256.generate()))
                    .rootCause()
                    .hasMessageContaining("not a JWT");
        }
    }

    @Test
    void workloadCertificateDoesNotMakeItsHolderTheControlPlane() {
        try (ControlPlaneChannel channel = channel("elsewhere", Optional.empty(), Optional.of("secret"))) {
            assertThatThrownBy(() -> request(channel, P256.generate()))
                    .rootCause()
                    .hasMessageContaining("elsewhere");
        }
    }

    private ControlPlaneChannel channel(
            String name, Optional<ChannelSecurity.ClientCertificate> client, Optional<String> token) {
        return new ControlPlaneChannel(
                "127.0.0.1",
                server.getPort(),
                name + ":" + server.getPort(),
                new ChannelTransport(loops, NioSocketChannel::new),
                new ChannelSecurity.Tls(RootSource.file(rootFile), () -> client),
                () -> token);
    }

    private List<X509Certificate> request(ControlPlaneChannel channel, KeyPair keys) throws Exception {
        List<String> pem = new CertificateClient(
                        channel::channel, LoopScheduler.of(loops.next()), Duration.ofSeconds(10))
                .request(CertificateSigningRequest.pem(keys, PRODUCT), Duration.ZERO)
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        return pem.stream()
                .map(text -> dev.riser.identity.Pem.certificates(text).getFirst())
                .toList();
    }

    /** Issues to whoever the interceptor let through. */
    private final class Issuing extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
        @Override
        public void createCertificate(
                IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> responses) {
            if (CALLER.get() instanceof Authentication.Authenticated caller
                    && authority.issue(request.getCsr(), caller.id(), Optional.empty())
                            instanceof Issuance.Issued issued) {
                responses.onNext(IstioCertificateResponse.newBuilder()
                        .addAllCertChain(issued.pem())
                        .build());
                responses.onCompleted();
            } else {
                responses.onError(Status.INTERNAL.asRuntimeException());
            }
        }
    }

    private record Authenticating(Authenticator authenticator) implements ServerInterceptor {
        private static final Metadata.Key<String> AUTHORIZATION =
                Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            Authentication caller = authenticator.authenticate(headers.get(AUTHORIZATION), chain(call));
            return switch (caller) {
                case Authentication.Authenticated known ->
                    Contexts.interceptCall(Context.current().withValue(CALLER, known), call, headers, next);
                case Authentication.Refused refused -> {
                    call.close(Status.UNAUTHENTICATED.withDescription(refused.reason()), new Metadata());
                    yield new ServerCall.Listener<>() {};
                }
            };
        }

        private static X509Certificate[] chain(ServerCall<?, ?> call) {
            SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
            try {
                return session == null
                        ? new X509Certificate[0]
                        : Arrays.copyOf(
                                session.getPeerCertificates(),
                                session.getPeerCertificates().length,
                                X509Certificate[].class);
            } catch (SSLPeerUnverifiedException anonymous) {
                return new X509Certificate[0];
            }
        }
    }
}
