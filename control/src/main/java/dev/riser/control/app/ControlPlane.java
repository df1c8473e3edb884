package dev.riser.control.app;

import dev.riser.base.Ticker;
import dev.riser.control.api.ApiServer;
import dev.riser.control.api.MetricsServer;
import dev.riser.control.registry.RegisteredWorkload;
import dev.riser.control.registry.RegistryLimits;
import dev.riser.control.registry.StateFile;
import dev.riser.control.registry.WorkloadRegistry;
import dev.riser.control.serve.Caller;
import dev.riser.control.serve.InstanceOwners;
import dev.riser.control.serve.NodeFacts;
import dev.riser.control.serve.ProxyServer;
import dev.riser.control.serve.ServeObserver;
import dev.riser.control.signals.SignalQueries;
import dev.riser.control.signals.SignalStore;
import dev.riser.control.source.ConfigSources;
import dev.riser.control.source.DirectorySource;
import dev.riser.control.source.ObjectStore;
import dev.riser.control.world.Debounce;
import dev.riser.control.world.MeshSettings;
import dev.riser.control.world.PersistentAddressBook;
import dev.riser.control.world.WorldUpdater;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.authority.AuthoritySettings;
import dev.riser.identity.authority.CertificateAuthority;
import dev.riser.identity.authority.WorkloadTokens;
import dev.riser.model.ReadLimits;
import dev.riser.xds.server.DiscoveryClient;
import dev.riser.xds.server.DiscoveryObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * A running control plane. The walk of a configuration through it: source ({@link DirectorySource}, {@link ObjectStore},
 * {@link WorkloadRegistry}) → world ({@link WorldUpdater}) → view and resources of one proxy ({@link WorldResources}) →
 * its stream ({@link ProxyServer}).
 */
public final class ControlPlane implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlPlane.class.getName());

    /** Changes that come within this time make one world: long enough for a deployment, too short to be noticed. */
    private static final Duration WORLD_PAUSE = Duration.ofMillis(20);

    private static final Duration SWEEP = Duration.ofSeconds(1);

    /** A directory of thousands of objects is read and checked in less. */
    private static final Duration FIRST_WORLD = Duration.ofSeconds(60);

    /** What has been started, the last first. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private final ControlPlaneSettings settings;
    private final AtomicReference<Runnable> pushes = new AtomicReference<>(() -> {});
    private final ControlMetrics metrics = new ControlMetrics();
    private final String adminToken;
    private final ProxyServer proxies;
    private final ApiServer api;
    private final MetricsServer metricsServer;

    /**
     * Starts a control plane; when this returns, proxies and users can call it.
     *
     * @throws IOException where the state directory cannot be used, another control plane uses it, the configuration
     *     directory is none, or an address is taken
     */
    public static ControlPlane start(ControlPlaneSettings settings) throws IOException {
        return start(settings, InstantSource.system(), Ticker.SYSTEM);
    }

    static ControlPlane start(ControlPlaneSettings settings, InstantSource clock, Ticker ticker) throws IOException {
        return new ControlPlane(settings, clock, ticker);
    }

    private ControlPlane(ControlPlaneSettings settings, InstantSource clock, Ticker ticker) throws IOException {
        this.settings = settings;
        boolean complete = false;
        try {
            Path state = settings.stateDirectory();
            Files.createDirectories(state);

            TrustDomain trustDomain = new TrustDomain(settings.trustDomain());
            CertificateAuthority authority = opened(CertificateAuthority.open(
                    state, AuthoritySettings.of(trustDomain).withLeafLifetime(settings.certificateLifetime()), clock));
            WorkloadTokens tokens = authority.tokens();
            StateFile.write(
                    state.resolve("root.pem"),
                    authority.trustBundle().pem().getBytes(StandardCharsets.UTF_8),
                    StateFile.Readers.EVERYBODY);
            this.adminToken = AdminToken.of(state);

            ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("riser-world").factory());
            started.push(scheduler::shutdownNow);

            WorldUpdater updater = new WorldUpdater(
                    new MeshSettings(
                            settings.trustDomain(),
                            MeshSettings.DEFAULT.rootNamespaces(),
                            settings.outbound(),
                            settings.accessLogging(),
                            settings.networks().loopback()
                                    ? MeshSettings.Capture.NONE
                                    : MeshSettings.Capture.REDIRECTION,
                            MeshSettings.DEFAULT.systemAuthorities()),
                    new PersistentAddressBook(state.resolve("addresses"), PersistentAddressBook.DEFAULT_RANGES),
                    Debounce.after(WORLD_PAUSE, scheduler));
            CountDownLatch firstWorld = new CountDownLatch(1);
            updater.listen((world, reasons) -> {
                metrics.world();
                firstWorld.countDown();
                pushes.get().run();
            });

            RegisteredInstances instances = new RegisteredInstances(updater, settings.networks());
            AtomicReference<WorkloadRegistry> opening = new AtomicReference<>();
            WorkloadRegistry registry = WorkloadRegistry.open(
                    state.resolve("workloads.json"),
                    settings.networks(),
                    RegistryLimits.DEFAULT,
                    clock,
                    new SecureRandom(),
                    () -> instances.update(opening.get().list()));
            opening.set(registry);
            instances.update(registry.list());

            ConfigSources sources = new ConfigSources(config -> updater.objects(config.inForce()));
            ObjectStore objects = new ObjectStore(state.resolve("objects"), ReadLimits.DEFAULT, sources::api);
            objects.start();
            if (settings.configDirectory().isPresent()) {
                DirectorySource directory = opened(
                        new DirectorySource(settings.configDirectory().get(), ReadLimits.DEFAULT, sources::directory));
                directory.start();
            }
            await(firstWorld);

            SignalStore signals = new SignalStore(clock);
            IssuedCertificates certificates = new IssuedCertificates();
            this.proxies = opened(ProxyServer.start(
                    new ProxyServer.Parts(
                            authority,
                            tokens,
                            new WorldResources(updater::current),
                            id -> registry.find(id)
                                    .map(workload -> new InstanceOwners.Owner(
                                            workload.registration().namespace(),
                                            workload.registration().serviceAccount())),
                            signals,
                            new Streams(registry, metrics),
                            new Calls(metrics, certificates),
                            ticker,
                            clock),
                    settings.xds()));
            pushes.set(proxies.discovery()::worldChanged);

            MeshState mesh = new MeshState(
                    settings, clock.instant(), authority, updater, sources, objects, proxies, certificates);
            this.api = opened(new ApiServer(
                    new ApiServer.Parts(
                            mesh,
                            registry,
                            tokens,
                            trustDomain,
                            new SignalQueries(signals),
                            adminToken,
                            hostAndPort(settings.xds(), proxies.port())),
                    settings.api()));
            this.metricsServer = opened(new MetricsServer(
                    () -> metrics.text(new ControlMetrics.Levels(
                            proxies.discovery().streams().size(),
                            sources.current().objects().size(),
                            mesh.problems().size(),
                            updater.current().services().size(),
                            byState(registry),
                            signals.fill())),
                    settings.metrics()));

            repeat(scheduler, SWEEP, registry::sweep);
            repeat(scheduler, ProxyServer.SERVER_CERTIFICATE_LIFETIME.dividedBy(3), proxies::renewCertificate);
            writeAddresses();
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    /** Port of the API and the dashboard. */
    public int apiPort() {
        return api.port();
    }

    /** Port of the server for proxies. */
    public int xdsPort() {
        return proxies.port();
    }

    /** Port of the metrics. */
    public int metricsPort() {
        return metricsServer.port();
    }

    /** The API's bearer token for changes. */
    public String adminToken() {
        return adminToken;
    }

    /** The file with the certificates that clients of the server for proxies must trust. */
    public Path rootBundle() {
        return settings.stateDirectory().resolve("root.pem");
    }

    /** Ends everything; proxies keep what they have. May be called more than once. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception failure) {
                LOG.log(System.Logger.Level.WARNING, "a part of the control plane did not end cleanly", failure);
            }
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        started.push(part);
        return part;
    }

    /** Waits until what was configured before this start is in force, so that no proxy sees an empty mesh. */
    private static void await(CountDownLatch firstWorld) throws IOException {
        try {
            if (!firstWorld.await(FIRST_WORLD.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the configuration was not read within " + FIRST_WORLD.toSeconds() + " s");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the configuration was read", interrupted);
        }
    }

    private void writeAddresses() throws IOException {
        Path file = settings.stateDirectory().resolve("control-plane.json");
        Map<String, String> addresses = new TreeMap<>();
        addresses.put("xds", '"' + hostAndPort(settings.xds(), xdsPort()) + '"');
        addresses.put("api", "\"http://" + hostAndPort(settings.api(), apiPort()) + '"');
        addresses.put("metrics", "\"http://" + hostAndPort(settings.metrics(), metricsPort()) + '"');
        addresses.put("pid", String.valueOf(ProcessHandle.current().pid()));
        String json = addresses.entrySet().stream()
                .map(entry -> '"' + entry.getKey() + "\": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}\n"));
        StateFile.write(file, json.getBytes(StandardCharsets.UTF_8), StateFile.Readers.EVERYBODY);
        started.push(() -> Files.deleteIfExists(file));
    }

    /** How callers on this machine reach a server; one that listens on every address is reached by loopback too. */
    private static String hostAndPort(InetSocketAddress address, int port) {
        String host = address.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private static Map<String, Long> byState(WorkloadRegistry registry) {
        return registry.list().stream()
                .collect(Collectors.groupingBy(
                        (RegisteredWorkload workload) -> workload.state().name().toLowerCase(Locale.ROOT),
                        Collectors.counting()));
    }

    /** Work that may fail and is done again later. */
    @FunctionalInterface
    private interface Repeated {
        void run() throws IOException;
    }

    private static void repeat(ScheduledExecutorService scheduler, Duration every, Repeated work) {
        scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | RuntimeException failure) {
                        LOG.log(System.Logger.Level.WARNING, "will be tried again in " + every, failure);
                    }
                },
                every.toMillis(),
                every.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Follows the discovery streams. */
    private record Streams(WorkloadRegistry registry, ControlMetrics metrics) implements DiscoveryObserver {
        @Override
        public void onConnected(DiscoveryClient client) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "proxy {0} connected as {1}",
                    client.node().getId(),
                    client.principal());
            try {
                registry.connected(NodeFacts.of(client.node()).instance().orElse(""));
            } catch (IOException unwritable) {
                LOG.log(System.Logger.Level.WARNING, "the registry cannot be written", unwritable);
            }
        }

        @Override
        public void onDisconnected(DiscoveryClient client) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "proxy {0} disconnected",
                    client.node().getId());
            registry.disconnected(NodeFacts.of(client.node()).instance().orElse(""));
        }

        @Override
        public void onPushed(DiscoveryClient client, int resources, Duration taken) {
            metrics.pushed(resources, taken);
        }

        @Override
        public void onRejected(DiscoveryClient client, String type, String name, String reason) {
            metrics.rejected(type);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "proxy {0} refused {1} {2}: {3}",
                    client.node().getId(),
                    type.substring(type.lastIndexOf('.') + 1),
                    name,
                    reason);
        }

        @Override
        public void onFailure(DiscoveryClient client, RuntimeException failure) {
            metrics.failed();
            LOG.log(
                    System.Logger.Level.ERROR,
                    "resources for " + client.node().getId() + " could not be made; what it has stays in force",
                    failure);
        }
    }

    /** Follows the other calls of proxies. */
    private record Calls(ControlMetrics metrics, IssuedCertificates certificates) implements ServeObserver {
        @Override
        public void onUnauthenticated(String address, String reason) {
            metrics.unauthenticated();
            LOG.log(System.Logger.Level.WARNING, "a call from {0} was refused: {1}", address, reason);
        }

        @Override
        public void onNodeRefused(Caller caller, String node, String reason) {
            metrics.nodeRefused();
            LOG.log(System.Logger.Level.WARNING, "node {0} was refused to {1}: {2}", node, caller.id(), reason);
        }

        @Override
        public void onNodeAdmitted(Caller caller, String instance) {
            // After a restart of ours nobody else says which certificate a proxy has.
            caller.certificate()
                    .ifPresent(certificate -> certificates.presented(
                            instance.isEmpty() ? caller.id().text() : instance, certificate));
        }

        @Override
        public void onIssued(Caller caller, X509Certificate certificate) {
            metrics.issued();
            certificates.put(caller.instance().orElse(caller.id().text()), certificate);
        }

        @Override
        public void onIssueRefused(Caller caller, String reason) {
            metrics.issueRefused();
            LOG.log(System.Logger.Level.WARNING, "no certificate for {0}: {1}", caller.id(), reason);
        }

        @Override
        public void onReportRefused(Caller caller, String node) {
            metrics.reportRefused();
        }
    }
}
