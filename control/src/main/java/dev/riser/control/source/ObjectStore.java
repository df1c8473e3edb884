package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.ConfigReader;
import dev.riser.model.ObjectKey;
import dev.riser.model.ReadDocument;
import dev.riser.model.ReadLimits;
import dev.riser.model.ReadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Objects brought through the API, one file each, on the disk before the answer is given. A bad object is refused and
 * what was there stays. Thread-safe.
 */
public final class ObjectStore {
    private final Path directory;
    private final ReadLimits limits;
    private final ConfigListener listener;
    private final Map<ObjectKey, ReadDocument> documents = new TreeMap<>();
    private List<Problem> damaged = List.of();

    /** What became of one object of a request. */
    public enum Result {
        CREATED,
        CHANGED,
        UNCHANGED,
        REJECTED
    }

    /** One object of a request; a document without a readable name has none. */
    public record Applied(Optional<ObjectKey> key, Result result) {}

    /**
     * What became of a request.
     *
     * @param objects in the order of the text
     * @param problems in the order of the text; an object may be applied and have problems all the same
     */
    public record Outcome(List<Applied> objects, List<Problem> problems) {
        public Outcome {
            objects = List.copyOf(objects);
            problems = List.copyOf(problems);
        }
    }

    /**
     * Prepares a store; nothing is read yet.
     *
     * @param directory where the files are; made where it is not there
     */
    public ObjectStore(Path directory, ReadLimits limits, ConfigListener listener) {
        this.directory = directory;
        this.limits = limits;
        this.listener = listener;
    }

    /**
     * Reads all files and tells the listener.
     *
     * @throws IOException where the directory cannot be made or read
     */
    public synchronized void start() throws IOException {
        Files.createDirectories(directory);
        List<Problem> problems = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.yaml")) {
            for (Path file : files) {
                ReadResult result = ConfigReader.read(name(file), Files.readAllBytes(file), limits);
                for (ReadDocument document : result.documents()) {
                    document.key().ifPresent(key -> documents.put(key, document));
                    problems.addAll(document.key().isPresent() ? List.of() : document.problems());
                }
            }
        }
        damaged = List.copyOf(problems);
        tell();
    }

    /**
     * Takes over each good object of a text. What is bad is told and leaves what was there.
     *
     * @throws UncheckedIOException where an object cannot be written; those before it are in force
     */
    public synchronized Outcome apply(String text) {
        ReadResult result = ConfigReader.read("apply", text, limits);
        List<Applied> applied = new ArrayList<>();
        boolean changed = false;
        try {
            for (ReadDocument document : result.documents()) {
                if (document.key().isEmpty() || document.object().isEmpty()) {
                    if (document.key().isPresent() || !document.problems().isEmpty()) {
                        applied.add(new Applied(document.key(), Result.REJECTED));
                    }
                    continue;
                }
                ObjectKey key = document.key().get();
                ReadDocument before = documents.get(key);
                if (before != null && before.text().equals(document.text())) {
                    applied.add(new Applied(document.key(), Result.UNCHANGED));
                    continue;
                }
                Path file = file(key);
                write(file, document.text());
                // Read again, so that lines and file are those of the file and not of the request.
                for (ReadDocument stored :
                        ConfigReader.read(name(file), document.text(), limits).documents()) {
                    documents.put(key, stored);
                }
                changed = true;
                applied.add(new Applied(document.key(), before == null ? Result.CREATED : Result.CHANGED));
            }
        } finally {
            if (changed) {
                tell();
            }
        }
        return new Outcome(applied, result.problems());
    }

    /**
     * Takes an object away.
     *
     * @return whether it was there
     * @throws UncheckedIOException where its file cannot be deleted; then it stays in force
     */
    public synchronized boolean delete(ObjectKey key) {
        if (!documents.containsKey(key)) {
            return false;
        }
        try {
            Files.deleteIfExists(file(key));
            force(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(key.text() + " cannot be deleted", failure);
        }
        documents.remove(key);
        tell();
        return true;
    }

    private void tell() {
        List<ConfigObject> objects = new ArrayList<>();
        List<Problem> problems = new ArrayList<>(damaged);
        documents.forEach((key, document) -> {
            problems.addAll(document.problems());
            objects.add(new ConfigObject(
                    key,
                    document.apiVersion(),
                    document.object().isPresent() ? ObjectStatus.IN_FORCE : ObjectStatus.REJECTED,
                    document.object(),
                    name(file(key)),
                    document.line(),
                    document.text(),
                    document.problems()));
        });
        listener.onConfig(new ConfigState(objects, problems));
    }

    /** Names may hold any character, so they are encoded; a comma stands in none of the encoded parts. */
    private Path file(ObjectKey key) {
        return directory.resolve(
                encoded(key.kind()) + "," + encoded(key.namespace()) + "," + encoded(key.name()) + ".yaml");
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8);
    }

    /** What users see in problems: that it came through the API, and which object it is. */
    private static String name(Path file) {
        String name = file.getFileName().toString();
        return "objects/" + URLDecoder.decode(name, StandardCharsets.UTF_8);
    }

    private void write(Path file, String text) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(file + " cannot be written", failure);
        }
    }

    /** A rename is on the disk only when its directory is. */
    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
