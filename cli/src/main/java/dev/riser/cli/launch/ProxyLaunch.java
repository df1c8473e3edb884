package dev.riser.cli.launch;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the command line says about a proxy.
 *
 * @param bootstrap an Envoy bootstrap file, absent for a proxy of this machine's mesh
 * @param state the mesh's state directory: trust bundle and admin token
 * @param socket where the proxy takes workloads
 * @param api base URL of the control plane's API
 * @param adminPort 0 for any free one
 * @param metricsPort 0 for any free one
 * @param healthPort 0 for any free one
 * @param life when it ends by itself
 */
public record ProxyLaunch(
        Optional<Path> bootstrap,
        Path state,
        Path socket,
        String api,
        int adminPort,
        int metricsPort,
        int healthPort,
        Life life) {
    /** When a proxy ends by itself. */
    public enum Life {
        UNTIL_STOPPED,
        /** With the first workload it was given. */
        ONE_WORKLOAD
    }
}
