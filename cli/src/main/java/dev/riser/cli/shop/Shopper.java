package dev.riser.cli.shop;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The demonstration's load: a fixed number of requests a second, half through the frontend, half straight to product.
 * Prints one JSON line a second and one at the end, both with totals since the start. Arguments: namespace, requests a
 * second, seconds (0 for no end).
 */
public final class Shopper {
    /** The first request finds every program of the shop cold, on a machine that starts them all at once. */
    private static final int LIMIT_MILLISECONDS = 40_000;

    /** Requests in flight at most. Where that holds the load up, it catches up later. */
    private static final int IN_FLIGHT = 32;

    /** Requests in flight at the start, when every program of the shop is still cold. */
    private static final int IN_FLIGHT_AT_START = 2;

    /** After so many answers one more request may be in flight. */
    private static final int ANSWERS_PER_STEP = 10;

    /** How long after its time the load may catch up; what it has not sent by then counts as not sent. */
    private static final Duration CATCH_UP = Duration.ofSeconds(30);

    /** As many samples as five minutes at a thousand requests a second leave; later ones are counted, not sampled. */
    private static final int SAMPLES = 300_000;

    private final String[] targets;
    private final Semaphore permits = new Semaphore(IN_FLIGHT_AT_START);
    private final Map<String, Long> versions = new TreeMap<>();
    private final Map<String, Long> failures = new TreeMap<>();
    private int[] microseconds = new int[4096];
    private int samples;
    private int inFlightAllowed = IN_FLIGHT_AT_START;
    private long succeeded;
    private long failed;
    private long skipped;

    private Shopper(String namespace) {
        targets = new String[] {
            "http://frontend.%s.svc.cluster.local:8080/".formatted(namespace),
            "http://product.%s.svc.cluster.local:8000/".formatted(namespace)
        };
    }

    /** Calls until the time is over. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("http.maxConnections", Integer.toString(IN_FLIGHT));
        Shopper shopper = new Shopper(arguments[0]);
        shopper.shop(Integer.parseInt(arguments[1]), Duration.ofSeconds(Long.parseLong(arguments[2])));
    }

    private void shop(int perSecond, Duration length) throws InterruptedException {
        long start = System.nanoTime();
        long gap = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long end = length.isZero() ? Long.MAX_VALUE : length.toNanos();
        long nextReport = TimeUnit.SECONDS.toNanos(1);
        for (long n = 0; n * gap < end; n++) {
            long wait = start + n * gap - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
            if (n * gap >= nextReport) {
                print(false);
                nextReport += TimeUnit.SECONDS.toNanos(1);
            }
            String target = targets[(int) (n % targets.length)];
            if (end != Long.MAX_VALUE && System.nanoTime() - start > end + CATCH_UP.toNanos()) {
                skip();
                continue;
            }
            permits.acquire();
            Thread.ofVirtual().start(() -> {
                try {
                    call(target);
                } finally {
                    permits.release(1 + growth());
                }
            });
        }
        boolean settled = permits.tryAcquire(inFlightAllowed(), LIMIT_MILLISECONDS * 2L, TimeUnit.MILLISECONDS);
        print(settled);
        if (!settled) {
            throw new IllegalStateException(
                    "requests are still waiting for an answer after %d ms".formatted(LIMIT_MILLISECONDS * 2));
        }
    }

    private void call(String target) {
        long begin = System.nanoTime();
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(target).toURL().openConnection();
            connection.setConnectTimeout(LIMIT_MILLISECONDS);
            connection.setReadTimeout(LIMIT_MILLISECONDS);
            int status = connection.getResponseCode();
            try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                if (body != null) {
                    body.readAllBytes();
                }
            }
            String version = Optional.ofNullable(connection.getHeaderField("x-product-version"))
                    .orElse("");
            if (status == 200 && !version.isEmpty()) {
                succeed(version, System.nanoTime() - begin);
            } else {
                fail("%d from %s".formatted(status, target));
            }
        } catch (IOException e) {
            fail("%s from %s".formatted(e, target));
        }
    }

    private synchronized int growth() {
        if (inFlightAllowed == IN_FLIGHT || (succeeded + failed) % ANSWERS_PER_STEP != 0) {
            return 0;
        }
        inFlightAllowed++;
        return 1;
    }

    private synchronized int inFlightAllowed() {
        return inFlightAllowed;
    }

    private synchronized void succeed(String version, long nanoseconds) {
        succeeded++;
        versions.merge(version, 1L, Long::sum);
        if (samples < SAMPLES) {
            if (samples == microseconds.length) {
                microseconds = Arrays.copyOf(microseconds, microseconds.length * 2);
            }
            microseconds[samples++] = (int) Math.min(Integer.MAX_VALUE, nanoseconds / 1000);
        }
    }

    private synchronized void fail(String why) {
        failed++;
        failures.merge(why.replaceAll("[\"\\\\\\p{Cntrl}]", " "), 1L, Long::sum);
    }

    private synchronized void skip() {
        skipped++;
    }

    private synchronized void print(boolean last) {
        int[] sorted = Arrays.copyOf(microseconds, samples);
        Arrays.sort(sorted);
        System.out.printf(
                java.util.Locale.ROOT,
                "{\"last\":%b,\"succeeded\":%d,\"failed\":%d,\"skipped\":%d,\"versions\":%s,\"failures\":%s,\"p50\":%.2f,\"p95\":%.2f,\"p99\":%.2f}%n",
                last,
                succeeded,
                failed,
                skipped,
                json(versions),
                json(failures),
                quantile(sorted, 0.50),
                quantile(sorted, 0.95),
                quantile(sorted, 0.99));
        System.out.flush();
    }

    private static String json(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> "\"%s\":%d".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** Milliseconds. */
    private static double quantile(int[] sorted, double share) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * share))] / 1000.0;
    }
}
