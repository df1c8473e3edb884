package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.launch.ProxyLaunch;
import dev.riser.cli.launch.ProxyStart;
import dev.riser.cli.net.MeshNetwork;
import java.net.URI;
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
        description = "Run a proxy: for workloads of this machine's mesh, or as an Envoy bootstrap file says.",
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
    /** More would cost memory that a machine's own workloads rarely repay. */
    private static final int STANDARD_LOOPS = 4;

    private static final int MOST_LOOPS = 256;

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "An Envoy bootstrap file, YAML or JSON, with static or dynamic resources; the proxy then takes no "
                            + "workloads.")
    @Nullable
    Path bootstrap;

    @Option(
            names = "--socket",
            paramLabel = "FILE",
            description = "The Unix socket that takes workloads. Default: proxy.sock in the state directory.")
    @Nullable
    Path socket;

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

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that serve sockets. Default: one a processor, at most 4.")
    int concurrency;

    @Option(
            names = "--exit-when-idle",
            paramLabel = "TIME",
            defaultValue = "",
            description = "End after this long without a workload. Default: never.")
    String exitWhenIdle = "";

    @Option(
            names = "--otlp",
            paramLabel = "URL",
            defaultValue = "${env:OTEL_EXPORTER_OTLP_TRACES_ENDPOINT}",
            description = "Send spans by OTLP over HTTP, as http://127.0.0.1:4318/v1/traces. Default: "
                    + "$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, else none.")
    @Nullable
    URI otlp;

    @Option(
            names = "--trace-sampling",
            paramLabel = "SHARE",
            defaultValue = "0.01",
            description =
                    "Share of requests, 0 to 1, that begin a sampled trace where the caller has not decided. Default: "
                            + "${DEFAULT-VALUE}.")
    double sampling;

    @Option(
            names = "--no-capture",
            description =
                    "For workloads of 'riser run --no-capture': stay in the machine's own network, also without root.")
    boolean noCapture;

    @Option(names = "--single", description = "End with the first workload that was taken in.")
    boolean single;

    private Path socket() {
        return socket == null ? mesh.stateDirectory().proxySocket() : socket;
    }

    @Override
    public Integer call() throws Exception {
        if (concurrency < 0 || concurrency > MOST_LOOPS) {
            throw CommandFailure.usage("--concurrency is %d; allowed: 1 to %d".formatted(concurrency, MOST_LOOPS));
        }
        int loops = concurrency > 0
                ? concurrency
                : Math.min(STANDARD_LOOPS, Runtime.getRuntime().availableProcessors());
        if (sampling < 0 || sampling > 1) {
            throw CommandFailure.usage("--trace-sampling is %s; allowed: 0 to 1".formatted(sampling));
        }
        URI collector = otlp;
        if (collector != null && !"http".equals(collector.getScheme())) {
            throw CommandFailure.usage(
                    "--otlp '%s' is not http; write it as http://127.0.0.1:4318/v1/traces".formatted(collector));
        }
        Path file = bootstrap;
        if (file != null && !Files.isReadable(file)) {
            throw CommandFailure.usage("--config '%s' cannot be read; name an Envoy bootstrap file".formatted(file));
        }
        return ProxyStart.run(
                new ProxyLaunch(
                        Optional.ofNullable(file),
                        loops,
                        file == null ? Optional.of(socket()) : Optional.empty(),
                        adminPort,
                        metricsPort,
                        healthPort,
                        exitWhenIdle.isEmpty() ? Optional.empty() : Optional.of(Durations.parse(exitWhenIdle)),
                        single ? ProxyLaunch.Life.ONE_WORKLOAD : ProxyLaunch.Life.UNTIL_STOPPED,
                        Optional.ofNullable(collector),
                        sampling),
                mesh::api,
                noCapture ? () -> {} : MeshNetwork::removeIfUnused);
    }
}
