package dev.riser.control.serve;

import dev.riser.base.Ticker;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A token bucket for each key. Keeps the most recently used keys only, so that strangers cannot fill the memory; a key
 * that falls out starts with a full bucket. Thread-safe.
 */
final class RateLimit {
    private static final int MOST_KEYS = 10_000;
    private static final double NANOS_PER_SECOND = 1e9;

    private final double perSecond;
    private final double burst;
    private final Ticker ticker;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST_KEYS;
        }
    };

    private record Bucket(double tokens, long at) {}

    RateLimit(double perSecond, int burst, Ticker ticker) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.ticker = ticker;
    }

    /** Whether one more is allowed now. */
    synchronized boolean take(String key) {
        long now = ticker.nanos();
        Bucket bucket = buckets.getOrDefault(key, new Bucket(burst, now));
        double tokens = Math.min(burst, bucket.tokens() + (now - bucket.at()) / NANOS_PER_SECOND * perSecond);
        boolean allowed = tokens >= 1;
        buckets.put(key, new Bucket(allowed ? tokens - 1 : tokens, now));
        return allowed;
    }
}
