package dev.riser.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Texts that tests read. */
final class Texts {
    private Texts() {}

    static String resource(String name) {
        try (InputStream input = Texts.class.getResourceAsStream(name)) {
            if (input == null) {
                throw new IllegalArgumentException("no resource " + name);
            }
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static List<String> namesIn(String folder, String ending) {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources", folder))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static ReadResult read(String text) {
        return ConfigReader.read("test.yaml", text, ReadLimits.DEFAULT);
    }

    /** The only object of the text, which must have no problem. */
    static <T extends MeshObject> T only(Class<T> type, String text) {
        ReadResult result = read(text);
        if (!result.problems().isEmpty() || result.objects().size() != 1) {
            throw new AssertionError("expected one object without problems, got " + result);
        }
        return type.cast(result.objects().getFirst());
    }
}
