package dev.riser.proxy.balance;

import dev.riser.proxy.balance.CircuitBreakerLimits.RetryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what a cluster is asked to do and says when it is enough. Any thread. Every permit that was given is to be given
 * back exactly once. A change of the limits takes nothing from those who have a permit.
 */
public final class CircuitBreaker {
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private volatile CircuitBreakerLimits limits;

    /** A breaker with nothing in flight. */
    public CircuitBreaker(CircuitBreakerLimits limits) {
        this.limits = limits;
    }

    /** What is counted. */
    public enum Resource {
        CONNECTIONS,
        PENDING,
        REQUESTS,
        RETRIES
    }

    /** Asks for a permit; false: the limit is reached, and nothing is to be given back. */
    public boolean tryAcquire(Resource resource) {
        AtomicInteger counter = counter(resource);
        int limit = limit(resource);
        if (counter.incrementAndGet() <= limit) {
            return true;
        }
        counter.decrementAndGet();
        return false;
    }

    /** Takes a permit whatever the limit, for an endpoint's first connection, which Envoy always allows. */
    public void acquireBeyondLimit(Resource resource) {
        counter(resource).incrementAndGet();
    }

    /** Gives a permit back. */
    public void release(Resource resource) {
        int left = counter(resource).decrementAndGet();
        assert left >= 0 : resource + " given back more often than taken";
    }

    /** How many permits are out. */
    public int inUse(Resource resource) {
        return counter(resource).get();
    }

    /** How many permits there may be now. */
    public int limit(Resource resource) {
        CircuitBreakerLimits now = limits;
        return switch (resource) {
            case CONNECTIONS -> now.connections();
            case PENDING -> now.pending();
            case REQUESTS -> now.requests();
            case RETRIES -> {
                RetryBudget budget = now.budget();
                if (budget == null) {
                    yield now.retries();
                }
                long active = (long) requests.get() + pending.get();
                yield (int) Math.max(budget.minimum(), Math.min(Integer.MAX_VALUE, active * budget.percent() / 100));
            }
        };
    }

    /** Whether retries are limited by a share of what is in flight, not by a plain number. */
    boolean hasRetryBudget() {
        return limits.budget() != null;
    }

    /** New limits; those who have a permit keep it. */
    public void limits(CircuitBreakerLimits newLimits) {
        this.limits = newLimits;
    }

    private AtomicInteger counter(Resource resource) {
        return switch (resource) {
            case CONNECTIONS -> connections;
            case PENDING -> pending;
            case REQUESTS -> requests;
            case RETRIES -> retries;
        };
    }
}
