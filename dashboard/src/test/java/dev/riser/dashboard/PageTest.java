package dev.riser.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The page must work under {@code Content-Security-Policy: default-src 'self'} and without any network but the control
 * plane: these tests read what is in the class path and fail on what would break either.
 */
class PageTest {

    private static final String ROOT = "dashboard/";
    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
    private static final Pattern IMPORT =
            Pattern.compile("(?m)^(?:import|export)\\s[^;]*?from\\s*\"([^\"]+)\"|\\bimport\\(\\s*\"([^\"]+)\"");
    private static final Pattern STYLE_REFERENCE = Pattern.compile("url\\(\\s*[\"']?([^\"')]+)|@import\\s+([^;]+)");
    private static final Pattern EXTERNAL = Pattern.compile("(?:https?:)?//[a-z0-9-]+(?:\\.[a-z0-9-]+)+");
    private static final Pattern HANDLER = Pattern.compile("(?i)\\son[a-z]+\\s*=");
    private static final Pattern INLINE_SCRIPT = Pattern.compile("(?is)<script(?![^>]*\\ssrc=)[^>]*>");

    /** Names of XML languages look like addresses and are never fetched. */
    private static final String XML_NAMES = "http://www.w3.org/";

    @Test
    void everythingThatThePageRefersToIsInTheClassPath() {
        List<String> references = matches(REFERENCE, text(ROOT + "index.html"));

        assertThat(references).contains("js/app.js", "css/page.css");
        assertThat(references)
                .allSatisfy(reference ->
                        assertThat(find(ROOT + reference)).as(reference).isNotNull());
    }

    @Test
    void everyModuleThatIsReachedFromTheFirstIsInTheClassPath() {
        Set<String> reached = reachedModules();

        assertThat(reached)
                .contains(
                        "dashboard/js/graph-page.js",
                        "dashboard/vendor/preact/preact.module.js",
                        "dashboard/vendor/uplot/uPlot.esm.js");
        assertThat(reached)
                .allSatisfy(module -> assertThat(find(module)).as(module).isNotNull());
    }

    @Test
    void everyModuleOfThePageIsReached() {
        assertThat(reachedModules())
                .containsAll(own().filter(name -> name.endsWith(".js")).toList());
    }

    @Test
    void importsAreRelativeSoThatNoImportMapIsNeeded() {
        for (String module : reachedModules()) {
            assertThat(imports(module)).as(module).allMatch(name -> name.startsWith("./") || name.startsWith("../"));
        }
    }

    @Test
    void nothingOfThePageNamesAnotherHost() {
        assertThat(own())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(matches(EXTERNAL, text(name).replace(XML_NAMES, "")))
                        .as(name)
                        .isEmpty());
    }

    @Test
    void styleSheetsFetchNothing() {
        assertThat(own().filter(name -> name.endsWith(".css")))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(matches(STYLE_REFERENCE, text(name)))
                        .as(name)
                        .isEmpty());
        assertThat(matches(STYLE_REFERENCE, text(ROOT + "vendor/uplot/uPlot.min.css")))
                .isEmpty();
    }

    @Test
    void theDocumentHasNoScriptStyleOrHandlerInline() {
        String document = text(ROOT + "index.html");

        assertThat(matches(INLINE_SCRIPT, document)).isEmpty();
        assertThat(matches(HANDLER, document)).isEmpty();
        assertThat(document.toLowerCase(Locale.ROOT)).doesNotContain("<style", " style=", "javascript:");
    }

    @Test
    void dataNeverBecomesMarkup() {
        assertThat(own().filter(name -> name.endsWith(".js")))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(text(name))
                        .as(name)
                        .doesNotContain(
                                "innerHTML",
                                "outerHTML",
                                "insertAdjacentHTML",
                                "document.write",
                                "eval(",
                                "new Function",
                                "style:"));
    }

    @Test
    void theLicencesOfTheLibrariesTravelWithThem() {
        assertThat(text(ROOT + "vendor/preact/LICENSE")).contains("MIT");
        assertThat(text(ROOT + "vendor/uplot/LICENSE")).contains("MIT");
    }

    /** Class path names of the files that are ours: all but the libraries. */
    private static Stream<String> own() {
        Path root = root();
        try (Stream<Path> files = Files.walk(root)) {
            return files
                    .filter(Files::isRegularFile)
                    .map(file -> ROOT + root.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.startsWith(ROOT + "vendor/"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path root() {
        URL index = Objects.requireNonNull(find(ROOT + "index.html"), "no page in the class path");
        try {
            return Objects.requireNonNull(Path.of(index.toURI()).getParent());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Set<String> reachedModules() {
        Set<String> reached = new TreeSet<>();
        ArrayDeque<String> waiting = new ArrayDeque<>(List.of(ROOT + "js/app.js"));
        while (!waiting.isEmpty()) {
            String module = waiting.remove();
            if (reached.add(module) && find(module) != null) {
                for (String name : imports(module)) {
                    waiting.add(URI.create(module).resolve(name).toString());
                }
            }
        }
        return reached;
    }

    private static List<String> imports(String module) {
        return matches(IMPORT, text(module));
    }

    private static List<String> matches(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        for (MatchResult match : pattern.matcher(text).results().toList()) {
            String value = match.group();
            for (int group = 1; group <= match.groupCount(); group++) {
                String part = match.group(group);
                value = part != null ? part : value;
            }
            found.add(value);
        }
        return found;
    }

    private static @Nullable URL find(String name) {
        return PageTest.class.getClassLoader().getResource(name);
    }

    private static String text(String name) {
        try (InputStream in = PageTest.class.getClassLoader().getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
