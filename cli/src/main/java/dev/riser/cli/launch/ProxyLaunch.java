package dev.riser.cli.launch;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the command line says about a proxy.
 *
 * @param bootstrap an Envoy bootstrap file; absent for a proxy that takes this machine's workloads
 * @param eventLoops threads that serve sockets
 * @param socket where the proxy takes workloads; absent where a bootstrap file says it all
 * @param adminPort 0 for any free one
 * @param metricsPort 0 for any free one
 * @param healthPort 0 for any free one
 * @param exitWhenIdle ends after this long without a workload; absent for never
 * @param life when it ends by itself
 * @param spans the OTLP collector's URL; absent for no spans
 * @param sampling share of requests that begin a sampled trace
 */
public record ProxyLaunch(
        Optional<Path> bootstrap,
        int eventLoops,
        Optional<Path> socket,
        int adminPort,
        int metricsPort,
        int healthPort,
        Optional<Duration> exitWhenIdle,
        Life life,
        Optional<URI> spans,
        double sampling) {
    /** When a proxy ends by itself. */
    public enum Life {
        UNTIL_STOPPED,
        /** With the first workload it was given. */
        ONE_WORKLOAD
    }
}
