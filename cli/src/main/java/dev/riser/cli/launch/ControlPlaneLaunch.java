package dev.riser.cli.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the command line says about a control plane.
 *
 * @param config a directory of YAML, watched
 * @param state where keys, objects and addresses are kept
 * @param apiListen address and port of the API and the dashboard
 * @param xdsListen address and port of discovery and the certificate authority
 * @param metricsListen address and port of its own metrics
 * @param certificateLifetime how long a workload's certificate lives
 * @param trustDomain the trust domain of all identities
 * @param network4 the workloads' IPv4 network
 * @param network6 the workloads' IPv6 network
 * @param outbound {@code allow-any} or {@code registry-only}
 * @param accessLog {@code off}, {@code text} or {@code json}
 */
public record ControlPlaneLaunch(
        Optional<Path> config,
        Path state,
        String apiListen,
        String xdsListen,
        String metricsListen,
        Duration certificateLifetime,
        String trustDomain,
        String network4,
        String network6,
        String outbound,
        String accessLog) {}
