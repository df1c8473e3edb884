package dev.riser.xds.client;

import dev.riser.xds.client.ChannelSecurity.ClientCertificate;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to the control plane, shared by everything that one workload says to it. When the roots or the client
 * certificate change, the next call goes over a new connection and calls in progress end on the old. Thread-safe.
 */
public final class ControlPlaneChannel implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final int CONNECT_TIMEOUT_MILLIS = 3000;

    /** A control plane that vanished without a word is noticed within this and the time-out. */
    private static final int KEEPALIVE_SECONDS = 30;

    private static final int KEEPALIVE_TIMEOUT_SECONDS = 10;

    /** Large clusters come as one response of several megabytes. */
    private static final int LARGEST_MESSAGE = 64 * 1024 * 1024;

    private final String host;
    private final int port;
    private final String authority;
    private final ChannelTransport transport;
    private final ChannelSecurity security;
    private final Supplier<Optional<String>> bearer;
    private @Nullable ManagedChannel current;
    private List<X509Certificate> currentRoots = List.of();
    private Optional<ClientCertificate> currentClient = Optional.empty();
    private boolean closed;

    /**
     * @param host where the control plane listens: a name, looked up anew for each connection, or an IP address
     * @param port at that host
     * @param authority the name its certificate must carry, with the port: {@code localhost:15012}
     * @param bearer the workload's token, sent with each call; empty for none
     */
    public ControlPlaneChannel(
            String host,
            int port,
            String authority,
            ChannelTransport transport,
            ChannelSecurity security,
            Supplier<Optional<String>> bearer) {
        this.host = host;
        this.port = port;
        this.authority = authority;
        this.transport = transport;
        this.security = security;
        this.bearer = bearer;
    }

    /**
     * The channel for a new call or stream. Ask each time; do not keep it.
     *
     * @throws IllegalStateException after {@link #close}
     * @throws UncheckedIOException where the roots cannot be read
     */
    public synchronized Channel channel() {
        if (closed) {
            throw new IllegalStateException("the channel is closed");
        }
        ManagedChannel channel = switch (security) {
            case ChannelSecurity.Plaintext plaintext -> current == null ? build(null) : current;
            case ChannelSecurity.Tls tls -> overTls(tls);
        };
        current = channel;
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            // The pauses between attempts are the callers'; the channel's own would add to them.
            channel.resetConnectBackoff();
        }
        return ClientInterceptors.intercept(channel, new BearerToken(bearer));
    }

    /** Ends every call. */
    @Override
    public synchronized void close() {
        closed = true;
        if (current != null) {
            current.shutdownNow();
        }
    }

    private ManagedChannel overTls(ChannelSecurity.Tls tls) {
        try {
            List<X509Certificate> roots = tls.roots().roots();
            Optional<ClientCertificate> client = tls.client().get();
            ManagedChannel known = current;
            if (known != null && roots.equals(currentRoots) && client.equals(currentClient)) {
                return known;
            }
            SslContextBuilder context = GrpcSslContexts.forClient().trustManager(roots.toArray(X509Certificate[]::new));
            client.ifPresent(
                    shown -> context.keyManager(shown.key(), shown.chain().toArray(X509Certificate[]::new)));
            ManagedChannel next = build(context.protocols("TLSv1.3", "TLSv1.2").build());
            if (known != null) {
                known.shutdown();
            }
            currentRoots = roots;
            currentClient = client;
            return next;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private ManagedChannel build(@Nullable SslContext context) {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(host, port)
                .overrideAuthority(authority)
                .eventLoopGroup(transport.loops())
                .channelFactory(transport.sockets())
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .disableRetry();
        return context == null
                ? builder.negotiationType(NegotiationType.PLAINTEXT).build()
                : builder.negotiationType(NegotiationType.TLS)
                        .sslContext(context)
                        .build();
    }

    /** Adds the token of the moment to each call. */
    private record BearerToken(Supplier<Optional<String>> token) implements ClientInterceptor {
        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
            return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                @Override
                public void start(Listener<A> listener, Metadata headers) {
                    token.get().ifPresent(text -> headers.put(AUTHORIZATION, "Bearer " + text));
                    super.start(listener, headers);
                }
            };
        }
    }
}
