package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Kernel;
import dev.riser.cli.net.Redirection;
import dev.riser.cli.net.RedirectionOptions;
import dev.riser.cli.table.Edges;
import dev.riser.cli.table.GoldenSignals;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Loads what short commands load, so that the launcher can keep it linked in a cache. Changes nothing. */
@Command(name = "warm-up", hidden = true, description = "Load what commands load.", mixinStandardHelpOptions = true)
final class WarmUpCommand implements Callable<Integer> {
    /** A port on which nothing listens: the discard service is long gone. */
    private static final String NOBODY = "http://127.0.0.1:9";

    @Override
    public Integer call() {
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
