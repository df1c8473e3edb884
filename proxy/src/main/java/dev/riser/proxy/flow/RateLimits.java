package dev.riser.proxy.flow;

import dev.riser.base.Ticker;
import dev.riser.proxy.route.LocalRateLimit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Token buckets of one workload, one for each limit that the configuration names; equal limits share a bucket, so a
 * configuration that comes again does not refill it. Any thread.
 */
final class RateLimits {
    private final Ticker ticker;
    private final Map<LocalRateLimit, Bucket> buckets = new ConcurrentHashMap<>();

    RateLimits(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Whether the request may pass; takes a token where the limit concerns it. */
    boolean take(LocalRateLimit limit, RandomGenerator random) {
        if (limit.maxTokens() <= 0 || !limit.enabled().selects(random.nextLong())) {
            return true;
        }
        Bucket bucket = buckets.get(limit);
        if (bucket == null) {
            bucket = buckets.computeIfAbsent(limit, missing -> new Bucket(missing, ticker.nanos()));
        }
        return bucket.take(ticker.nanos()) || !limit.enforced().selects(random.nextLong());
    }

    private static final class Bucket {
        private final LocalRateLimit limit;
        private long tokens;
        private long filledAt;

        Bucket(LocalRateLimit limit, long now) {
            this.limit = limit;
            this.tokens = limit.maxTokens();
            this.filledAt = now;
        }

        synchronized boolean take(long now) {
            long interval = Math.max(1, limit.fillInterval().toNanos());
            long fills = (now - filledAt) / interval;
            if (fills > 0) {
                tokens = Math.min(limit.maxTokens(), tokens + fills * limit.tokensPerFill());
                filledAt += fills * interval;
            }
            if (tokens <= 0) {
                return false;
            }
            tokens--;
            return true;
        }
    }
}
