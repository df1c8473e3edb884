package dev.riser.proxy.balance;

import dev.riser.base.Ticker;
import dev.riser.proxy.balance.OutlierObserver.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches how endpoints behave and takes those out that stand out, for a while. Outcomes are reported on any thread and
 * cost a few reads while all is well; ejections and sweeps are serialised.
 */
public final class OutlierDetector {
    private static final int SERVER_ERROR = 500;

    private final ClusterState cluster;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final OutlierObserver observer;
    private final Object deciding = new Object();
    private volatile @Nullable OutlierSettings settings;

    /** How many endpoints are out; guarded by {@code deciding}. */
    private int ejected;

    OutlierDetector(
            ClusterState cluster,
            @Nullable OutlierSettings settings,
            Ticker ticker,
            RandomGenerator random,
            OutlierObserver observer) {
        this.cluster = cluster;
        this.settings = settings;
        this.ticker = ticker;
        this.random = random;
        this.observer = observer;
    }

    /** How long to the next sweep; null: the cluster does not watch its endpoints. */
    public @Nullable Duration interval() {
        OutlierSettings now = settings;
        return now == null ? null : now.interval();
    }

    /** A response came, or its head did. */
    public void onResponse(Host host, int status) {
        OutlierSettings now = settings;
        if (now == null) {
            return;
        }
        boolean failed = status >= SERVER_ERROR;
        host.requestsThisInterval.incrementAndGet();
        if (!failed) {
            host.successesThisInterval.incrementAndGet();
            reset(host.serverErrors);
            reset(host.gatewayErrors);
            reset(host.localFailures);
            return;
        }
        reset(host.localFailures);
        countFailure(now, host, status);
    }

    /**
     * A connection or a stream was opened and a response is still to come: says nothing about responses, so it ends no row
     * of server errors.
     */
    public void onConnected(Host host) {
        if (settings != null) {
            reset(host.localFailures);
        }
    }

    /** A connection for bytes was made: there will be no response that tells how the endpoint is, so this is its success. */
    public void onBytesConnected(Host host) {
        OutlierSettings now = settings;
        if (now == null) {
            return;
        }
        reset(host.localFailures);
        if (!now.splitLocalOrigin()) {
            host.requestsThisInterval.incrementAndGet();
            host.successesThisInterval.incrementAndGet();
            reset(host.serverErrors);
            reset(host.gatewayErrors);
        }
    }

    /** There was no response. */
    public void onFailure(Host host, Outcome outcome) {
        OutlierSettings now = settings;
        if (now == null) {
            return;
        }
        if (now.splitLocalOrigin()) {
            if (host.localFailures.incrementAndGet() == now.consecutiveLocalOrigin()) {
                host.localFailures.set(0);
                found(now, host, Cause.CONSECUTIVE_LOCAL_ORIGIN_FAILURES, now.enforceLocalOrigin());
            }
            return;
        }
        host.requestsThisInterval.incrementAndGet();
        countFailure(now, host, outcome.status());
    }

    private void countFailure(OutlierSettings now, Host host, int status) {
        if (status >= 502 && status <= 504) {
            if (host.gatewayErrors.incrementAndGet() == now.consecutiveGatewayErrors()) {
                host.gatewayErrors.set(0);
                found(now, host, Cause.CONSECUTIVE_GATEWAY_ERRORS, now.enforceGatewayErrors());
            }
        } else {
            reset(host.gatewayErrors);
        }
        if (host.serverErrors.incrementAndGet() == now.consecutiveServerErrors()) {
            host.serverErrors.set(0);
            found(now, host, Cause.CONSECUTIVE_SERVER_ERRORS, now.enforceServerErrors());
        }
    }

    /** Reads first: while all is well, counters of all threads stay in their caches. */
    private static void reset(AtomicInteger counter) {
        if (counter.get() != 0) {
            counter.set(0);
        }
    }

    /** Lets those return whose time is over, and looks at the interval's rates. To be called once in {@link #interval()}. */
    public void sweep() {
        OutlierSettings now = settings;
        if (now == null) {
            return;
        }
        synchronized (deciding) {
            long time = ticker.nanos();
            Collection<Host> hosts = cluster.hosts();
            boolean changed = false;
            for (Host host : hosts) {
                if (host.ejected) {
                    if (time - host.ejectedUntil >= 0) {
                        giveBack(host);
                        changed = true;
                    }
                } else if (host.ejections > 0) {
                    host.ejections--;
                }
            }
            if (changed) {
                cluster.healthChanged();
            }
            rates(now, hosts);
            for (Host host : hosts) {
                reset(host.requestsThisInterval);
                reset(host.successesThisInterval);
            }
        }
    }

    private void rates(OutlierSettings now, Collection<Host> hosts) {
        OutlierSettings.SuccessRate success = now.successRate();
        List<Host> counted = busy(hosts, success.minimumRequests());
        if (!counted.isEmpty() && counted.size() >= success.minimumHosts()) {
            double sum = 0;
            for (Host host : counted) {
                sum += successPercent(host);
            }
            double mean = sum / counted.size();
            double variance = 0;
            for (Host host : counted) {
                double difference = successPercent(host) - mean;
                variance += difference * difference;
            }
            double threshold = mean - Math.sqrt(variance / counted.size()) * success.deviationThousandths() / 1000.0;
            for (Host host : counted) {
                if (successPercent(host) < threshold) {
                    found(now, host, Cause.SUCCESS_RATE, success.enforce());
                }
            }
        }
        OutlierSettings.FailurePercentage failure = now.failurePercentage();
        List<Host> measured = busy(hosts, failure.minimumRequests());
        if (!measured.isEmpty() && measured.size() >= failure.minimumHosts()) {
            for (Host host : measured) {
                if (100 - successPercent(host) >= failure.threshold()) {
                    found(now, host, Cause.FAILURE_PERCENTAGE, failure.enforce());
                }
            }
        }
    }

    private static List<Host> busy(Collection<Host> hosts, int minimumRequests) {
        List<Host> busy = new ArrayList<>();
        for (Host host : hosts) {
            if (!host.ejected && host.requestsThisInterval.get() >= Math.max(1, minimumRequests)) {
                busy.add(host);
            }
        }
        return busy;
    }

    private static double successPercent(Host host) {
        return 100.0 * host.successesThisInterval.get() / host.requestsThisInterval.get();
    }

    private void found(OutlierSettings now, Host host, Cause cause, int enforcePercent) {
        synchronized (deciding) {
            if (host.ejected || !cluster.discovered(host)) {
                return;
            }
            int total = cluster.hosts().size();
            boolean room = 100.0 * ejected / Math.max(1, total) < now.maxEjectionPercent()
                    || (now.alwaysEjectOne() && ejected == 0);
            boolean enforced = enforcePercent >= 100 || random.nextInt(100) < enforcePercent;
            if (!room || !enforced) {
                observer.onWithheld(host, cause);
                return;
            }
            host.ejections++;
            Duration longest = now.maxEjectionTime().compareTo(now.baseEjectionTime()) > 0
                    ? now.maxEjectionTime()
                    : now.baseEjectionTime();
            Duration duration = now.baseEjectionTime().multipliedBy(host.ejections);
            if (duration.compareTo(longest) > 0) {
                duration = longest;
            }
            long jitter = now.ejectionJitter().toNanos();
            if (jitter > 0) {
                duration = duration.plusNanos(random.nextLong(jitter));
            }
            host.ejectedUntil = ticker.nanos() + duration.toNanos();
            host.ejected = true;
            ejected++;
            cluster.healthChanged();
            observer.onEjected(host, cause, duration);
        }
    }

    private void giveBack(Host host) {
        host.ejected = false;
        reset(host.serverErrors);
        reset(host.gatewayErrors);
        reset(host.localFailures);
        ejected--;
        observer.onReturned(host);
    }

    /** New settings. Where there are none, everything that is out returns. */
    void settings(@Nullable OutlierSettings newSettings) {
        synchronized (deciding) {
            this.settings = newSettings;
            if (newSettings == null && ejected > 0) {
                for (Host host : cluster.hosts()) {
                    if (host.ejected) {
                        giveBack(host);
                    }
                }
                cluster.healthChanged();
            }
        }
    }

    /** An endpoint was taken away by discovery. */
    void removed(Host host) {
        synchronized (deciding) {
            if (host.ejected) {
                host.ejected = false;
                ejected--;
            }
        }
    }
}
