package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.ProblemText;
import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Brings objects into the mesh. */
@Command(
        name = "apply",
        description = "Bring objects into the mesh, from files, directories or standard input.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A bad object never stops a good one: the good ones are applied, the bad ones are named with their line,",
            "and the exit code is 1.",
            "",
            "Examples:",
            "  riser apply -f istio-virtualservice-canary.yaml",
            "  riser apply -f config/ -f extra.yaml",
            "  cat policy.yaml | riser apply -f -",
        })
final class ApplyCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = {"-f", "--filename"},
            required = true,
            paramLabel = "FILE|DIR|-",
            description =
                    "YAML to apply; a directory stands for the .yaml, .yml and .json files in it, - for standard input.")
    List<String> sources = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        MeshApi api = mesh.api();
        PrintWriter out = terminal.out();
        int exit = 0;
        for (Source source : read()) {
            JsonNode answer;
            try {
                answer = api.postYaml("/api/v1/objects", source.text());
            } catch (CommandFailure refused) {
                terminal.err().println("riser: %s: %s".formatted(source.name(), refused.line()));
                exit = CommandFailure.FAILED;
                continue;
            }
            for (JsonNode applied : answer.path("applied")) {
                out.println("%s %s/%s %s"
                        .formatted(
                                applied.path("kind").asString(""),
                                applied.path("namespace").asString(""),
                                applied.path("name").asString(""),
                                applied.path("result").asString("")));
            }
            out.flush();
            for (JsonNode problem : answer.path("problems")) {
                String line = ProblemText.of(problem);
                terminal.err()
                        .println(problem.path("file").asString("").isEmpty() ? source.name() + ": " + line : line);
                exit = CommandFailure.FAILED;
            }
        }
        return exit;
    }

    private record Source(String name, String text) {}

    private List<Source> read() throws IOException {
        List<Source> found = new ArrayList<>();
        for (String source : sources) {
            if (source.equals("-")) {
                found.add(new Source("standard input", new String(System.in.readAllBytes(), StandardCharsets.UTF_8)));
                continue;
            }
            Path path = Path.of(source);
            if (Files.isDirectory(path)) {
                List<Path> files;
                try (Stream<Path> entries = Files.list(path)) {
                    files = entries.filter(ApplyCommand::isObjectFile).sorted().toList();
                }
                if (files.isEmpty()) {
                    throw CommandFailure.failed(
                            "the directory '%s' has no .yaml, .yml or .json file in it".formatted(source));
                }
                for (Path file : files) {
                    found.add(new Source(file.toString(), Files.readString(file)));
                }
            } else if (Files.isRegularFile(path)) {
                found.add(new Source(source, Files.readString(path)));
            } else {
                throw CommandFailure.failed("'%s' is neither a file nor a directory".formatted(source));
            }
        }
        return found;
    }

    private static boolean isObjectFile(Path path) {
        String name = path.toString();
        return Files.isRegularFile(path) && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }
}
