package dev.riser.proxy.balance;

import dev.riser.base.Ticker;
import dev.riser.proxy.route.Fraction;
import dev.riser.proxy.route.RouteMatcher;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster is doing: its endpoints, their health and load, and the cluster's limits. Outlives changes of the
 * configuration; endpoints are known by their addresses.
 *
 * <p>{@link #pick}, {@link #hostAt}, breakers and outcomes: any thread. {@link #update} and {@link #sweep}: any thread,
 * one after another. A pick reads one volatile field and allocates nothing.
 */
public final class ClusterState {
    /** Endpoints made for original destinations are forgotten after this long without use. Source: Envoy's cleanup_interval. */
    private static final long FORGET_AFTER_NANOS = 5_000_000_000L;

    private final String name;
    private final Ticker ticker;
    private final CircuitBreaker ordinary;
    private final CircuitBreaker high;
    private final OutlierDetector outlier;
    private final Object updating = new Object();
    private final ConcurrentHashMap<EndpointAddress, Host> original = new ConcurrentHashMap<>();
    private final int start;

    /** Of the table, so that each starts its turns elsewhere; guarded by {@code updating}. */
    private long generation;

    private volatile BalanceSettings settings;
    private volatile EndpointSet endpoints;
    private volatile Map<EndpointAddress, Host> hosts = Map.of();
    private volatile PickTable table = PickTable.EMPTY;

    /**
     * A cluster without endpoints.
     *
     * @param name the cluster's name
     * @param settings as configured
     * @param ticker time for ejections
     * @param random decides about shares of ejections, jitter, and where round robin starts; called by one thread at a time
     * @param observer hears of ejections
     */
    public ClusterState(
            String name, BalanceSettings settings, Ticker ticker, RandomGenerator random, OutlierObserver observer) {
        this.name = name;
        this.settings = settings;
        this.ticker = ticker;
        this.start = random.nextInt(1 << 16);
        this.endpoints = EndpointSet.of(name, List.of());
        this.ordinary = new CircuitBreaker(settings.limits());
        this.high = new CircuitBreaker(settings.highPriorityLimits());
        this.outlier = new OutlierDetector(this, settings.outlier(), ticker, random, observer);
    }

    /** The cluster's name. */
    public String name() {
        return name;
    }

    /**
     * New settings and endpoints come into force. Endpoints whose address stays keep what is known about them.
     *
     * @param newEndpoints with IP addresses only
     */
    public void update(BalanceSettings newSettings, EndpointSet newEndpoints) {
        List<Host> gone = new ArrayList<>();
        boolean outlierChanged;
        synchronized (updating) {
            outlierChanged = !java.util.Objects.equals(settings.outlier(), newSettings.outlier());
            settings = newSettings;
            ordinary.limits(newSettings.limits());
            high.limits(newSettings.highPriorityLimits());
            Map<EndpointAddress, Host> before = hosts;
            Map<EndpointAddress, Host> after = new LinkedHashMap<>();
            for (EndpointSet.Group group : newEndpoints.groups()) {
                for (Endpoint endpoint : group.endpoints()) {
                    Host host = before.get(endpoint.address());
                    if (host == null) {
                        host = new Host(endpoint);
                    } else {
                        host.endpoint(endpoint);
                    }
                    after.put(endpoint.address(), host);
                }
            }
            for (Host host : before.values()) {
                if (!after.containsKey(host.address())) {
                    host.removed(true);
                    gone.add(host);
                }
            }
            hosts = Collections.unmodifiableMap(after);
            endpoints = newEndpoints;
            rebuild();
        }
        gone.forEach(outlier::removed);
        if (outlierChanged) {
            outlier.settings(newSettings.outlier());
        }
    }

    /**
     * Chooses an endpoint. A retry that avoids endpoints gets one of the others for as long as there is one. Envoy gives up
     * after {@code host_selection_retry_max_attempts} draws, which fails just where it matters: an endpoint that refuses
     * everything is never busy, so that a least-request balancer draws it again and again.
     *
     * @param random of the calling thread
     * @param avoided endpoints that were tried already; {@link RetryState#none()} for the first attempt
     */
    public Pick pick(RandomGenerator random, RetryState avoided) {
        List<Fraction> drops = endpoints.drops();
        for (int i = 0; i < drops.size(); i++) {
            if (drops.get(i).selects(random.nextLong())) {
                return Pick.Refused.DROPPED;
            }
        }
        PickTable now = table;
        Pick pick = now.pick(random);
        int attempts = avoided.hostSelectionAttempts();
        for (int i = 0; i < attempts && pick instanceof Host host && avoided.tried(host); i++) {
            pick = now.pick(random);
        }
        if (attempts > 0 && pick instanceof Host host && avoided.tried(host)) {
            Host other = now.other(random, avoided);
            return other == null ? host : other;
        }
        return pick;
    }

    /** The endpoint at an original destination, made where it is not known. For clusters of that kind. */
    public Host hostAt(EndpointAddress address) {
        Host host = original.get(address);
        if (host == null) {
            host = original.computeIfAbsent(address, missing -> new Host(Endpoint.of(missing)));
        }
        host.lastUsed = ticker.nanos();
        return host;
    }

    /** The endpoint at this address, null where there is none. */
    public @Nullable Host host(EndpointAddress address) {
        Host host = hosts.get(address);
        return host == null ? original.get(address) : host;
    }

    /** Whether discovery names this endpoint; those made for original destinations are named by nobody. */
    boolean discovered(Host host) {
        return hosts.get(host.address()) == host;
    }

    /** All endpoints that discovery names. */
    public Collection<Host> hosts() {
        return hosts.values();
    }

    /** How many endpoints get requests now. */
    public int availableHosts() {
        int available = 0;
        for (Host host : hosts.values()) {
            if (host.health() != Endpoint.Health.UNHEALTHY) {
                available++;
            }
        }
        return available;
    }

    /** Whether at least one priority ignores health because too few endpoints are available. */
    public boolean inPanic() {
        return table.inPanic();
    }

    /** The settings in force. */
    public BalanceSettings settings() {
        return settings;
    }

    /** The limits for requests of this priority. */
    public CircuitBreaker breaker(boolean highPriority) {
        return highPriority ? high : ordinary;
    }

    /** Watches endpoints. */
    public OutlierDetector outlier() {
        return outlier;
    }

    /** Lets ejected endpoints return and forgets original destinations that are not used. To be called regularly. */
    public void sweep() {
        outlier.sweep();
        if (!original.isEmpty()) {
            long now = ticker.nanos();
            original.values().removeIf(host -> {
                boolean unused = host.activeRequests() == 0 && now - host.lastUsed > FORGET_AFTER_NANOS;
                if (unused) {
                    host.removed(true);
                }
                return unused;
            });
        }
    }

    void healthChanged() {
        synchronized (updating) {
            rebuild();
        }
    }

    private void rebuild() {
        generation++;
        table = PickTable.of(settings, endpoints, hosts, start ^ (int) RouteMatcher.mix(generation));
    }
}
