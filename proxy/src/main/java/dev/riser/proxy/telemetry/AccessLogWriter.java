package dev.riser.proxy.telemetry;

import io.netty.util.concurrent.EventExecutor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes access log lines to one place on a thread of its own. Event loops hand their lines over through a bounded ring
 * each and never wait: a line that does not fit is dropped and counted.
 */
public final class AccessLogWriter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(AccessLogWriter.class.getName());

    /** Bytes that may wait for each event loop: some thousand lines. */
    private static final int RING_BYTES = 262_144;

    /** How long lines may wait; waking the thread for each line would cost a system call on the event loop. */
    private static final long PAUSE_NANOS = 20_000_000;

    /** Opens the place lines go to; again after {@link #reopen}. */
    @FunctionalInterface
    interface Opener {
        OutputStream open() throws IOException;
    }

    /** A stream of the process, which stays open for others. */
    private static final class Borrowed extends FileOutputStream {
        Borrowed(FileDescriptor descriptor) {
            super(descriptor);
        }

        @Override
        public void close() {}
    }

    private final String name;
    private final Opener opener;
    private final int ringBytes;
    private final Map<EventExecutor, ByteRing> rings = new ConcurrentHashMap<>();
    private final LongAdder failed = new LongAdder();
    private final Thread thread;
    private volatile boolean open = true;
    private volatile boolean reopen;

    private AccessLogWriter(String name, Opener opener, int ringBytes) {
        this.name = name;
        this.opener = opener;
        this.ringBytes = ringBytes;
        this.thread = Thread.ofPlatform().daemon().name("access-log " + name).unstarted(this::run);
    }

    /** Lines to the process's standard output. */
    public static AccessLogWriter standardOutput() {
        return start("stdout", () -> new Borrowed(FileDescriptor.out), RING_BYTES);
    }

    /** Lines to the process's standard error. */
    public static AccessLogWriter standardError() {
        return start("stderr", () -> new Borrowed(FileDescriptor.err), RING_BYTES);
    }

    /** Lines to the end of a file, which is made where it is missing. */
    public static AccessLogWriter file(Path path) {
        return start(path.toString(), () -> new FileOutputStream(path.toFile(), true), RING_BYTES);
    }

    static AccessLogWriter start(String name, Opener opener, int ringBytes) {
        AccessLogWriter writer = new AccessLogWriter(name, opener, ringBytes);
        writer.thread.start();
        return writer;
    }

    /** Where lines go, for metrics and messages. */
    public String name() {
        return name;
    }

    /** Lines dropped because their ring was full, and bytes chunks that could not be written. */
    public long dropped() {
        long dropped = failed.sum();
        for (ByteRing ring : rings.values()) {
            dropped += ring.dropped();
        }
        return dropped;
    }

    /** Opens the file anew before the next line, for log rotation. */
    public void reopen() {
        reopen = true;
    }

    /** Writes what waits, then ends the thread; waits for it, so do not call on an event loop. */
    @Override
    public void close() throws InterruptedException {
        open = false;
        LockSupport.unpark(thread);
        thread.join();
    }

    ByteRing ring(EventExecutor loop) {
        return rings.computeIfAbsent(loop, missing -> new ByteRing(ringBytes));
    }

    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        Output output = new Output();
        while (open) {
            if (!output.drainAll()) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        output.drainAll();
        output.close();
    }

    /** The open stream; belongs to the writer's thread. */
    private final class Output {
        private OutputStream stream = OutputStream.nullOutputStream();
        private boolean opened;
        private boolean failing;

        /** Whether there was anything to write. */
        boolean drainAll() {
            boolean any = false;
            for (ByteRing ring : rings.values()) {
                try {
                    if (reopen) {
                        reopen = false;
                        close();
                    }
                    if (!opened) {
                        stream = opener.open();
                        opened = true;
                    }
                    any |= ring.drain(stream) > 0;
                    failing = false;
                } catch (IOException failure) {
                    failed.increment();
                    if (!failing) {
                        failing = true;
                        LOG.log(Level.WARNING, "access log {0} cannot be written, lines are lost: {1}", name, failure);
                    }
                    close();
                    return false;
                }
            }
            return any;
        }

        void close() {
            try {
                stream.close();
            } catch (IOException failure) {
                LOG.log(Level.DEBUG, "access log {0} did not close well: {1}", name, failure);
            }
            stream = OutputStream.nullOutputStream();
            opened = false;
        }
    }
}
