package dev.riser.proxy.flow;

import dev.riser.proxy.balance.Host;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.TlsSettings;
import dev.riser.proxy.snapshot.UpstreamTls;
import dev.riser.proxy.snapshot.UpstreamTransport;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.tls.WorkloadTls;
import java.net.InetSocketAddress;

/**
 * One endpoint of a cluster under one version of the cluster's settings: what connections to it have in common. Two
 * requests share a connection only when they have the same instance, so equality is identity. Any thread.
 */
final class Upstream {
    private final ClusterRuntime runtime;
    private final CompiledCluster cluster;
    private final Host host;
    private final UpstreamTransport transport;
    private final PeerDescriptor peer;
    private final boolean mutualTls;
    private final boolean ofTheMesh;

    Upstream(ClusterRuntime runtime, CompiledCluster cluster, Host host) {
        this.runtime = runtime;
        this.cluster = cluster;
        this.host = host;
        this.transport = cluster.transportFor(host.endpoint());
        this.mutualTls = transport instanceof UpstreamTls tls
                && !tls.common().certificates().isEmpty()
                && tls.common().validation() != null;
        this.ofTheMesh = mutualTls
                && transport instanceof UpstreamTls own
                && own.common().certificates().contains(new TlsSettings.NamedCertificate(WorkloadTls.CERTIFICATE));
        this.peer = Peers.ofEndpoint(host.endpoint().workload());
    }

    ClusterRuntime runtime() {
        return runtime;
    }

    CompiledCluster cluster() {
        return cluster;
    }

    Host host() {
        return host;
    }

    InetSocketAddress address() {
        return host.socketAddress();
    }

    UpstreamTransport transport() {
        return transport;
    }

    /** Name of the endpoint, empty where it has none. */
    String hostname() {
        return host.endpoint().hostname();
    }

    /** Who is there, as discovery says; who it really is, the handshake proves. */
    PeerDescriptor peer() {
        return peer;
    }

    /** Whether both ends prove who they are on this hop. */
    boolean mutualTls() {
        return mutualTls;
    }

    /** Whether we show the workload's own identity there, which is for other proxies of the mesh. */
    boolean ofTheMesh() {
        return ofTheMesh;
    }

    /** Whether discovery still names the endpoint, with the settings that this was made from. */
    boolean inForce() {
        return !host.removed() && runtime.config() == cluster;
    }
}
