package dev.riser.cli.net;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * The Linux calls that Java has no class for. Namespaces belong to a thread of the operating system: every method that
 * changes one must run on a platform thread that does nothing else, and throws {@link IllegalStateException} on a
 * virtual one. A call that the kernel refuses throws {@link KernelRefusal}.
 */
public final class Kernel {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int CLONE_NEWNS = 0x00020000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int MS_BIND = 4096;
    private static final int MS_REC_PRIVATE = 0x4000 | (1 << 18);
    private static final int SIG_SETMASK = 2;
    private static final int PR_SET_PDEATHSIG = 1;
    private static final long SIGKILL = 9;
    private static final int LOCK_EX_NB = 2 | 4;
    private static final int CLOSE_RANGE_CLOEXEC = 4;

    /** {@code sigset_t} of glibc: 1024 bits. */
    private static final int SIGNAL_SET_BYTES = 128;

    /** {@code EWOULDBLOCK}. */
    static final int WOULD_BLOCK = 11;

    private static final MethodHandle OPEN = variadic("open", 2, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = call("close", JAVA_INT);
    private static final MethodHandle SETNS = call("setns", JAVA_INT, JAVA_INT);
    private static final MethodHandle UNSHARE = call("unshare", JAVA_INT);
    private static final MethodHandle MOUNT = call("mount", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle SIGMASK = call("pthread_sigmask", JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle FLOCK = call("flock", JAVA_INT, JAVA_INT);
    private static final MethodHandle EXECVE = call("execve", ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle CLOSE_RANGE = call("close_range", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle PRCTL = variadic("prctl", 1, JAVA_INT, JAVA_LONG);
    private static final MethodHandle GETPPID = call("getppid");
    private static final MethodHandle GETTID = call("gettid");
    private static final MethodHandle SETENV = call("setenv", ADDRESS, ADDRESS, JAVA_INT);

    private Kernel() {}

    private static FunctionDescriptor descriptor(MemoryLayout... arguments) {
        return FunctionDescriptor.of(JAVA_INT, arguments);
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                descriptor(arguments),
                Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(String name, int fixed, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                descriptor(arguments),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    /** Sets a variable of the environment that a program gets with {@link #become}; Java's own view does not change. */
    public static void setEnvironment(String name, String value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            checked(
                    "setenv " + name,
                    (int) SETENV.invokeExact(state, arena.allocateFrom(name), arena.allocateFrom(value), 1),
                    state);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** Opens a file for reading; the descriptor is closed when the process executes another program. */
    public static int open(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return checked(
                    "open " + path, (int) OPEN.invokeExact(state, arena.allocateFrom(path), O_RDONLY_CLOEXEC), state);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** Closes a descriptor; a descriptor that is not open is left unsaid. */
    public static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(CALL_STATE), descriptor);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** Moves the calling thread into the network namespace behind the descriptor. */
    public static void enterNetwork(int descriptor) {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            checked("setns", (int) SETNS.invokeExact(state, descriptor, CLONE_NEWNET), state);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** Gives the calling thread a new, empty network namespace and a mount namespace of its own. */
    public static void leaveSharedNamespaces() {
        unshare(CLONE_NEWNET | CLONE_NEWNS);
    }

    /** Gives the calling thread a new, empty network namespace. */
    public static void leaveSharedNetwork() {
        unshare(CLONE_NEWNET);
    }

    private static void unshare(int flags) {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            checked("unshare", (int) UNSHARE.invokeExact(state, flags), state);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** Cuts the calling thread's mounts off from the machine's, so that what it mounts is seen by nobody else. */
    public static void makeMountsPrivate() {
        mount("none", "/", MS_REC_PRIVATE);
    }

    /** Lets {@code target} show the file {@code source}, in the calling thread's mount namespace. */
    public static void bind(String source, String target) {
        mount(source, target, MS_BIND);
    }

    private static void mount(String source, String target, long flags) {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            checked(
                    "mount " + source + " on " + target,
                    (int) MOUNT.invokeExact(
                            state,
                            arena.allocateFrom(source),
                            arena.allocateFrom(target),
                            MemorySegment.NULL,
                            flags,
                            MemorySegment.NULL),
                    state);
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /**
     * Takes the exclusive lock of an open file without waiting.
     *
     * @return false where another process holds it
     */
    public static boolean tryLock(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) FLOCK.invokeExact(state, descriptor, LOCK_EX_NB);
            if (result < 0 && errno(state) == WOULD_BLOCK) {
                return false;
            }
            checked("flock", result, state);
            return true;
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /** The kernel's id of the calling thread. */
    public static int threadId() {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            return (int) GETTID.invokeExact(arena.allocate(CALL_STATE));
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /**
     * Lets the kernel kill the calling thread's process when its parent ends, however that ends. The wish belongs to the
     * thread: the one that becomes another program must have it.
     *
     * @return whether the parent still lives
     */
    public static boolean endWithParent() {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int parent = (int) GETPPID.invokeExact(state);
            checked("prctl", (int) PRCTL.invokeExact(state, PR_SET_PDEATHSIG, SIGKILL), state);
            // Who ended in between is not announced any more.
            return (int) GETPPID.invokeExact(state) == parent && parent != 1;
        } catch (Throwable thrown) {
            throw rethrow(thrown);
        }
    }

    /**
     * Replaces this process by another program, in the namespaces of the calling thread. Every other thread ends, every
     * descriptor but the standard streams is closed, and the signal mask is emptied: a Java thread blocks signals that
     * a program expects to get.
     *
     * @param file the program's file
     * @param arguments the arguments as the kernel passes them, the program's name first, in the bytes they came in
     * @return never; throws where the kernel refuses
     */
    public static RuntimeException become(String file, List<byte[]> arguments) {
        requirePlatformThread();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment vector = arena.allocate(ADDRESS, arguments.size() + 1L);
            for (int i = 0; i < arguments.size(); i++) {
                byte[] argument = arguments.get(i);
                MemorySegment text = arena.allocate(argument.length + 1L);
                MemorySegment.copy(argument, 0, text, ValueLayout.JAVA_BYTE, 0, argument.length);
                vector.setAtIndex(ADDRESS, i, text);
            }
            // The process's own environment block, so that its bytes reach the program unread.
            MemorySegment environment = LINKER.defaultLookup()
                    .findOrThrow("environ")
                    .reinterpret(ADDRESS.byteSize())
                    .get(ADDRESS, 0);
            MemorySegment program = arena.allocateFrom(file);
            checked("close_range", (int) CLOSE_RANGE.invokeExact(state, 3, -1, CLOSE_RANGE_CLOEXEC), state);
            int masked =
                    (int) SIGMASK.invokeExact(state, SIG_SETMASK, arena.allocate(SIGNAL_SET_BYTES), MemorySegment.NULL);
            if (masked != 0) {
                return new KernelRefusal("pthread_sigmask", masked);
            }
            checked("execute " + file, (int) EXECVE.invokeExact(state, program, vector, environment), state);
            return new IllegalStateException("execve returned without an error");
        } catch (Throwable thrown) {
            return rethrow(thrown);
        }
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a namespace belongs to a platform thread, this one is virtual");
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static int checked(String what, int result, MemorySegment state) {
        if (result < 0) {
            throw new KernelRefusal(what, errno(state));
        }
        return result;
    }

    private static RuntimeException rethrow(Throwable thrown) {
        return switch (thrown) {
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            case Throwable other -> new IllegalStateException(other);
        };
    }
}
