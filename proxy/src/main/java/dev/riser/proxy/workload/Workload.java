package dev.riser.proxy.workload;

import dev.riser.identity.RotationSchedule;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.WorkloadCredentials;
import dev.riser.proxy.discovery.CertificateRenewal;
import dev.riser.proxy.discovery.CredentialsHolder;
import dev.riser.proxy.discovery.DiscoverySettings;
import dev.riser.proxy.discovery.RenewalObserver;
import dev.riser.proxy.discovery.ResourceCompilers;
import dev.riser.proxy.discovery.WorkloadDiscovery;
import dev.riser.proxy.discovery.WorkloadNode;
import dev.riser.proxy.dns.Resolver;
import dev.riser.proxy.dns.ResolverSettings;
import dev.riser.proxy.flow.Discovered;
import dev.riser.proxy.flow.TrafficDiscovery;
import dev.riser.proxy.flow.TrafficSettings;
import dev.riser.proxy.flow.WorkloadTraffic;
import dev.riser.proxy.net.NetworkNamespace;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.SnapshotHolder;
import dev.riser.proxy.telemetry.MetricSettings;
import dev.riser.proxy.telemetry.PeerDescriptor;
import dev.riser.proxy.telemetry.WorkloadTelemetry;
import dev.riser.proxy.tls.WorkloadTls;
import dev.riser.xds.client.AdsObserver;
import dev.riser.xds.client.CertificateClient;
import dev.riser.xds.client.ChannelSecurity;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.ControlPlaneChannel;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RetryDelay;
import dev.riser.xds.client.RootSource;
import io.grpc.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * One workload that the process serves: identity and keys, snapshot, listeners in its network namespace, traffic, name
 * resolution, telemetry. Made from a {@link WorkloadSpecification}, ready when certificate, first configuration and
 * listeners are there, and ended without touching any other. Any thread.
 */
public final class Workload implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.riser.workload");
    private static final int DNS_PORT = 15053;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private final WorkloadSpecification specification;
    private final WorkloadResources resources;
    private final NetworkNamespace namespace;
    private final Sockets sockets;
    private final SnapshotHolder snapshots = new SnapshotHolder();
    private final CredentialsHolder credentials = new CredentialsHolder();
    private final ControlPlaneChannel channel;
    private final CertificateRenewal renewal;
    private final WorkloadDiscovery discovery;
    private final WorkloadTelemetry telemetry;
    private final WorkloadTraffic traffic;
    private final BoundListeners listeners;
    private final Resolver resolver;
    private final Entrances entrances;
    private final String nodeId;
    private final List<io.netty.channel.Channel> dnsSockets = new ArrayList<>();
    private volatile State state = State.STARTING;

    /** Where a workload stands in its life. */
    public enum State {
        STARTING,
        READY,
        DRAINING,
        CLOSED
    }

    /**
     * Opens the workload's namespace and prepares everything; {@link #start} begins.
     *
     * @throws IOException where the network namespace cannot be opened
     */
    public Workload(WorkloadSpecification specification, WorkloadResources resources) throws IOException {
        this.specification = specification;
        this.resources = resources;
        this.namespace = specification.networkNamespace().isEmpty()
                ? NetworkNamespace.OWN
                : NetworkNamespace.open(specification.networkNamespace());
        this.sockets = new Sockets(namespace, specification.marks());
        SpiffeId id = specification.spiffeId();
        WorkloadNode node = specification.node();
        this.nodeId = node.id();
        EventLoop loop = resources.loops().next();
        LoopScheduler scheduler = LoopScheduler.of(loop);
        this.channel = new ControlPlaneChannel(
                specification.controlPlaneHost(),
                specification.controlPlanePort(),
                specification.controlPlaneHost() + ":" + specification.controlPlanePort(),
                new ChannelTransport(resources.loops(), EpollSocketChannel::new),
                new ChannelSecurity.Tls(
                        RootSource.file(Path.of(specification.rootCertificates())), this::clientCertificate),
                this::bearer);
        CertificateClient requests = new CertificateClient(this::grpc, scheduler, REQUEST_TIMEOUT);
        this.renewal = new CertificateRenewal(
                id,
                specification.certificateLifetime(),
                requests::request,
                credentials,
                new RotationSchedule(new SplittableRandom(resources.random().nextLong())),
                scheduler,
                resources.clock(),
                RenewalObserver.NONE);
        this.discovery = new WorkloadDiscovery(
                this::grpc,
                node.toNode(),
                WorkloadDiscovery.SIDECAR_LISTENERS,
                ResourceCompilers.standard(),
                snapshots,
                scheduler,
                RetryDelay.standard(new SplittableRandom(resources.random().nextLong())),
                DiscoverySettings.STANDARD,
                resources.ticker(),
                observer());
        PeerDescriptor own = specification.descriptor();
        this.telemetry = resources
                .telemetry()
                .workload(nodeId, MetricSettings.DEFAULT, resources.tracers().apply(specification.spanAttributes()));
        WorkloadTls tls = new WorkloadTls(credentials::current, resources.clock());
        this.traffic = new WorkloadTraffic(
                new TrafficSettings(own, specification.service(), TrafficSettings.MOST_CONNECTIONS),
                snapshots,
                sockets,
                tls,
                credentials::current,
                new OnDemand(discovery),
                resources.telemetry(),
                telemetry,
                resources.ticker(),
                resources.random().nextLong(),
                resources.accessLogs(),
                resources.scheduler(),
                resources.blocking());
        this.listeners = new BoundListeners(snapshots, traffic, sockets, resources.loops());
        this.resolver = new Resolver(
                ResolverSettings.forNamespace(specification.namespace()),
                discovery::host,
                resources.forwarder(),
                outcome -> resources.telemetry().proxyMetrics().nameAsked(outcome.toString()));
        this.entrances = new Entrances(specification, resources, snapshots, traffic, sockets, resolver);
        credentials.listen(renewed -> traffic.retireConnections());
    }

    private Channel grpc() {
        return channel.channel();
    }

    private Optional<ChannelSecurity.ClientCertificate> clientCertificate() {
        WorkloadCredentials own = credentials.current();
        return own == null
                ? Optional.empty()
                : Optional.of(new ChannelSecurity.ClientCertificate(own.privateKey(), own.chain()));
    }

    /**
     * Sent with every call beside the certificate: a certificate that has been expired for long leaves the token as the
     * only way back.
     */
    private Optional<String> bearer() {
        return Optional.of(specification.token());
    }

    private AdsObserver observer() {
        return new AdsObserver() {
            private boolean lost;

            @Override
            public void onConnected() {
                if (lost) {
                    lost = false;
                    LOG.log(
                            System.Logger.Level.INFO,
                            "{0}/{1}: control plane is back",
                            specification.namespace(),
                            specification.name());
                }
            }

            @Override
            public void onLost(String reason, Duration retryIn) {
                if (lost) {
                    // Every further attempt would say the same, about once a second and for each workload.
                    return;
                }
                lost = true;
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}/{1}: control plane lost: {2}; what is in force stays, and it is looked for until it is back",
                        specification.namespace(),
                        specification.name(),
                        reason);
            }

            @Override
            public void onAccepted(String type, int upserts, int removed) {}

            @Override
            public void onRejected(String type, java.util.Map<String, String> reasons) {
                resources.telemetry().proxyMetrics().discoveryRejected(type);
                reasons.forEach((name, reason) -> LOG.log(
                        System.Logger.Level.WARNING,
                        "rejected resource={0} type={1} reason=\"{2}\"",
                        name,
                        type,
                        reason));
            }
        };
    }

    /** Gets certificate and configuration, binds, and completes when all of it is there. */
    public CompletionStage<Void> start() {
        CompletableFuture<WorkloadCredentials> certified = renewal.start().toCompletableFuture();
        discovery.start();
        CompletableFuture<Void> bound = discovery
                .ready()
                .thenCompose(snapshot -> listeners.apply(snapshot))
                .toCompletableFuture();
        return bound.thenCombine(certified, (done, own) -> own)
                .thenCompose(own -> bindDns())
                .thenCompose(done -> entrances.open())
                .thenAccept(done -> {
                    snapshots.listen((before, after) -> listeners.apply(after).exceptionally(failed -> null));
                    state = State.READY;
                });
    }

    private CompletionStage<Void> bindDns() {
        if (specification.networkNamespace().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        // On loopback, not on every address: a redirected question is expected to be answered from where it was sent
        // to, and
        // a socket without an address of its own would answer from the workload's.
        List<CompletableFuture<Void>> bindings = new ArrayList<>(dnsAt("127.0.0.1"));
        if (specification.addresses().stream().anyMatch(Inet6Address.class::isInstance)) {
            bindings.addAll(dnsAt("::1"));
        }
        return CompletableFuture.allOf(bindings.toArray(CompletableFuture[]::new));
    }

    private List<CompletableFuture<Void>> dnsAt(String loopback) {
        InetSocketAddress address = new InetSocketAddress(loopback, DNS_PORT);
        var udp = sockets.datagram(resources.loops().next(), address, resolver.datagramHandler());
        var tcp = sockets.listen(resources.loops(), address, resolver.streamInitializer(), true);
        synchronized (dnsSockets) {
            dnsSockets.add(udp.channel());
            dnsSockets.add(tcp.channel());
        }
        return List.of(bound(udp), bound(tcp));
    }

    static CompletableFuture<Void> bound(ChannelFuture binding) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        binding.addListener(made -> {
            if (made.isSuccess()) {
                done.complete(null);
            } else {
                done.completeExceptionally(made.cause());
            }
        });
        return done;
    }

    public WorkloadSpecification specification() {
        return specification;
    }

    public State state() {
        return state;
    }

    /** As in xDS {@code Node.id}. */
    public String nodeId() {
        return nodeId;
    }

    public ProxySnapshot snapshot() {
        return snapshots.current();
    }

    public CertificateRenewal.Status certificate() {
        return renewal.status();
    }

    public WorkloadTraffic traffic() {
        return traffic;
    }

    /** Name and address of each listening socket, a line each. */
    public List<String> listenerLines() {
        return listeners.lines();
    }

    public ControlPlaneChannel controlPlane() {
        return channel;
    }

    public WorkloadTelemetry telemetry() {
        return telemetry;
    }

    /** The credentials in force, null before the first. */
    public CredentialsHolder credentials() {
        return credentials;
    }

    /** No new connections; completes when those that are open have ended or {@code limit} has passed. */
    public CompletionStage<Void> drain(Duration limit) {
        state = State.DRAINING;
        listeners.close();
        entrances.close();
        traffic.drain();
        CompletableFuture<Void> done = new CompletableFuture<>();
        awaitQuiet(done, resources.ticker().nanos() + limit.toNanos());
        return done;
    }

    private void awaitQuiet(CompletableFuture<Void> done, long until) {
        if (traffic.connections() == 0 || resources.ticker().nanos() >= until) {
            done.complete(null);
            return;
        }
        resources.scheduler().schedule(() -> awaitQuiet(done, until), 50, java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        state = State.CLOSED;
        listeners.close();
        entrances.close();
        synchronized (dnsSockets) {
            dnsSockets.forEach(io.netty.channel.Channel::close);
        }
        traffic.closeConnections();
        traffic.close();
        renewal.close();
        discovery.close();
        channel.close();
        namespace.close();
    }

    /** Discovery as traffic needs it. */
    private record OnDemand(WorkloadDiscovery discovery) implements TrafficDiscovery {
        @Override
        public void discover(String listenerName, EventLoop loop, Consumer<Discovered> found) {
            discovery
                    .listener(listenerName)
                    .whenComplete((snapshot, failure) -> loop.execute(() -> {
                        CompiledListener listener = snapshot == null ? null : snapshot.listener(listenerName);
                        if (listener != null) {
                            found.accept(new Discovered.Known(listener));
                        } else if (failure != null || !discovery.answered(listenerName)) {
                            found.accept(new Discovered.Unreachable(
                                    discovery.connected()
                                            ? "no answer in time"
                                            : "the control plane is not connected"));
                        } else {
                            found.accept(new Discovered.NotOfTheMesh());
                        }
                    }));
        }

        @Override
        public void used(String listenerName) {
            discovery.listener(listenerName);
        }
    }
}
