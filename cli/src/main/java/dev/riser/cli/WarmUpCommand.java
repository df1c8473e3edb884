package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Kernel;
import dev.riser.cli.net.Redirection;
import dev.riser.cli.net.RedirectionOptions;
import dev.riser.cli.rehearsal.ControlPlaneRehearsal;
import dev.riser.cli.rehearsal.ProxyRehearsal;
import dev.riser.cli.table.Edges;
import dev.riser.cli.table.GoldenSignals;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Loads and runs what a kind of process loads and runs, so that the launcher can keep it in a cache. Changes nothing. */
@Command(name = "warm-up", hidden = true, description = "Run what others run often.", mixinStandardHelpOptions = true)
final class WarmUpCommand implements Callable<Integer> {
    /** The kinds of processes, each with a cache of its own. */
    enum Kind {
        CLI,
        CONTROL_PLANE,
        PROXY
    }

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "KIND",
            defaultValue = "cli",
            description = "What to warm up.")
    Kind kind = Kind.CLI;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DIR",
            description = "Where a control plane and a proxy rehearse together.")
    @Nullable
    Path directory;

    @Option(names = "--own-network", description = "The network namespace may be changed.")
    boolean ownNetwork;

    @Override
    public Integer call() throws Exception {
        return switch (kind) {
            case CLI -> Commands.run();
            case CONTROL_PLANE -> {
                new ControlPlaneRehearsal(stage(), Riser::execute).run();
                yield 0;
            }
            case PROXY -> {
                new ProxyRehearsal(stage(), Riser::execute)
                        .run(ownNetwork ? ProxyRehearsal.Network.OWN : ProxyRehearsal.Network.SHARED);
                yield 0;
            }
        };
    }

    private Path stage() {
        if (directory == null) {
            throw CommandFailure.usage("a rehearsal needs a directory");
        }
        return directory;
    }

    /** Apart, so that the other kinds do not load what it needs. */
    private static final class Commands {
        /** A port on which nothing listens: the discard service is long gone. */
        private static final String NOBODY = "http://127.0.0.1:9";

        static int run() {
            JsonNode answer = JsonMapper.builder()
                    .build()
                    .readTree(
                            "{\"rows\":[{\"name\":\"a\",\"success\":1,\"rps\":1.5,\"p50\":2}],\"nodes\":[],\"edges\":[]}");
            String text = GoldenSignals.table(answer, GoldenSignals.Scope.ALL_NAMESPACES, GoldenSignals.Detail.WIDE)
                            .text()
                    + Edges.table(answer, "", GoldenSignals.Detail.WIDE).text()
                    + Redirection.rules(RedirectionOptions.STANDARD)
                    + Riser.commandLine().getUsageMessage();
            try {
                text += new MeshApi(NOBODY, Optional.empty(), "").get("/", Map.of("a", "b"));
            } catch (CommandFailure expected) {
                text += expected.line();
            }
            return text.isEmpty() || Kernel.threadId() < 0 ? CommandFailure.FAILED : 0;
        }
    }
}
