package dev.riser.cli;

import dev.riser.cli.launch.ProxyLaunch;
import dev.riser.cli.launch.ProxyStart;
import dev.riser.cli.net.MeshNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a proxy in this process. */
@Command(
        name = "proxy",
        description = "Run a proxy: the shared one of this machine's workloads, or one driven by an Envoy bootstrap file.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "'riser run' starts the shared proxy by itself.",
            "",
            "Examples:",
            "  riser proxy --state /var/lib/riser",
            "  riser proxy --config envoy.yaml",
        })
final class ProxyCommand implements Callable<Integer> {
    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "An Envoy bootstrap file, YAML or JSON, with static or dynamic resources.")
    @Nullable Path bootstrap;

    @Option(
            names = "--socket",
            paramLabel = "FILE",
            description = "The Unix socket that takes workloads. Default: proxy.sock in the state directory.")
    @Nullable Path socket;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            defaultValue = "15000",
            description = "Admin server on loopback, 0 for any free port. Default: ${DEFAULT-VALUE}.")
    int adminPort;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            defaultValue = "15020",
            description = "Metrics, 0 for any free port. Default: ${DEFAULT-VALUE}.")
    int metricsPort;

    @Option(
            names = "--health-port",
            paramLabel = "PORT",
            defaultValue = "15021",
            description = "Health, 0 for any free port. Default: ${DEFAULT-VALUE}.")
    int healthPort;

    @Option(names = "--single", description = "End with the first workload that was taken in.")
    boolean single;

    @Override
    public Integer call() throws Exception {
        Path file = bootstrap;
        if (file != null && !Files.isReadable(file)) {
            throw CommandFailure.usage("--config '%s' cannot be read; name an Envoy bootstrap file".formatted(file));
        }
        Path socketFile = socket;
        return ProxyStart.run(
                new ProxyLaunch(
                        Optional.ofNullable(file),
                        mesh.stateDirectory().path(),
                        socketFile == null ? mesh.stateDirectory().proxySocket() : socketFile,
                        mesh.api().address(),
                        adminPort,
                        metricsPort,
                        healthPort,
                        single ? ProxyLaunch.Life.ONE_WORKLOAD : ProxyLaunch.Life.UNTIL_STOPPED),
                MeshNetwork::removeIfUnused);
    }
}
