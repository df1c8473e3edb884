package dev.riser.control.serve;

import dev.riser.base.Ticker;
import dev.riser.control.signals.SignalStore;
import dev.riser.identity.authority.Authenticator;
import dev.riser.identity.authority.CertificateAuthority;
import dev.riser.identity.authority.ServerIdentity;
import dev.riser.identity.authority.WorkloadTokens;
import dev.riser.xds.server.DiscoveryClient;
import dev.riser.xds.server.DiscoveryObserver;
import dev.riser.xds.server.DiscoveryServer;
import dev.riser.xds.server.ResourceSource;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The server on 15012. Its certificate comes from the mesh's own authority, so that proxies need to be given nothing but
 * the root; it is renewed in memory without touching open connections.
 */
public final class ProxyServer implements AutoCloseable {
    /** The name in the server's certificate, beside its addresses. */
    public static final String SERVER_NAME = "control-plane.riser.internal";

    /** Life of the server's own certificate; nobody but this process ever holds it. */
    public static final Duration SERVER_CERTIFICATE_LIFETIME = Duration.ofHours(24);

    /** A connection that answers no ping for this long is dead, and its workloads are lost. */
    private static final long KEEPALIVE_SECONDS = 10;

    private static final long KEEPALIVE_TIMEOUT_SECONDS = 5;

    /** Clients may ping as often as this. */
    private static final long PERMITTED_KEEPALIVE_SECONDS = 5;

    /** A proxy of many workloads has one stream for each, on one connection. */
    private static final int MOST_CALLS_PER_CONNECTION = 4096;

    private static final int LARGEST_MESSAGE = 4 * 1024 * 1024;

    private final CertificateAuthority authority;
    private final List<String> addresses;
    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final DiscoveryServer discovery;
    private final EventLoopGroup loops;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService workers;
    private final Server server;

    /**
     * What the server is made of.
     *
     * @param authority issues certificates, also the server's own
     * @param tokens verifies bearer tokens
     * @param resources what proxies are told
     * @param owners says to whom a registered instance belongs
     * @param signals takes the reports
     * @param discoveryObserver sees the discovery streams
     * @param serveObserver sees the rest
     * @param ticker measures
     * @param clock the time of day
     */
    public record Parts(
            CertificateAuthority authority,
            WorkloadTokens tokens,
            ResourceSource resources,
            InstanceOwners owners,
            SignalStore signals,
            DiscoveryObserver discoveryObserver,
            ServeObserver serveObserver,
            Ticker ticker,
            InstantSource clock) {}

    private ProxyServer(Parts parts, InetSocketAddress address) throws IOException {
        this.authority = parts.authority();
        this.addresses = certificateAddresses(address);
        renewCertificate();
        AdmittedNodes nodes = new AdmittedNodes();
        int cores = Runtime.getRuntime().availableProcessors();
        this.workers = Executors.newFixedThreadPool(
                cores, Thread.ofPlatform().daemon().name("riser-discovery-", 0).factory());
        this.discovery = new DiscoveryServer(
                parts.resources(),
                new IdentityGate(parts.owners(), nodes, parts.serveObserver()),
                new ForgettingObserver(parts.discoveryObserver(), nodes),
                workers,
                parts.ticker(),
                parts.clock());
        Authenticator authenticator = new Authenticator(parts.tokens(), authority::trustBundle, parts.clock());
        CallerAuthentication authentication =
                new CallerAuthentication(authenticator::authenticate, parts.serveObserver());
        this.loops = new MultiThreadIoEventLoopGroup(
                Math.min(cores, 2),
                Thread.ofPlatform().daemon().name("riser-serve-", 0).factory(),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        Class<? extends ServerChannel> channel =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        this.server = NettyServerBuilder.forAddress(address)
                .channelType(channel)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .executor(calls)
                .sslContext(tls())
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .maxConcurrentCallsPerConnection(MOST_CALLS_PER_CONNECTION)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(PERMITTED_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(ServerInterceptors.intercept(discovery, authentication))
                .addService(ServerInterceptors.intercept(
                        new CertificateService(authority::issue, parts.ticker(), parts.serveObserver()),
                        authentication))
                .addService(ServerInterceptors.intercept(
                        new SignalService(parts.signals(), nodes, parts.serveObserver()), authentication))
                .build();
    }

    /**
     * Starts the server.
     *
     * @param address where to listen; port 0 takes any
     * @throws IOException where it cannot listen there
     */
    public static ProxyServer start(Parts parts, InetSocketAddress address) throws IOException {
        ProxyServer started = new ProxyServer(parts, address);
        try {
            started.server.start();
        } catch (IOException unable) {
            started.close();
            throw unable;
        }
        return started;
    }

    /** The port it listens on. */
    public int port() {
        return server.getPort();
    }

    /** The discovery service, for pushes and for reports on its streams. */
    public DiscoveryServer discovery() {
        return discovery;
    }

    /**
     * Replaces the server's certificate by a fresh one; connections that are open keep theirs.
     *
     * @throws IOException where the authority cannot make one; the one in use stays
     */
    public void renewCertificate() throws IOException {
        ServerIdentity identity =
                authority.serverIdentity(List.of(SERVER_NAME, "localhost"), addresses, SERVER_CERTIFICATE_LIFETIME);
        keys.updateIdentityCredentials(identity.chain().toArray(X509Certificate[]::new), identity.privateKey());
    }

    private static List<String> certificateAddresses(InetSocketAddress address) {
        String own = address.getAddress().getHostAddress();
        return address.getAddress().isAnyLocalAddress() || own.equals("127.0.0.1")
                ? List.of("127.0.0.1", "::1")
                : List.of("127.0.0.1", "::1", own);
    }

    private SslContext tls() throws IOException {
        SslProvider provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
        return GrpcSslContexts.configure(SslContextBuilder.forServer(keys), provider)
                .protocols("TLSv1.3")
                .clientAuth(ClientAuth.OPTIONAL)
                .trustManager(new LaterVerified())
                .sessionCacheSize(1)
                .build();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(2, TimeUnit.SECONDS);
            // What the streams still had to do needs the loops, so those end last.
            workers.shutdown();
            workers.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        calls.shutdownNow();
        workers.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Passes everything on, and forgets the nodes that are gone. */
    private record ForgettingObserver(DiscoveryObserver next, AdmittedNodes nodes) implements DiscoveryObserver {
        @Override
        public void onConnected(DiscoveryClient client) {
            next.onConnected(client);
        }

        @Override
        public void onDisconnected(DiscoveryClient client) {
            nodes.gone(client.node().getId());
            next.onDisconnected(client);
        }

        @Override
        public void onPushed(DiscoveryClient client, int resources, Duration taken) {
            next.onPushed(client, resources, taken);
        }

        @Override
        public void onAccepted(DiscoveryClient client, String type, int resources) {
            next.onAccepted(client, type, resources);
        }

        @Override
        public void onRejected(DiscoveryClient client, String type, String name, String reason) {
            next.onRejected(client, type, name, reason);
        }

        @Override
        public void onFailure(DiscoveryClient client, RuntimeException failure) {
            next.onFailure(client, failure);
        }
    }
}
