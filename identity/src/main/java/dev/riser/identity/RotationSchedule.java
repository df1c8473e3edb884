package dev.riser.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * When to renew a certificate: at two thirds of its life, ten percent earlier or later by chance so that workloads that
 * started together do not renew together, and on failure again with growing pauses that never reach past expiry. Not
 * thread-safe where the generator is not.
 */
public final class RotationSchedule {
    private static final double SHARE_OF_LIFE = 2.0 / 3.0;
    private static final double JITTER = 0.1;
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);

    /** With a short life the retries must fit in: at least this many between renewal time and expiry. */
    private static final int RETRIES_IN_REMAINING_LIFE = 8;

    private static final int MAX_DOUBLINGS = 16;

    private final RandomGenerator random;

    public RotationSchedule(RandomGenerator random) {
        this.random = random;
    }

    /** When a certificate that arrived at {@code obtainedAt} and ends at {@code notAfter} is to be renewed; never later than its end. */
    public Instant renewAt(Instant obtainedAt, Instant notAfter) {
        Duration life = Duration.between(obtainedAt, notAfter);
        if (!life.isPositive()) {
            return obtainedAt;
        }
        double factor = SHARE_OF_LIFE * (1 + JITTER * (2 * random.nextDouble() - 1));
        return earlier(obtainedAt.plusNanos((long) (life.toNanos() * factor)), notAfter);
    }

    /**
     * When to try again after a failure at {@code now}.
     *
     * @param failures how many attempts have failed in a row, at least 1
     * @param notAfter end of the certificate in hand; in the past (or {@link Instant#EPOCH}) where there is none to lose
     */
    public Instant retryAt(Instant now, int failures, Instant notAfter) {
        Duration remaining = Duration.between(now, notAfter);
        long ceiling = LAST_RETRY.toNanos();
        if (remaining.isPositive()) {
            ceiling = Math.min(ceiling, Math.max(FIRST_RETRY.toNanos(), nanos(remaining) / RETRIES_IN_REMAINING_LIFE));
        } else {
            ceiling = Math.min(ceiling, Duration.ofSeconds(2).toNanos());
        }
        long grown = FIRST_RETRY.toNanos() << Math.clamp(failures - 1L, 0, MAX_DOUBLINGS);
        long pause = Math.min(grown, ceiling);
        // Between half and the whole of the pause, so that failures of many do not return in step.
        Instant next = now.plusNanos(pause / 2 + (long) (random.nextDouble() * (pause - pause / 2)));
        return remaining.isPositive() ? earlier(next, notAfter) : next;
    }

    private static long nanos(Duration duration) {
        return duration.compareTo(LAST_RETRY.multipliedBy(RETRIES_IN_REMAINING_LIFE)) > 0
                ? LAST_RETRY.toNanos() * RETRIES_IN_REMAINING_LIFE
                : duration.toNanos();
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
