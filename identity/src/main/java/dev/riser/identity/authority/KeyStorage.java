package dev.riser.identity.authority;

import dev.riser.identity.authority.WriteObserver.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Small secret files in a directory that only their owner may enter. A file is replaced as a whole: written beside its
 * name, synced, renamed over it, and the directory synced, so that after a crash at any moment it is the old or the new.
 */
final class KeyStorage {
    private static final String TEMPORARY = ".tmp";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final WriteObserver observer;

    /** @throws IOException where the directory cannot be made or others may enter it */
    KeyStorage(Path directory, WriteObserver observer) throws IOException {
        this.directory = directory;
        this.observer = observer;
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Path parent = directory.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
        }
        refuseOthers(directory, OWNER_DIRECTORY, "0700");
        dropLeftovers();
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /**
     * The file's text, null where there is none.
     *
     * @throws IOException where it cannot be read or others can read it
     */
    @Nullable
    String read(String name) throws IOException {
        Path file = path(name);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        refuseOthers(file, OWNER_ONLY, "0600");
        return Files.readString(file);
    }

    /** Replaces the file; when this returns, the text is on the disk. */
    void write(String name, String text) throws IOException {
        Path target = path(name);
        Path temporary = path(name + TEMPORARY);
        Files.deleteIfExists(temporary);
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(
                temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            observer.reached(Step.TEMPORARY_CREATED, target);
            int whole = bytes.limit();
            bytes.limit(whole / 2);
            writeFully(channel, bytes);
            observer.reached(Step.HALF_WRITTEN, target);
            bytes.limit(whole);
            writeFully(channel, bytes);
            observer.reached(Step.WRITTEN, target);
            channel.force(true);
        }
        observer.reached(Step.SYNCED, target);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        observer.reached(Step.RENAMED, target);
        try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
            entry.force(true);
        }
        observer.reached(Step.DIRECTORY_SYNCED, target);
    }

    private void dropLeftovers() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, "*" + TEMPORARY)) {
            for (Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void refuseOthers(Path path, Set<PosixFilePermission> allowed, String mode) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        if (!allowed.containsAll(permissions)) {
            throw new IOException(
                    "%s has mode %s, so others may have read the keys; delete it to start anew, or set mode %s if nobody has"
                            .formatted(path, PosixFilePermissions.toString(permissions), mode));
        }
    }
}
