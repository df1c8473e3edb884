package dev.riser.cli.launch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the command line says about a control plane.
 *
 * @param config directories of YAML, watched
 * @param state where keys, objects and addresses are kept
 * @param apiListen address and port of the API and the dashboard
 * @param xdsListen address and port of discovery and the certificate authority
 * @param metricsListen address and port of its own metrics
 * @param certificateLifetime how long a workload's certificate lives
 * @param trustDomain the trust domain of all identities
 * @param network4 the workloads' IPv4 network
 * @param network6 the workloads' IPv6 network
 */
public record ControlPlaneLaunch(
        List<Path> config,
        Path state,
        String apiListen,
        String xdsListen,
        String metricsListen,
        Duration certificateLifetime,
        String trustDomain,
        String network4,
        String network6) {
    public ControlPlaneLaunch {
        config = List.copyOf(config);
    }
}
