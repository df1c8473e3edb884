package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.launch.ControlPlaneLaunch;
import dev.riser.cli.launch.ControlPlaneStart;
import dev.riser.cli.net.MeshNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the control plane in this process. */
@Command(
        name = "control-plane",
        description = "Run the control plane: configuration, discovery, certificates, golden signals, API, dashboard.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Ends with SIGTERM or Ctrl-C. Proxies keep serving without it and find it again when it is back.",
            "",
            "Example:",
            "  riser control-plane --config ./mesh --state /var/lib/riser",
        })
final class ControlPlaneCommand implements Callable<Integer> {
    @Mixin
    StateOption state = new StateOption();

    @Option(
            names = {"-c", "--config"},
            paramLabel = "DIR",
            description = "A directory of YAML, watched. Without one, objects come by 'riser apply' alone.")
    @Nullable
    Path config;

    @Option(
            names = "--api-listen",
            paramLabel = "ADDRESS:PORT",
            defaultValue = "127.0.0.1:15080",
            description = "API and dashboard; off loopback every call needs the token. Default: ${DEFAULT-VALUE}.")
    String apiListen = "";

    @Option(
            names = "--xds-listen",
            paramLabel = "ADDRESS:PORT",
            defaultValue = "127.0.0.1:15012",
            description = "Discovery and certificates, over TLS. Default: ${DEFAULT-VALUE}.")
    String xdsListen = "";

    @Option(
            names = "--metrics-listen",
            paramLabel = "ADDRESS:PORT",
            defaultValue = "127.0.0.1:15014",
            description = "The control plane's own metrics. Default: ${DEFAULT-VALUE}.")
    String metricsListen = "";

    @Option(
            names = "--certificate-lifetime",
            paramLabel = "TIME",
            defaultValue = "24h",
            description =
                    "How long a workload's certificate lives; renewed at two thirds of it. Default: ${DEFAULT-VALUE}.")
    String certificateLifetime = "";

    @Option(
            names = "--trust-domain",
            paramLabel = "NAME",
            defaultValue = "cluster.local",
            description = "The trust domain of all identities. Default: ${DEFAULT-VALUE}.")
    String trustDomain = "";

    @Option(
            names = "--network",
            paramLabel = "CIDR",
            description = "The workloads' IPv4 network. Default: 10.88.0.0/16, with --no-capture 127.88.0.0/16.")
    @Nullable
    String network4;

    @Option(
            names = "--no-capture",
            description = "For workloads that are started with 'riser run --no-capture': they share the machine's own "
                    + "network, each with a loopback address. Needs neither root nor a user namespace.")
    boolean noCapture;

    @Option(
            names = "--network6",
            paramLabel = "CIDR",
            defaultValue = "fd88::/64",
            description = "The workloads' IPv6 network. Default: ${DEFAULT-VALUE}.")
    String network6 = "";

    @Option(
            names = "--outbound",
            paramLabel = "POLICY",
            defaultValue = "allow-any",
            description = "What happens to connections to where the mesh knows nothing: allow-any or registry-only. "
                    + "Default: ${DEFAULT-VALUE}.")
    String outbound = "";

    @Option(
            names = "--access-log",
            paramLabel = "FORM",
            defaultValue = "off",
            description = "What proxies write about each exchange to their standard output: off, text or json. "
                    + "Refusals are logged all the same. Default: ${DEFAULT-VALUE}.")
    String accessLog = "";

    @Override
    public Integer call() throws Exception {
        Path directory = config;
        if (directory != null && !Files.isDirectory(directory)) {
            throw CommandFailure.usage(
                    "--config '%s' is not a directory; create it, or name another".formatted(directory));
        }
        Duration lifetime = Durations.parse(certificateLifetime);
        if (lifetime.compareTo(Duration.ofSeconds(5)) < 0) {
            throw CommandFailure.usage(
                    "--certificate-lifetime is %s; at least 5s leave time to renew".formatted(certificateLifetime));
        }
        String network = network4 == null ? noCapture ? "127.88.0.0/16" : "10.88.0.0/16" : network4;
        if (noCapture != network.startsWith("127.")) {
            throw CommandFailure.usage(
                    "--network '%s': with --no-capture it is a part of 127.0.0.0/8, without it is not"
                            .formatted(network));
        }
        return ControlPlaneStart.run(
                new ControlPlaneLaunch(
                        Optional.ofNullable(directory).map(Path::toAbsolutePath),
                        state.directory().path(),
                        apiListen,
                        xdsListen,
                        metricsListen,
                        lifetime,
                        trustDomain,
                        network,
                        network6,
                        outbound,
                        accessLog),
                noCapture ? () -> {} : MeshNetwork::removeIfUnused);
    }
}
