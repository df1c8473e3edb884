package dev.riser.proxy.app;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Says at once when a program has ended, also one whose parent has not buried it yet: whoever started a program may
 * take its time to ask for the exit code, and requests must not go to the dead meanwhile. Each program is held by a
 * descriptor (pidfd_open(2)), so a number that the kernel gives out again names nobody else. One thread waits for all
 * (poll(2)). Thread-safe.
 */
final class ProgramExits implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.riser.programs");

    private static final int SYS_PIDFD_OPEN = 434;
    private static final int NO_SUCH_PROCESS = 3;
    private static final int INTERRUPTED = 4;
    private static final int CLOSE_ON_EXEC_AND_NONBLOCKING = 0x80800;
    private static final short READABLE = 1;
    private static final int FOREVER = -1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /** {@code struct pollfd}: descriptor, events wanted, events seen. */
    private static final long POLL_ENTRY_BYTES = 8;

    private static final long POLL_WANTED = 4;
    private static final long POLL_SEEN = 6;

    private static final MethodHandle SYSCALL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle POLL = function("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD_WRITE = function("eventfd_write", JAVA_INT, JAVA_LONG);
    private static final MethodHandle EVENTFD_READ = function("eventfd_read", JAVA_INT, ADDRESS);
    private static final MethodHandle CLOSE = function("close", JAVA_INT);

    private final Consumer<String> ended;
    private final Map<String, Integer> watched = new HashMap<>();
    /** Descriptors that the waiting thread may still look at; it alone closes them. */
    private final List<Integer> dropped = new ArrayList<>();

    private final int wake;
    private boolean closed;

    private static MethodHandle function(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments),
                Linker.Option.captureCallState("errno"));
    }

    /**
     * Starts the waiting thread.
     *
     * @param ended called on that thread with the id of each program that has ended, once
     */
    ProgramExits(Consumer<String> ended) throws IOException {
        this.ended = ended;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            this.wake = (int) EVENTFD.invokeExact(state, 0, CLOSE_ON_EXEC_AND_NONBLOCKING);
            if (wake < 0) {
                throw new IOException("eventfd: errno " + (int) ERRNO.get(state, 0L));
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        Thread.ofPlatform().name("program-exits").daemon().start(this::run);
    }

    /**
     * Begins to look after a program. One that has ended already is reported like any other.
     *
     * @throws IOException where the kernel does not let us hold the process
     */
    void watch(String id, long pid) throws IOException {
        int descriptor = open(pid);
        if (descriptor < 0) {
            Thread.ofPlatform().name("program-exits-gone").daemon().start(() -> ended.accept(id));
            return;
        }
        synchronized (this) {
            Integer before = watched.put(id, descriptor);
            if (before != null) {
                dropped.add(before);
            }
        }
        wakeUp();
    }

    /** Looks after it no more; nothing is reported. */
    void forget(String id) {
        synchronized (this) {
            Integer descriptor = watched.remove(id);
            if (descriptor == null) {
                return;
            }
            dropped.add(descriptor);
        }
        wakeUp();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        wakeUp();
    }

    private void run() {
        try {
            while (await()) {
                // each turn sees what has been added since
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "nobody looks after programs any more", e);
        }
    }

    /** One wait; false when there is nothing more to do. */
    private boolean await() throws IOException {
        List<String> ids = new ArrayList<>();
        List<Integer> descriptors = new ArrayList<>();
        synchronized (this) {
            dropped.forEach(ProgramExits::closeDescriptor);
            dropped.clear();
            if (closed) {
                watched.values().forEach(ProgramExits::closeDescriptor);
                watched.clear();
                closeDescriptor(wake);
                return false;
            }
            watched.forEach((id, descriptor) -> {
                ids.add(id);
                descriptors.add(descriptor);
            });
        }
        List<String> over = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entries =
                    arena.allocate(POLL_ENTRY_BYTES * (descriptors.size() + 1), JAVA_INT.byteAlignment());
            want(entries, 0, wake);
            for (int i = 0; i < descriptors.size(); i++) {
                want(entries, i + 1, descriptors.get(i));
            }
            poll(arena, entries, descriptors.size() + 1);
            if (seen(entries, 0)) {
                drainWake(arena);
            }
            for (int i = 0; i < descriptors.size(); i++) {
                if (seen(entries, i + 1)) {
                    over.add(ids.get(i));
                }
            }
        }
        for (String id : over) {
            boolean ours;
            synchronized (this) {
                Integer descriptor = watched.get(id);
                ours = descriptor != null && descriptor.equals(descriptors.get(ids.indexOf(id)));
                if (ours) {
                    watched.remove(id);
                    dropped.add(descriptor);
                }
            }
            if (ours) {
                ended.accept(id);
            }
        }
        return true;
    }

    private static void want(MemorySegment entries, int index, int descriptor) {
        entries.set(JAVA_INT, index * POLL_ENTRY_BYTES, descriptor);
        entries.set(JAVA_SHORT, index * POLL_ENTRY_BYTES + POLL_WANTED, READABLE);
    }

    private static boolean seen(MemorySegment entries, int index) {
        return entries.get(JAVA_SHORT, index * POLL_ENTRY_BYTES + POLL_SEEN) != 0;
    }

    private static void poll(Arena arena, MemorySegment entries, int count) throws IOException {
        MemorySegment state = arena.allocate(CAPTURED);
        try {
            int result = (int) POLL.invokeExact(state, entries, (long) count, FOREVER);
            if (result < 0 && (int) ERRNO.get(state, 0L) != INTERRUPTED) {
                throw new IOException("poll: errno " + (int) ERRNO.get(state, 0L));
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private void drainWake(Arena arena) {
        try {
            int ignored = (int) EVENTFD_READ.invokeExact(arena.allocate(CAPTURED), wake, arena.allocate(JAVA_LONG));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private void wakeUp() {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) EVENTFD_WRITE.invokeExact(arena.allocate(CAPTURED), wake, 1L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    /** A descriptor of the process, or -1 where there is none of that number. */
    private static int open(long pid) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            long descriptor = (long) SYSCALL.invokeExact(state, (long) SYS_PIDFD_OPEN, (int) pid, 0);
            if (descriptor < 0) {
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != NO_SUCH_PROCESS) {
                    throw new IOException("process %d cannot be watched: pidfd_open says errno %d; it needs Linux 5.3"
                            .formatted(pid, errno));
                }
                return -1;
            }
            return (int) descriptor;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    private static void closeDescriptor(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(CAPTURED), descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
