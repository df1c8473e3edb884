package dev.riser.proxy.app;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Gives back the memory of files that only the start of the process has read: the JVM, and what it keeps linked. They are
 * mapped, so their content is the kernel's copy of the file, which all processes share, and a page that is needed again is
 * there again when it is touched. Only mappings that hold nothing but the file's content are touched (madvise(2),
 * {@code MADV_DONTNEED}).
 */
final class ColdPages {
    private static final int MADV_DONTNEED = 4;
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");

    /** A part of the address space. */
    record Mapping(long start, long end) {}

    private ColdPages() {}

    /** Gives them back now. Blocks for some milliseconds; not for event loops. Does nothing where the kernel does not let us. */
    static void release() throws IOException {
        List<Mapping> mappings;
        try (Stream<String> lines = Files.lines(MAPPINGS)) {
            mappings = unchanged(lines.toList());
        }
        MethodHandle advise = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("madvise"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));
        for (Mapping mapping : mappings) {
            try {
                int ignored = (int) advise.invokeExact(
                        MemorySegment.ofAddress(mapping.start()), mapping.end() - mapping.start(), MADV_DONTNEED);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }
    }

    /**
     * Mappings of the program's own files, which stay for its life, that nobody writes to and in which no page differs
     * from the file.
     *
     * @param smaps lines in the form of {@code /proc/PID/smaps}
     */
    static List<Mapping> unchanged(List<String> smaps) {
        List<Mapping> found = new ArrayList<>();
        Mapping current = null;
        for (String line : smaps) {
            String[] words = line.strip().split("\\s+", 6);
            if (words[0].endsWith(":")) {
                if (current != null
                        && (words[0].equals("Anonymous:") || words[0].equals("Swap:"))
                        && !words[1].equals("0")) {
                    found.remove(current);
                }
                continue;
            }
            String[] range = words[0].split("-", 2);
            boolean readOnlyFile = words.length > 5
                    && words[1].charAt(1) == '-'
                    && words[1].charAt(3) == 'p'
                    && !words[4].equals("0")
                    && ofTheProgram(words[5]);
            current = readOnlyFile
                    ? new Mapping(Long.parseUnsignedLong(range[0], 16), Long.parseUnsignedLong(range[1], 16))
                    : null;
            if (current != null) {
                found.add(current);
            }
        }
        return found;
    }

    private static boolean ofTheProgram(String file) {
        return file.startsWith("/")
                && (file.contains(".so")
                        || file.endsWith(".aot")
                        || file.endsWith(".jsa")
                        || file.endsWith("/modules"));
    }
}
