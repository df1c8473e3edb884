package dev.riser.control.source;

import dev.riser.base.Problem;
import dev.riser.model.ConfigReader;
import dev.riser.model.ReadDocument;
import dev.riser.model.ReadLimits;
import dev.riser.model.ReadResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A directory of YAML and JSON, read again as a whole whenever something in it changes. Names of files in problems and
 * origins are relative to the directory. Files whose name begins with a dot are not read: editors and Kubernetes' volumes
 * use them for what is not ready.
 */
public final class DirectorySource implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DirectorySource.class.getName());

    /** Editors write a file in several steps; what is read in the middle of them would be a bad version. */
    private static final Duration PAUSE = Duration.ofMillis(50);
    /** Some file systems tell of no change. */
    private static final Duration POLL = Duration.ofSeconds(2);

    /** More than the coarsest clock of a file system we expect. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    /** Events taken before a look, so that a directory that never rests is looked at too. */
    private static final int MAX_EVENTS = 20;

    private static final int MAX_DEPTH = 16;

    private final InstantSource clock;
    private final Path directory;
    private final ReadLimits limits;
    private final ConfigListener listener;
    private final DocumentHistory history = new DocumentHistory();
    private final Map<String, Seen> seen = new HashMap<>();
    private Set<String> unreadable = Set.of();
    private @Nullable Thread watcher;
    private volatile boolean closed;

    /**
     * What a file looked like when it was read, and what was in it.
     *
     * @param settled whether it was old enough then: a file system's clock is coarse, and a file written twice in one of
     *     its ticks looks the same
     */
    private record Seen(
            long size, long modified, @Nullable Object fileKey, boolean settled, byte[] digest, ReadResult result) {
        boolean looksLike(BasicFileAttributes attributes) {
            return settled
                    && size == attributes.size()
                    && modified == attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS)
                    && Objects.equals(fileKey, attributes.fileKey());
        }
    }

    /**
     * Prepares a source; nothing is read yet.
     *
     * @param listener is told the first state by {@link #start} and every later one by the source's own thread
     */
    public DirectorySource(Path directory, ReadLimits limits, ConfigListener listener) {
        this(directory, limits, listener, InstantSource.system());
    }

    /** With another clock, which is compared with the times of files. */
    DirectorySource(Path directory, ReadLimits limits, ConfigListener listener, InstantSource clock) {
        this.clock = clock;
        this.directory = directory;
        this.limits = limits;
        this.listener = listener;
    }

    /**
     * Reads everything, tells the listener, and begins to watch.
     *
     * @throws IOException where the directory cannot be read
     */
    public void start() throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException(directory + " is no directory");
        }
        readAndTell();
        watcher = Thread.ofPlatform().daemon().name("riser-config").start(this::watch);
    }

    @Override
    public void close() {
        closed = true;
        if (watcher != null) {
            watcher.interrupt();
        }
    }

    /** Reads what changed and tells the listener where anything did. Not for two threads at once. */
    void readAndTell() {
        boolean first = seen.isEmpty() && unreadable.isEmpty();
        Set<String> before = new HashSet<>(seen.keySet());
        Set<String> present = new HashSet<>();
        Set<String> failed = new HashSet<>();
        boolean changed = first;
        for (Map.Entry<String, Path> entry : files().entrySet()) {
            String name = entry.getKey();
            present.add(name);
            try {
                BasicFileAttributes attributes = Files.readAttributes(entry.getValue(), BasicFileAttributes.class);
                Seen known = seen.get(name);
                if (known != null && known.looksLike(attributes)) {
                    continue;
                }
                byte[] bytes = bytes(entry.getValue(), attributes);
                byte[] digest = digest(bytes, attributes.size());
                ReadResult result = known != null && Arrays.equals(known.digest(), digest)
                        ? known.result()
                        : read(name, bytes, attributes.size());
                changed |= known == null || result != known.result();
                seen.put(
                        name,
                        new Seen(
                                attributes.size(),
                                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                                attributes.fileKey(),
                                attributes
                                        .lastModifiedTime()
                                        .toInstant()
                                        .isBefore(clock.instant().minus(SETTLED)),
                                digest,
                                result));
            } catch (IOException failure) {
                failed.add(name);
                seen.put(name, new Seen(-1, -1, null, false, new byte[0], failure(name, failure)));
                changed |= !unreadable.contains(name);
            }
        }
        before.removeAll(present);
        changed |= seen.keySet().removeAll(before) && !before.isEmpty();
        unreadable = failed;
        if (changed) {
            Map<String, ReadResult> texts = new TreeMap<>();
            seen.forEach((name, known) -> texts.put(name, known.result()));
            listener.onConfig(history.next(texts));
        }
    }

    /** A file that is too large is not taken into memory. */
    private byte[] bytes(Path file, BasicFileAttributes attributes) throws IOException {
        return attributes.size() > limits.maxBytes() ? new byte[0] : Files.readAllBytes(file);
    }

    private static byte[] digest(byte[] bytes, long size) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Long.toString(size).getBytes(StandardCharsets.US_ASCII));
            return digest.digest(bytes);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private ReadResult read(String name, byte[] bytes, long size) {
        if (size > limits.maxBytes()) {
            return nothing(new Problem(
                    "the file",
                    "",
                    name,
                    0,
                    size + " bytes",
                    "at most " + limits.maxBytes() + " bytes",
                    "the file is too large to be read",
                    "split it"));
        }
        return ConfigReader.read(name, bytes, limits);
    }

    private static ReadResult failure(String name, IOException failure) {
        return nothing(new Problem(
                "the file",
                "",
                name,
                0,
                "",
                "",
                "the file cannot be read: " + failure,
                "let the control plane's user read it"));
    }

    private static ReadResult nothing(Problem problem) {
        return new ReadResult(
                List.of(new ReadDocument(Optional.empty(), "", 0, "", Optional.empty(), List.of(problem))));
    }

    private Map<String, Path> files() {
        Map<String, Path> files = new TreeMap<>();
        try {
            Files.walkFileTree(
                    directory, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
                            return !visited.equals(directory) && hidden(visited)
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                            if (attributes.isRegularFile() && !hidden(file) && readable(file)) {
                                files.put(directory.relativize(file).toString(), file);
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException failure) {
                            // Gone between listing and looking, or not ours to read; the next look tells.
                            if (!hidden(file) && readable(file) && Files.exists(file)) {
                                files.put(directory.relativize(file).toString(), file);
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.WARNING, "the directory " + directory + " cannot be read", failure);
            seen.keySet().forEach(name -> files.put(name, directory.resolve(name)));
        }
        return files;
    }

    private static boolean hidden(Path path) {
        return path.getFileName() != null && path.getFileName().toString().startsWith(".");
    }

    private static boolean readable(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
    }

    private void watch() {
        try (WatchService service = FileSystems.getDefault().newWatchService()) {
            Map<Path, WatchKey> watched = new HashMap<>();
            while (!closed) {
                // Registered before the look, so that nothing can change unseen between the two.
                register(service, watched);
                look();
                WatchKey key = service.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
                for (int events = 1; key != null; events++) {
                    key.pollEvents();
                    key.reset();
                    key = events < MAX_EVENTS ? service.poll(PAUSE.toMillis(), TimeUnit.MILLISECONDS) : null;
                }
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        } catch (IOException noWatch) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "changes are only looked for every " + POLL.toSeconds() + " s",
                    noWatch);
            poll();
        }
    }

    private void poll() {
        while (!closed) {
            try {
                TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
                return;
            }
            look();
        }
    }

    private void look() {
        try {
            readAndTell();
        } catch (RuntimeException failure) {
            LOG.log(System.Logger.Level.ERROR, "the configuration could not be taken over", failure);
        }
    }

    private void register(WatchService service, Map<Path, WatchKey> watched) throws IOException {
        watched.values().removeIf(key -> !key.isValid());
        try {
            Files.walkFileTree(
                    directory, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes)
                                throws IOException {
                            if (!watched.containsKey(visited)) {
                                watched.put(
                                        visited,
                                        visited.register(
                                                service,
                                                StandardWatchEventKinds.ENTRY_CREATE,
                                                StandardWatchEventKinds.ENTRY_MODIFY,
                                                StandardWatchEventKinds.ENTRY_DELETE));
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException failure) {
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (java.nio.file.NoSuchFileException gone) {
            LOG.log(System.Logger.Level.WARNING, "the directory " + directory + " is gone");
        }
    }
}
