package dev.riser.proxy.app;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a proxy process is set up.
 *
 * @param eventLoops threads that serve sockets, at least 1
 * @param controlSocket Unix socket over which workloads are handed over, empty for none
 * @param admin address of the admin pages, empty for none; loopback unless the user says otherwise
 * @param metrics address of {@code /metrics}, empty for none
 * @param health address of {@code /healthz/ready}, empty for none
 * @param certificateLifetime asked for by workloads; zero leaves it to the authority
 * @param drainTime longest wait for open connections when a workload leaves
 * @param exitWhenIdle the process ends after having had no workload for this long; empty for never
 * @param life when it ends by itself
 * @param tracing where spans go; empty for nowhere
 */
public record ProxySettings(
        int eventLoops,
        Optional<Path> controlSocket,
        Optional<InetSocketAddress> admin,
        Optional<InetSocketAddress> metrics,
        Optional<InetSocketAddress> health,
        Duration certificateLifetime,
        Duration drainTime,
        Optional<Duration> exitWhenIdle,
        Life life,
        Optional<Tracing> tracing) {
    /**
     * Spans by OTLP over HTTP.
     *
     * @param endpoint the collector's URL, as {@code http://127.0.0.1:4318/v1/traces}
     * @param rate share of requests, 0 to 1, that begin a sampled trace where the caller has not decided
     */
    public record Tracing(URI endpoint, double rate) {}

    /** When a process ends by itself. */
    public enum Life {
        UNTIL_STOPPED,
        /** With the first workload that it was given. */
        ONE_WORKLOAD
    }

    public ProxySettings {
        if (eventLoops < 1) {
            throw new IllegalArgumentException("a proxy needs at least one event loop, not " + eventLoops);
        }
    }
}
