package dev.riser.proxy.net;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.function.Supplier;

/**
 * A Linux network namespace in which sockets can be made. A socket belongs for life to the namespace of the thread that
 * called {@code socket(2)}, so a thread steps in, makes the socket and steps out again; everything after that may run
 * anywhere. Callable on any platform thread, never on a virtual one: the namespace is a property of the carrier.
 *
 * <p>Needs CAP_SYS_ADMIN in the user namespace that owns the network namespace (setns(2)).
 */
public sealed interface NetworkNamespace extends AutoCloseable {
    /** The namespace the process was started in. */
    NetworkNamespace OWN = new Own();

    /**
     * Opens a namespace by a path such as {@code /proc/42/ns/net}. The namespace lives at least until {@link #close()}.
     *
     * @throws IOException where the path is not a namespace that can be opened
     */
    static NetworkNamespace open(String path) throws IOException {
        return Other.open(path);
    }

    /** Runs {@code make} with the calling thread inside this namespace and gives what it made. */
    <T> T call(Supplier<T> make);

    @Override
    void close();

    /** No step needed. */
    final class Own implements NetworkNamespace {
        private Own() {}

        @Override
        public <T> T call(Supplier<T> make) {
            return make.get();
        }

        @Override
        public void close() {}
    }

    /** Reached by setns(2). */
    final class Other implements NetworkNamespace {
        private static final int CLONE_NEWNET = 0x40000000;
        private static final int READ_ONLY_CLOSE_ON_EXEC = 0x80000;

        private static final Linker LINKER = Linker.nativeLinker();
        private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final MethodHandle SETNS = function(
                "setns", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        private static final MethodHandle CLOSE =
                function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        private static final MethodHandle OPEN = LINKER.downcallHandle(
                LINKER.defaultLookup().find("open").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(2));
        private static final ThreadLocal<MemorySegment> STATE =
                ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURED));
        private static final int HOME = openHome();

        private final int descriptor;
        private boolean closed;

        private Other(int descriptor) {
            this.descriptor = descriptor;
        }

        private static MethodHandle function(String name, FunctionDescriptor descriptor) {
            return LINKER.downcallHandle(
                    LINKER.defaultLookup().find(name).orElseThrow(),
                    descriptor,
                    Linker.Option.captureCallState("errno"));
        }

        private static int openHome() {
            try {
                return openPath("/proc/thread-self/ns/net");
            } catch (IOException e) {
                throw new IllegalStateException("own network namespace cannot be opened", e);
            }
        }

        private static int openPath(String path) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                int opened = (int) OPEN.invokeExact(STATE.get(), arena.allocateFrom(path), READ_ONLY_CLOSE_ON_EXEC);
                if (opened < 0) {
                    throw new IOException("network namespace " + path + " cannot be opened: errno "
                            + (int) ERRNO.get(STATE.get(), 0L));
                }
                return opened;
            } catch (IOException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }

        static Other open(String path) throws IOException {
            return new Other(openPath(path));
        }

        private static int enter(int descriptor) {
            try {
                return (int) SETNS.invokeExact(STATE.get(), descriptor, CLONE_NEWNET);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }

        @Override
        public <T> T call(Supplier<T> make) {
            if (Thread.currentThread().isVirtual()) {
                throw new IllegalStateException("a virtual thread has no namespace of its own");
            }
            if (enter(descriptor) < 0) {
                throw new IllegalStateException("network namespace cannot be entered: errno "
                        + (int) ERRNO.get(STATE.get(), 0L) + "; it needs CAP_SYS_ADMIN");
            }
            try {
                return make.get();
            } finally {
                if (enter(HOME) < 0) {
                    // A thread of the shared loops left in one workload's namespace would open another workload's
                    // sockets there: no state of the process is worth that.
                    Runtime.getRuntime().halt(70);
                }
            }
        }

        @Override
        public synchronized void close() {
            if (closed) {
                return;
            }
            closed = true;
            try {
                int ignored = (int) CLOSE.invokeExact(STATE.get(), descriptor);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }
    }
}
