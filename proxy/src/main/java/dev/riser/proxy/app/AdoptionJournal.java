package dev.riser.proxy.app;

import dev.riser.proxy.admin.AdoptionText;
import dev.riser.proxy.admin.WorkloadControl.Adoption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The workloads that a proxy serves, in a file beside its control socket (0600, replaced as a whole), so that a proxy that
 * was killed and started again takes up the programs that still run. Thread-safe.
 */
final class AdoptionJournal {
    private static final System.Logger LOG = System.getLogger("dev.riser.proxy");

    private final Path file;
    private final Map<String, String> lines = new LinkedHashMap<>();

    AdoptionJournal(Path file) {
        this.file = file;
    }

    /** What an earlier process served and what still runs: same pid, started at the same moment. */
    synchronized List<Adoption> left() {
        List<Adoption> left = new ArrayList<>();
        if (!Files.isReadable(file)) {
            return left;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                int space = line.indexOf(' ');
                Adoption adoption = AdoptionText.read(line.substring(space + 1));
                if (space > 0
                        && started(adoption.pid())
                                .map(Instant::toString)
                                .orElse("")
                                .equals(line.substring(0, space))) {
                    left.add(inItsOwnNamespace(adoption));
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "{0} is left aside: {1}", file, e.getMessage());
        }
        return left;
    }

    /** The descriptor it was handed over by went with execve(2); the program's own namespace is the same one. */
    private static Adoption inItsOwnNamespace(Adoption adoption) {
        return new Adoption(
                adoption.id(),
                adoption.namespace(),
                adoption.name(),
                adoption.instance(),
                adoption.serviceAccount(),
                adoption.labels(),
                adoption.ports(),
                adoption.addresses(),
                adoption.netns().isEmpty() ? "" : "/proc/" + adoption.pid() + "/ns/net",
                adoption.entrances(),
                adoption.pid(),
                adoption.token(),
                adoption.xds(),
                adoption.rootCa());
    }

    private static Optional<Instant> started(long pid) {
        return pid <= 0
                ? Optional.empty()
                : ProcessHandle.of(pid).flatMap(program -> program.info().startInstant());
    }

    synchronized void add(Adoption adoption) {
        started(adoption.pid()).ifPresent(moment -> {
            lines.put(adoption.id(), moment + " " + AdoptionText.write(adoption));
            write();
        });
    }

    synchronized void remove(String id) {
        if (lines.remove(id) != null) {
            write();
        }
    }

    private void write() {
        try {
            if (lines.isEmpty()) {
                Files.deleteIfExists(file);
                return;
            }
            Path fresh = file.resolveSibling("." + file.getFileName());
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(fresh, lines.values(), StandardCharsets.UTF_8);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} cannot be written: {1}; a proxy that is killed would not find its workloads again",
                    file,
                    e.getMessage());
        }
    }
}
