package dev.riser.proxy.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the control plane makes, this proxy takes: its golden files hold every kind of resource that it translates to. */
class TranslatedResourcesTest {
    private static final Path GOLDEN = Path.of("../control/src/test/resources/golden");

    /** A resource of a golden file: its kind, name, and JSON. */
    private record Section(String golden, String kind, String title, String json) {}

    @Test
    void noResourceOfTheControlPlaneIsRejected() throws IOException {
        List<String> rejected = new ArrayList<>();
        Set<String> kinds = new HashSet<>();
        for (Section section : sections()) {
            Compiled<?> outcome = switch (section.kind()) {
                case "listener" -> Resources.listener(section.json());
                case "route" -> Resources.routes(section.json());
                case "cluster" -> Resources.cluster(section.json());
                case "endpoints" -> Resources.endpoints(section.json());
                default -> null;
            };
            if (outcome != null) {
                kinds.add(section.kind());
                Resources.reasons(outcome)
                        .forEach(reason -> rejected.add(section.golden() + " " + section.title() + ": " + reason));
            }
        }

        assertThat(rejected).isEmpty();
        assertThat(kinds).containsExactlyInAnyOrder("listener", "route", "cluster", "endpoints");
    }

    private static List<Section> sections() throws IOException {
        List<Section> sections = new ArrayList<>();
        try (Stream<Path> cases = Files.list(GOLDEN)) {
            for (Path directory : cases.sorted().toList()) {
                String text = "\n" + Files.readString(directory.resolve("resources.txt"));
                for (String section : text.split("\n=== ", -1)) {
                    int lineEnd = section.indexOf('\n');
                    int json = section.indexOf('{');
                    if (lineEnd > 0 && json > lineEnd) {
                        String title = section.substring(0, lineEnd);
                        sections.add(new Section(
                                directory.getFileName().toString(),
                                title.split(" ", 2)[0],
                                title,
                                section.substring(json)));
                    }
                }
            }
        }
        return sections;
    }
}
