package dev.riser.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.riser.base.Problem;
import dev.riser.control.world.MeshSettings;
import dev.riser.control.world.MeshWorld;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder under {@code golden} is a mesh and questions to it: {@code input.yaml} the objects, {@code questions.txt}
 * the workloads, whose proxy asks, and what it asks for; {@code resources.txt} the answers. {@code -Dgolden=write}
 * writes the answers anew; the difference is for a person to judge.
 */
class GoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    static Stream<String> cases() throws IOException {
        try (Stream<Path> folders = Files.list(GOLDEN)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answersOfTheCaseAreThoseOnFile(String name) throws IOException {
        Path folder = GOLDEN.resolve(name);
        Path file = folder.resolve("resources.txt");

        String answers = answers(folder);

        if ("write".equals(System.getProperty("golden"))) {
            Files.writeString(file, answers);
        }
        assertThat(answers).isEqualTo(Files.readString(file));
    }

    private static String answers(Path folder) throws IOException {
        Scenario scenario = new Scenario().objects(Files.readString(folder.resolve("input.yaml")));
        List<String> questions = new ArrayList<>();
        String proxy = "";
        String locality = "";
        for (String line : Files.readAllLines(folder.resolve("questions.txt"))) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
                case "", "#" -> {
                    // For the reader.
                }
                case "workload" -> scenario.workload(words[1]);
                case "registry-only" ->
                    scenario.settings(MeshSettings.DEFAULT.withOutbound(MeshSettings.OutboundTraffic.REGISTRY_ONLY));
                case "no-capture" -> scenario.settings(MeshSettings.DEFAULT.withCapture(MeshSettings.Capture.NONE));
                case "proxy" -> proxy = words[1];
                case "locality" -> locality = words[1];
                default -> questions.add(line);
            }
        }
        MeshWorld world = scenario.world();
        ProxyView view = scenario.view(proxy, locality);
        StringBuilder answers = new StringBuilder();
        for (String question : questions) {
            answers.append("=== ")
                    .append(question)
                    .append('\n')
                    .append(answer(world, view, question))
                    .append('\n');
        }
        return answers.toString();
    }

    private static String answer(MeshWorld world, ProxyView view, String question) {
        String[] words = question.split(" ");
        if (words[0].equals("problems")) {
            return String.join(
                    "\n", world.problems().stream().map(Problem::text).toList());
        }
        String type = switch (words[0]) {
            case "listener", "listeners" -> ResourceNames.LISTENER_TYPE;
            case "route", "routes" -> ResourceNames.ROUTE_TYPE;
            case "cluster", "clusters" -> ResourceNames.CLUSTER_TYPE;
            case "endpoints", "assignments" -> ResourceNames.ENDPOINT_TYPE;
            case "host", "hosts" -> ResourceNames.HOST_TYPE;
            default -> throw new IllegalArgumentException(question);
        };
        ResourceGenerator generator = new ResourceGenerator();
        if (words.length == 1) {
            Map<String, Message> all = generator.all(view, type);
            return String.join("\n", all.keySet());
        }
        Optional<? extends Message> resource = generator.resource(view, type, words[1]);
        return resource.map(ResourceText::of).orElse("none");
    }
}
