package dev.riser.cli;

import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.demo.Demo;
import dev.riser.cli.failure.CommandFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the mesh at work. */
@Command(
        name = "demo",
        description = "Start a mesh with a small shop in it, put load on it, and show what the mesh sees.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Everything started here is the product itself: a control plane, the shared proxy, and ten programs under",
            "'riser run'. All of it ends with the demo, and nothing is left.",
            "",
            "Exit code 0 where everything that is promised held: mutual TLS with both identities on every edge, the",
            "canary's share within three standard deviations of its weight, no failed request, the legacy caller refused.",
            "",
            "Examples:",
            "  riser demo",
            "  riser demo --duration 30s --output json",
        })
final class DemoCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "",
            description = "How long the load lasts, as 30s or 5m. Default: until Ctrl-C; 30s with -o json.")
    String duration = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text (a live table) or json (one document at the end). Default: ${DEFAULT-VALUE}.")
    Demo.Form form = Demo.Form.text;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description =
                    "Keep state, configuration and logs here. Default: a temporary directory, removed at the end.")
    @Nullable
    Path state;

    @Option(
            names = "--rps",
            paramLabel = "N",
            defaultValue = "150",
            description =
                    "Requests a second; all of them reach product, half through the frontend. Default: ${DEFAULT-VALUE}.")
    int requestsPerSecond;

    @Override
    public Integer call() throws Exception {
        if (requestsPerSecond < 1 || requestsPerSecond > 2000) {
            throw CommandFailure.usage("--rps is %d; allowed: 1 to 2000".formatted(requestsPerSecond));
        }
        Duration length = switch (duration) {
            case "" -> form == Demo.Form.json ? Duration.ofSeconds(30) : Duration.ZERO;
            default -> Durations.parse(duration);
        };
        Path directory = state;
        return new Demo(
                        length,
                        form,
                        requestsPerSecond,
                        Optional.ofNullable(directory).map(path -> new StateDirectory(path.toAbsolutePath())),
                        terminal.out(),
                        terminal.err())
                .run();
    }
}
