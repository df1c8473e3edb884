package dev.riser.proxy.app;

import dev.riser.base.Ticker;
import dev.riser.identity.SpiffeId;
import dev.riser.proxy.admin.AdminServer;
import dev.riser.proxy.admin.AdminView;
import dev.riser.proxy.admin.AdoptionObserver;
import dev.riser.proxy.admin.ControlSocket;
import dev.riser.proxy.admin.WorkloadControl;
import dev.riser.proxy.dns.Forwarder;
import dev.riser.proxy.flow.AccessLogs;
import dev.riser.proxy.telemetry.ProcessTelemetry;
import dev.riser.proxy.telemetry.SpanExporter;
import dev.riser.proxy.telemetry.Tracer;
import dev.riser.proxy.workload.Workload;
import dev.riser.proxy.workload.WorkloadResources;
import dev.riser.proxy.workload.WorkloadSpecification;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A proxy process and the workloads that it serves. Start it once; every public method may be called on any thread.
 * Order of the end: no new workloads, listeners closed, connections drained, loops stopped.
 */
public final class ProxyProcess implements WorkloadControl, AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.riser.proxy");
    private static final Duration IDLE_CHECK = Duration.ofMillis(500);
    /** By then the first workloads are served. */
    private static final Duration STARTED = Duration.ofSeconds(15);

    private static final Duration COLD_PAGES_CHECK = Duration.ofMinutes(5);
    private static final Duration READY_LIMIT = Duration.ofSeconds(30);

    private final ProxySettings settings;
    private final String version;
    private final AdoptionObserver observer;
    private final EventLoopGroup loops;
    private final ScheduledExecutorService scheduler;
    private final ExecutorService blocking;
    private final WorkloadResources resources;
    private final ProcessTelemetry telemetry;
    private final SignalReports reports;
    private final Map<String, Workload> workloads = new ConcurrentHashMap<>();
    private @Nullable ProgramExits programs;
    private final Set<CompletableFuture<Void>> leaving = ConcurrentHashMap.newKeySet();
    private final List<Channel> servers = new ArrayList<>();
    private final List<AutoCloseable> closing = new CopyOnWriteArrayList<>();
    private final AdoptionJournal journal;
    private final CountDownLatch ended = new CountDownLatch(1);
    private Optional<ControlSocket> socket = Optional.empty();
    private volatile long lastBusy = System.nanoTime();
    private volatile boolean stopping;

    private ProxyProcess(ProxySettings settings, String version, AdoptionObserver observer) {
        this.observer = observer;
        this.settings = settings;
        this.version = version;
        this.journal = new AdoptionJournal(settings.controlSocket()
                .map(path -> path.resolveSibling(path.getFileName() + ".workloads"))
                .orElse(Path.of("/dev/null/none")));
        this.loops = new MultiThreadIoEventLoopGroup(settings.eventLoops(), EpollIoHandler.newFactory());
        this.scheduler = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("proxy-schedule").daemon().factory());
        this.blocking = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("proxy-blocking-", 0).factory());
        this.telemetry = new ProcessTelemetry(Ticker.SYSTEM, InstantSource.system(), blocking);
        SecureRandom random = new SecureRandom();
        Forwarder forwarder = new Forwarder(
                loops.next(),
                EpollDatagramChannel::new,
                EpollSocketChannel::new,
                NameServers.ofMachine(Path.of("/etc/resolv.conf")),
                random,
                Duration.ofSeconds(5));
        this.resources = new WorkloadResources(
                loops,
                scheduler,
                blocking,
                Ticker.SYSTEM,
                InstantSource.system(),
                random,
                telemetry,
                new AccessLogs(telemetry),
                tracers(random),
                forwarder);
        this.reports = new SignalReports(telemetry, workloads::values, loops, scheduler);
    }

    /**
     * Starts a process without workloads.
     *
     * @throws IOException where an address or the control socket cannot be opened; nothing stays open then
     */
    public static ProxyProcess start(ProxySettings settings, String version, AdoptionObserver observer)
            throws IOException, InterruptedException {
        ProxyProcess process = new ProxyProcess(settings, version, observer);
        try {
            process.open();
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
        return process;
    }

    private Function<Map<String, String>, Tracer> tracers(SecureRandom random) {
        if (settings.tracing().isEmpty()) {
            return attributes -> Tracer.OFF;
        }
        ProxySettings.Tracing tracing = settings.tracing().get();
        SpanExporter exporter = new SpanExporter(
                loops.next(),
                EpollSocketChannel::new,
                new DnsAddressResolverGroup(
                        new DnsNameResolverBuilder().datagramChannelFactory(EpollDatagramChannel::new)),
                tracing.endpoint(),
                Map.of());
        telemetry.observe(exporter);
        closing.add(exporter);
        return attributes -> new Tracer(tracing.rate(), Optional.of(exporter), attributes, random::nextLong);
    }

    private void open() throws IOException, InterruptedException {
        AdminView view = new ProcessView(this);
        serve(settings.admin(), view, AdminServer.Pages.ADMIN);
        serve(settings.metrics(), view, AdminServer.Pages.METRICS);
        serve(settings.health(), view, AdminServer.Pages.HEALTH);
        if (settings.controlSocket().isPresent()) {
            socket = Optional.of(ControlSocket.open(
                    loops,
                    EpollServerDomainSocketChannel.class,
                    path -> new DomainSocketAddress(path.toFile()),
                    settings.controlSocket().get(),
                    this));
            for (Adoption left : journal.left()) {
                adopt(left).exceptionally(failure -> null);
            }
        }
        scheduler.scheduleWithFixedDelay(
                this::checkIdle, IDLE_CHECK.toMillis(), IDLE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
        scheduler.scheduleWithFixedDelay(
                ProxyProcess::releaseColdPages, STARTED.toMillis(), COLD_PAGES_CHECK.toMillis(), TimeUnit.MILLISECONDS);
        reports.start();
    }

    private static void releaseColdPages() {
        try {
            ColdPages.release();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "memory of the start is not given back", e);
        }
    }

    private void serve(Optional<InetSocketAddress> address, AdminView view, AdminServer.Pages pages)
            throws IOException, InterruptedException {
        if (address.isEmpty()) {
            return;
        }
        var binding = AdminServer.bind(loops, EpollServerSocketChannel.class, address.get(), view, pages)
                .await();
        if (!binding.isSuccess()) {
            throw new IOException(
                    "the proxy's " + pages.name().toLowerCase(java.util.Locale.ROOT) + " address " + address.get()
                            + " cannot be bound: " + binding.cause().getMessage(),
                    binding.cause());
        }
        servers.add(binding.channel());
    }

    @Override
    public CompletionStage<Void> adopt(Adoption adoption) {
        if (stopping) {
            return CompletableFuture.failedFuture(new IllegalStateException("the proxy is ending"));
        }
        WorkloadSpecification specification;
        try {
            specification = specification(adoption);
        } catch (IllegalArgumentException | UnknownHostException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Void> ready = new CompletableFuture<>();
        // Entering the namespace and opening files may block; the control socket's loop must not.
        blockingOnPlatformThread(() -> {
            try {
                Workload workload = new Workload(specification, resources);
                Workload other = workloads.putIfAbsent(specification.id(), workload);
                if (other != null) {
                    workload.close();
                    ready.completeExceptionally(new IllegalStateException(
                            "workload " + specification.id() + " is served already; release it first"));
                    return;
                }
                if (adoption.pid() > 0) {
                    try {
                        programs().watch(specification.id(), adoption.pid());
                    } catch (IOException e) {
                        settle(adoption, specification, workload, ready, e);
                        return;
                    }
                }
                workload.start()
                        .whenComplete((done, failure) -> settle(adoption, specification, workload, ready, failure));
                CompletableFuture.delayedExecutor(READY_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(() -> settle(
                                adoption,
                                specification,
                                workload,
                                ready,
                                new IllegalStateException("not ready within " + READY_LIMIT.toSeconds() + " s: "
                                        + waitingFor(workload))));
            } catch (IOException | RuntimeException e) {
                ready.completeExceptionally(e);
            }
        });
        return ready;
    }

    private static String waitingFor(Workload workload) {
        String failure = workload.certificate().lastFailure();
        return failure.isEmpty() ? "configuration from the control plane" : "certificate: " + failure;
    }

    private void settle(
            Adoption adoption,
            WorkloadSpecification specification,
            Workload workload,
            CompletableFuture<Void> ready,
            java.lang.@org.jspecify.annotations.Nullable Throwable failure) {
        if (ready.isDone()) {
            return;
        }
        if (failure == null) {
            lastBusy = System.nanoTime();
            LOG.log(System.Logger.Level.INFO, "serving {0}", specification);
            journal.add(adoption);
            observer.onReady(adoption);
            ready.complete(null);
            return;
        }
        LOG.log(System.Logger.Level.WARNING, "{0} is not taken in: {1}", specification, failure.getMessage());
        workloads.remove(specification.id(), workload);
        forgetProgram(specification.id());
        workload.close();
        ready.completeExceptionally(failure);
    }

    private WorkloadSpecification specification(Adoption adoption) throws UnknownHostException {
        SpiffeId id = TokenSubject.of(adoption.token());
        List<InetAddress> addresses = new ArrayList<>();
        for (String address : adoption.addresses()) {
            addresses.add(InetAddress.ofLiteral(address));
        }
        int colon = adoption.xds().lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("xds must be host:port, not " + adoption.xds());
        }
        return new WorkloadSpecification(
                adoption.id(),
                id.trustDomain(),
                adoption.namespace(),
                adoption.name(),
                adoption.instance(),
                adoption.serviceAccount(),
                adoption.labels(),
                List.of(),
                adoption.ports(),
                addresses,
                adoption.netns(),
                adoption.entrances(),
                adoption.token(),
                settings.certificateLifetime(),
                adoption.xds().substring(0, colon),
                Integer.parseInt(adoption.xds().substring(colon + 1)),
                adoption.rootCa(),
                version);
    }

    /** A network namespace belongs to a platform thread, so sockets are never made on virtual ones. */
    private static void blockingOnPlatformThread(Runnable task) {
        Thread.ofPlatform().name("adopt").daemon().start(task);
    }

    @Override
    public CompletionStage<Void> release(String id) {
        Workload workload = workloads.remove(id);
        forgetProgram(id);
        journal.remove(id);
        if (workload == null) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("no workload " + id + " is served here"));
        }
        observer.onLeaving(id);
        CompletableFuture<Void> left = workload.drain(settings.drainTime())
                .thenCompose(quiet -> ended(workload))
                .toCompletableFuture();
        leaving.add(left);
        var _ = left.whenComplete((done, failure) -> leaving.remove(left));
        return left;
    }

    /** A program that has ended takes its workload with it; nobody needs to tell us. */
    private void programEnded(String id) {
        var _ = release(id).thenRun(() -> observer.onEnded(id));
    }

    /** Made with the first program: a proxy of a bootstrap file has none, and the calls take time to prepare. */
    private synchronized ProgramExits programs() throws IOException {
        ProgramExits made = programs;
        if (made == null) {
            made = new ProgramExits(this::programEnded);
            programs = made;
        }
        return made;
    }

    private synchronized void forgetProgram(String id) {
        if (programs != null) {
            programs.forget(id);
        }
    }

    private synchronized void closePrograms() {
        if (programs != null) {
            programs.close();
        }
    }

    /** The last counts of a workload go out before its way to the control plane is closed. */
    private CompletionStage<Void> ended(Workload workload) {
        lastBusy = System.nanoTime();
        return reports.last(workload).handle((sent, failure) -> {
            workload.close();
            LOG.log(System.Logger.Level.INFO, "let go of {0}", workload.specification());
            if (settings.life() == ProxySettings.Life.ONE_WORKLOAD) {
                stop();
            }
            return null;
        });
    }

    private void checkIdle() {
        try {
            if (!workloads.isEmpty()) {
                lastBusy = System.nanoTime();
            }
            settings.exitWhenIdle().ifPresent(limit -> {
                if (System.nanoTime() - lastBusy > limit.toNanos()) {
                    stop();
                }
            });
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "looking after idleness failed", e);
        }
    }

    /**
     * Serves what a bootstrap file says, beside any workloads; completes when its listeners are bound.
     *
     * @throws IOException where a listener cannot be bound or nothing of the file can be served
     */
    public void serve(BootstrapProxy bootstrap) throws IOException {
        bootstrap.start(resources);
        closing.add(bootstrap);
    }

    @Override
    public List<AdminView.WorkloadSummary> list() {
        return workloads.values().stream().map(ProcessView::summary).toList();
    }

    Map<String, Workload> workloads() {
        return workloads;
    }

    ProcessTelemetry telemetry() {
        return telemetry;
    }

    @Override
    public void stop() {
        if (!stopping) {
            stopping = true;
            Thread.ofPlatform().name("stop").start(this::close);
        }
    }

    /** Waits until the process has been stopped. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Addresses of admin, metrics and health, in this order as far as they are served. */
    public List<InetSocketAddress> addresses() {
        return servers.stream()
                .map(server -> (InetSocketAddress) server.localAddress())
                .toList();
    }

    @Override
    public void close() {
        stopping = true;
        socket.ifPresent(open -> {
            try {
                open.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "control socket: {0}", e.getMessage());
            }
        });
        for (String id : List.copyOf(workloads.keySet())) {
            var _ = release(id);
        }
        try {
            CompletableFuture.allOf(leaving.toArray(CompletableFuture[]::new))
                    .get(settings.drainTime().toMillis() + 2000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            LOG.log(System.Logger.Level.WARNING, "not every workload left in good order: {0}", e.getMessage());
        }
        for (AutoCloseable each : closing) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "ending: {0}", e.getMessage());
            }
        }
        servers.forEach(Channel::close);
        closePrograms();
        scheduler.shutdownNow();
        blocking.shutdown();
        loops.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(2000);
        ended.countDown();
    }
}
