package dev.riser.proxy.balance;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as this proxy knows it: what discovery says, what is in flight, and how it behaved. There is one for each
 * address of a cluster; it outlives changes of the configuration as long as the address stays. Any thread.
 */
public final class Host implements Pick {
    private final EndpointAddress address;
    private final @Nullable InetSocketAddress socketAddress;
    private final AtomicInteger active = new AtomicInteger();
    final AtomicInteger serverErrors = new AtomicInteger();
    final AtomicInteger gatewayErrors = new AtomicInteger();
    final AtomicInteger localFailures = new AtomicInteger();
    final AtomicInteger successesThisInterval = new AtomicInteger();
    final AtomicInteger requestsThisInterval = new AtomicInteger();
    private volatile Endpoint endpoint;
    private volatile boolean removed;

    /** Guarded by the detector; read by anyone. */
    volatile boolean ejected;

    /** Guarded by the detector: how many ejections in a row. */
    int ejections;

    /** Guarded by the detector. */
    long ejectedUntil;

    /** Of {@link ClusterState#hostAt}; a lost update only delays the clean-up. */
    volatile long lastUsed;

    Host(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.address = endpoint.address();
        this.socketAddress = address.socketAddress();
    }

    /** What discovery says now. */
    public Endpoint endpoint() {
        return endpoint;
    }

    void endpoint(Endpoint newEndpoint) {
        this.endpoint = newEndpoint;
    }

    /** Where it is. */
    public EndpointAddress address() {
        return address;
    }

    /**
     * Where to connect.
     *
     * @throws IllegalStateException where the address is a name that was never resolved
     */
    public InetSocketAddress socketAddress() {
        if (socketAddress == null) {
            throw new IllegalStateException("the host name " + address.host() + " was not resolved");
        }
        return socketAddress;
    }

    /** A request is sent to it. To be followed by exactly one {@link #requestFinished()}. */
    public void requestStarted() {
        active.incrementAndGet();
    }

    /** A request is done, however it ended. */
    public void requestFinished() {
        int left = active.decrementAndGet();
        assert left >= 0 : "a request to " + address + " ended twice";
    }

    /** Requests in flight. */
    public int activeRequests() {
        return active.get();
    }

    /** Whether it gets no requests because of how it behaved. */
    public boolean ejected() {
        return ejected;
    }

    /** Whether discovery took it away; connections to it are to be drained. */
    public boolean removed() {
        return removed;
    }

    void removed(boolean newRemoved) {
        this.removed = newRemoved;
    }

    Endpoint.Health health() {
        return ejected ? Endpoint.Health.UNHEALTHY : endpoint.health();
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
