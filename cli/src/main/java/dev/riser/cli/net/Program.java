package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The program that a process becomes: the file found as a shell finds it, and the arguments in the bytes they came in.
 *
 * @param file the program's file
 * @param arguments the program's name as given, then its arguments
 */
public record Program(Path file, List<byte[]> arguments) {
    public Program {
        arguments = List.copyOf(arguments);
    }

    /**
     * Finds the program.
     *
     * @param words the program's name and its arguments
     * @param path the value of {@code PATH}
     */
    public static Program find(List<String> words, String path) {
        return new Program(locate(words.getFirst(), path), originalBytes(words));
    }

    static Path locate(String name, String path) {
        if (name.contains("/")) {
            return checked(Path.of(name), name);
        }
        Path unusable = null;
        for (String directory : path.split(":", -1)) {
            Path candidate = Path.of(directory.isEmpty() ? "." : directory, name);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return candidate.toAbsolutePath();
            }
            if (Files.exists(candidate) && !Files.isDirectory(candidate)) {
                unusable = candidate;
            }
        }
        if (unusable != null) {
            return checked(unusable, name);
        }
        throw CommandFailure.withCode(
                CommandFailure.NOT_FOUND, "the program '%s' was not found in PATH (%s)".formatted(name, path));
    }

    private static Path checked(Path file, String name) {
        if (!Files.exists(file)) {
            throw CommandFailure.withCode(CommandFailure.NOT_FOUND, "the program '%s' does not exist".formatted(name));
        }
        if (Files.isDirectory(file)) {
            throw CommandFailure.withCode(
                    CommandFailure.NOT_EXECUTABLE, "'%s' is a directory, not a program".formatted(name));
        }
        if (!Files.isExecutable(file)) {
            throw CommandFailure.withCode(
                    CommandFailure.NOT_EXECUTABLE,
                    "'%s' may not be executed; allow it with 'chmod +x %s'".formatted(file, file));
        }
        return file.toAbsolutePath();
    }

    /** The tail of this process's own command line: decoding and encoding again could change bytes. */
    private static List<byte[]> originalBytes(List<String> words) {
        try {
            List<byte[]> all = split(Files.readAllBytes(Path.of("/proc/self/cmdline")));
            if (all.size() > words.size()) {
                return all.subList(all.size() - words.size(), all.size());
            }
        } catch (IOException unreadable) {
            // A process without /proc has the decoded words left.
        }
        return words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
    }

    static List<byte[]> split(byte[] zeroTerminated) {
        List<byte[]> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < zeroTerminated.length; i++) {
            if (zeroTerminated[i] == 0) {
                parts.add(java.util.Arrays.copyOfRange(zeroTerminated, start, i));
                start = i + 1;
            }
        }
        return parts;
    }

    /** Becomes the program, on the calling thread; throws where the kernel refuses. */
    public RuntimeException become() {
        return Kernel.become(file.toString(), arguments);
    }
}
