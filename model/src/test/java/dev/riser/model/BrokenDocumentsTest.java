package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.base.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.MethodSource;

class BrokenDocumentsTest {
    private static final String GOOD = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: good\n";

    @ParameterizedTest(name = "{0}")
    @CsvFileSource(resources = "/broken/expected.csv", delimiter = '|', numLinesToSkip = 1, quoteCharacter = '`')
    void a_broken_document_gives_one_problem_that_says_what_and_where(
            String file, String object, String field, int line, String message, String suggestion) {
        String name = file + ".yaml";
        ReadResult result = ConfigReader.read(name, Texts.resource("/broken/" + name), ReadLimits.DEFAULT);
        List<MeshObject> world = new ArrayList<>(world());
        world.addAll(result.objects());
        List<Problem> problems = new ArrayList<>(result.problems());
        problems.addAll(WorldChecks.check(world));

        assertThat(problems).as("%s", problems).hasSize(1);
        Problem problem = problems.getFirst();
        assertThat(problem.object()).isEqualTo(object);
        assertThat(problem.field()).isEqualTo(Optional.ofNullable(field).orElse(""));
        assertThat(problem.file()).isEqualTo(name);
        assertThat(problem.line()).isEqualTo(line);
        assertThat(problem.message()).contains(message);
        assertThat(problem.suggestion())
                .contains(Optional.ofNullable(suggestion).orElse(""));
    }

    @Test
    void every_broken_document_is_expected_to_say_something() {
        List<String> expected = Texts.resource("/broken/expected.csv")
                .lines()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf('|')) + ".yaml")
                .sorted()
                .toList();
        List<String> present = new ArrayList<>(Texts.namesIn("broken", ".yaml"));
        present.remove("world.yaml");
        assertThat(present).isEqualTo(expected).hasSizeGreaterThan(20);
    }

    static List<String> brokenFiles() {
        return Texts.namesIn("broken", ".yaml").stream()
                .filter(name -> !name.equals("world.yaml"))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenFiles")
    void a_broken_document_spares_its_neighbours_and_keeps_their_lines(String name) {
        String broken = Texts.resource("/broken/" + name);
        String text = GOOD + "---\n" + broken + GOOD.replace("good", "better");
        ReadResult result = ConfigReader.read(name, text, ReadLimits.DEFAULT);
        assertThat(result.objects())
                .extracting(MeshObject::key)
                .contains(
                        new ObjectKey("ServiceAccount", "default", "good"),
                        new ObjectKey("ServiceAccount", "default", "better"));
        int betterLine = (int) text.lines().count() - 3;
        assertThat(result.objects().getLast().origin().line()).isEqualTo(betterLine);
        int alone = ConfigReader.read(name, broken, ReadLimits.DEFAULT).problems().stream()
                .mapToInt(Problem::line)
                .findFirst()
                .orElse(0);
        int shifted =
                result.problems().stream().mapToInt(Problem::line).findFirst().orElse(6);
        assertThat(shifted).isEqualTo(alone + 6);
    }

    @Test
    void a_file_of_ten_megabytes_is_refused_without_being_read() {
        byte[] large = ("# " + "x".repeat(10 * 1024 * 1024)).getBytes(StandardCharsets.UTF_8);
        ReadResult result = ConfigReader.read("large.yaml", large, ReadLimits.DEFAULT);
        assertThat(result.objects()).isEmpty();
        assertThat(result.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo("large.yaml");
            assertThat(problem.message()).isEqualTo("the file is too large to be read");
            assertThat(problem.found()).isEqualTo(large.length + " bytes");
            assertThat(problem.allowed()).isEqualTo("at most 3145728 bytes");
        });
        assertThat(ConfigReader.read("large.yaml", "x".repeat(4 << 20), ReadLimits.DEFAULT)
                        .problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("too large"));
    }

    @Test
    void bytes_that_are_not_utf_8_are_refused_with_their_line() {
        byte[] bytes = "kind: Service\nname: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(ConfigReader.read("latin.yaml", bytes, ReadLimits.DEFAULT).problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.line()).isEqualTo(2);
                    assertThat(problem.message()).contains("not valid UTF-8");
                });
    }

    @Test
    void control_characters_are_refused_with_their_line() {
        assertThat(Texts.read("apiVersion: v1\nkind: Name\u0001space\n").problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.line()).isEqualTo(2);
                    assertThat(problem.found()).isEqualTo("character U+0001");
                });
    }

    @Test
    void too_many_values_and_too_many_documents_are_refused() {
        ReadLimits small = new ReadLimits(10_000, 3, 50, 50, 100, 100);
        String many = "apiVersion: v1\nkind: Service\nspec:\n" + "- a\n".repeat(200);
        assertThat(ConfigReader.read("many.yaml", many, small).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("more than 100 values"));
        assertThat(ConfigReader.read("many.yaml", GOOD.repeat(4), small).problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.message()).contains("too many documents");
                    assertThat(problem.line()).isEqualTo(16);
                });
    }

    @Test
    void a_document_full_of_mistakes_reports_many_but_not_all_of_them() {
        StringBuilder text = new StringBuilder("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n");
        for (int index = 0; index < 500; index++) {
            text.append("wrong").append(index).append(": 1\n");
        }
        assertThat(Texts.read(text.toString()).problems()).hasSize(100);
    }

    private static List<MeshObject> world() {
        return ConfigReader.read("world.yaml", Texts.resource("/broken/world.yaml"), ReadLimits.DEFAULT)
                .objects();
    }
}
