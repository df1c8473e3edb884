package dev.riser.proxy.flow;

import dev.riser.proxy.guard.ConnectionFacts;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.FilterChain;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An accepted connection once its target is known: who is there, where it was going, which filter chain serves it. Made
 * once for each connection, immutable after the handshake, confined to its event loop.
 */
final class DownstreamConnection implements ConnectionFacts {
    private static final InetSocketAddress NOWHERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Channel channel;
    private final WorkloadLoop loop;
    private CompiledListener listener;
    private FilterChain chain;
    private final InetSocketAddress remote;
    private final InetSocketAddress destination;
    private final IpAddress remoteIp;
    private final IpAddress destinationIp;
    private final String serverName;
    private final HandshakeFacts handshake;
    private final @Nullable PeerCertificate peer;
    private final long id;

    DownstreamConnection(
            Channel channel,
            WorkloadLoop loop,
            CompiledListener listener,
            FilterChain chain,
            InetSocketAddress destination,
            String serverName,
            HandshakeFacts handshake) {
        this.channel = channel;
        this.loop = loop;
        this.listener = listener;
        this.chain = chain;
        this.destination = destination;
        this.remote = channel.remoteAddress() instanceof InetSocketAddress address ? address : NOWHERE;
        this.remoteIp = IpAddress.of(remote.getAddress());
        this.destinationIp = IpAddress.of(destination.getAddress());
        this.serverName = serverName;
        this.handshake = handshake;
        // Only a chain that verifies its clients makes a certificate count as an identity.
        this.peer = handshake.peerPresented()
                        && chain.tls() != null
                        && chain.tls().common().validation() != null
                ? certificate(handshake)
                : null;
        this.id = loop.nextConnectionId();
    }

    private static PeerCertificate certificate(HandshakeFacts handshake) {
        List<String> uris = new ArrayList<>(1);
        List<String> names = new ArrayList<>(0);
        for (String name : handshake.peerNames()) {
            (name.contains("://") ? uris : names).add(name);
        }
        return new PeerCertificate(uris, names, "");
    }

    Channel channel() {
        return channel;
    }

    WorkloadLoop loop() {
        return loop;
    }

    CompiledListener listener() {
        return listener;
    }

    FilterChain chain() {
        return chain;
    }

    /** What is in force for the connection from now on. */
    void revise(CompiledListener nowListener, FilterChain nowChain) {
        listener = nowListener;
        chain = nowChain;
    }

    /** The client's end of the socket. */
    InetSocketAddress remote() {
        return remote;
    }

    /** Where the client was going, before any redirection. */
    InetSocketAddress destination() {
        return destination;
    }

    HandshakeFacts handshake() {
        return handshake;
    }

    long id() {
        return id;
    }

    boolean inbound() {
        return listener.direction() == CompiledListener.Direction.INBOUND;
    }

    /** Whether the workload's own program is at the other end. */
    boolean outbound() {
        return listener.direction() == CompiledListener.Direction.OUTBOUND;
    }

    /** Whom what comes of the connection is to reach. */
    Sockets.Reach reach() {
        return inbound() ? Sockets.Reach.PROGRAM : Sockets.Reach.ELSEWHERE;
    }

    /** Whether both ends of the connection have proved who they are. */
    boolean mutualTls() {
        return peer != null;
    }

    /** The verified SPIFFE id of the client, empty where it proved none. */
    String principal() {
        return peer == null ? "" : handshake.peerUri();
    }

    @Override
    public IpAddress directRemoteAddress() {
        return remoteIp;
    }

    @Override
    public IpAddress remoteAddress() {
        return remoteIp;
    }

    @Override
    public IpAddress localAddress() {
        return destinationIp;
    }

    @Override
    public int localPort() {
        return destination.getPort();
    }

    @Override
    public CharSequence requestedServerName() {
        return serverName;
    }

    String serverName() {
        return serverName;
    }

    @Override
    public @Nullable PeerCertificate peer() {
        return peer;
    }
}
