package dev.riser.control.serve;

import dev.riser.identity.authority.Authentication;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Lets no call pass whose caller has not shown who it is, and tells the services who that is. */
final class CallerAuthentication implements ServerInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /** Decides who a caller is, from its bearer token, its client certificates, or both. */
    @FunctionalInterface
    interface Decision {
        Authentication authenticate(@Nullable String bearer, X509Certificate[] chain);
    }

    private final Decision decision;
    private final ServeObserver observer;

    CallerAuthentication(Decision decision, ServeObserver observer) {
        this.decision = decision;
        this.observer = observer;
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        X509Certificate[] chain = chain(call);
        return switch (decision.authenticate(headers.get(AUTHORIZATION), chain)) {
            case Authentication.Authenticated authenticated -> {
                Caller caller = new Caller(
                        authenticated.id(),
                        Optional.ofNullable(authenticated.instance()),
                        authenticated.certified() ? Optional.of(chain[0]) : Optional.empty(),
                        address(call));
                yield Contexts.interceptCall(Context.current().withValue(Caller.KEY, caller), call, headers, next);
            }
            case Authentication.Refused refused -> {
                observer.onUnauthenticated(address(call), refused.reason());
                call.close(Status.UNAUTHENTICATED.withDescription(refused.reason()), new Metadata());
                yield new ServerCall.Listener<>() {};
            }
        };
    }

    private static X509Certificate[] chain(ServerCall<?, ?> call) {
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        if (session == null) {
            return new X509Certificate[0];
        }
        try {
            Certificate[] certificates = session.getPeerCertificates();
            return Arrays.stream(certificates)
                    .filter(X509Certificate.class::isInstance)
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (SSLPeerUnverifiedException none) {
            return new X509Certificate[0];
        }
    }

    private static String address(ServerCall<?, ?> call) {
        SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return remote instanceof InetSocketAddress internet
                ? internet.getAddress().getHostAddress()
                : "";
    }
}
