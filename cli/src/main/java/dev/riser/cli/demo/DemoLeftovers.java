package dev.riser.cli.demo;

import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.run.MeshProcesses;
import dev.riser.cli.run.ProcessIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.stream.Stream;

/** The temporary directories of demonstrations, and what a demonstration that was killed left in them. */
public final class DemoLeftovers {
    private static final String PREFIX = "riser-demo-";

    /** Holds the process id and its time of start, so that a number that was given out again deceives nobody. */
    private static final String OWNER = "demo.owner";

    /** The same of every process of the demonstration, one a line. */
    private static final String CHILDREN = "demo.children";

    /** Between a directory and the note of its owner lie milliseconds; a younger one is left alone. */
    private static final Duration MAKING = Duration.ofMinutes(1);

    private DemoLeftovers() {}

    /** A new directory that belongs to this process. */
    static Path create() throws IOException {
        Path directory = Files.createTempDirectory(PREFIX);
        Files.writeString(directory.resolve(OWNER), own());
        return directory;
    }

    /** Takes a directory that the user named, after ending what a demonstration that was killed left in it. */
    static void claim(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        if (Files.exists(directory.resolve(OWNER)) && hasLivingOwner(directory)) {
            throw CommandFailure.failed("another demo runs with '%s'; name another directory".formatted(directory));
        }
        endChildren(directory);
        new MeshProcesses(new StateDirectory(directory)).end();
        Files.deleteIfExists(directory.resolve(CHILDREN));
        Files.writeString(directory.resolve(OWNER), own());
    }

    /** Leaves a directory that the user named with what the user may want to look at. */
    static void release(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(OWNER));
        Files.deleteIfExists(directory.resolve(CHILDREN));
    }

    private static String own() {
        return ProcessIdentity.of(ProcessHandle.current().pid()).orElse("");
    }

    /** Notes that a process is to end with the demonstration. */
    static void note(Path directory, long pid) throws IOException {
        Files.writeString(
                directory.resolve(CHILDREN),
                ProcessIdentity.of(pid).map(line -> line + "\n").orElse(""),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private static void endChildren(Path directory) throws IOException {
        Path file = directory.resolve(CHILDREN);
        if (!Files.exists(file)) {
            return;
        }
        for (String line : Files.readAllLines(file)) {
            long pid = Long.parseLong(line.split(" ", 2)[0]);
            if (ProcessIdentity.of(pid).filter(line::equals).isPresent()) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    /** Ends the processes and deletes the directories of demonstrations whose own process is gone. */
    public static void remove() throws InterruptedException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path directory : directories) {
                if (isOwn(directory) && !hasLivingOwner(directory)) {
                    endChildren(directory);
                    new MeshProcesses(new StateDirectory(directory)).end();
                    delete(directory);
                }
            }
        } catch (IOException e) {
            throw CommandFailure.failed("leftovers of an earlier demo cannot be removed: " + e.getMessage(), e);
        }
    }

    /** Deletes a directory with everything in it. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Another user's directory in the shared temporary directory is none of our business. */
    private static boolean isOwn(Path directory) throws IOException {
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(directory, LinkOption.NOFOLLOW_LINKS)
                        .equals(Files.getOwner(Path.of("/proc/self"), LinkOption.NOFOLLOW_LINKS));
    }

    private static boolean hasLivingOwner(Path directory) {
        try {
            String owner = Files.readString(directory.resolve(OWNER));
            long pid = Long.parseLong(owner.split(" ", 2)[0]);
            return ProcessIdentity.of(pid).filter(owner::equals).isPresent();
        } catch (IOException | NumberFormatException unreadable) {
            return isBeingMade(directory);
        }
    }

    private static boolean isBeingMade(Path directory) {
        try {
            return Files.getLastModifiedTime(directory).toInstant().plus(MAKING).isAfter(Instant.now());
        } catch (IOException gone) {
            return true;
        }
    }
}
