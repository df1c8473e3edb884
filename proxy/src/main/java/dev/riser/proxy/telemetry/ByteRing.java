package dev.riser.proxy.telemetry;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/** A bounded queue of bytes for one writing and one reading thread, without locks. */
final class ByteRing {
    private final byte[] bytes;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    /** A ring; the capacity is a power of two. */
    ByteRing(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("ring capacity %d must be a power of two".formatted(capacity));
        }
        bytes = new byte[capacity];
    }

    /** Adds all of it or, where there is no room, counts it as dropped. Writing thread only. */
    boolean offer(byte[] line, int length) {
        long position = written.getPlain();
        if (position - read.getAcquire() + length > bytes.length) {
            dropped.lazySet(dropped.getPlain() + 1);
            return false;
        }
        int start = (int) (position & (bytes.length - 1));
        int first = Math.min(length, bytes.length - start);
        System.arraycopy(line, 0, bytes, start, first);
        System.arraycopy(line, first, bytes, 0, length - first);
        written.setRelease(position + length);
        return true;
    }

    /** Whether more than half of the room is taken. */
    boolean halfFull() {
        return written.getPlain() - read.getAcquire() > bytes.length / 2;
    }

    /** Moves all there is to the stream; returns how many bytes. Reading thread only. */
    int drain(OutputStream out) throws IOException {
        long position = read.getPlain();
        int length = (int) (written.getAcquire() - position);
        if (length == 0) {
            return 0;
        }
        int start = (int) (position & (bytes.length - 1));
        int first = Math.min(length, bytes.length - start);
        try {
            out.write(bytes, start, first);
            out.write(bytes, 0, length - first);
        } finally {
            read.setRelease(position + length);
        }
        return length;
    }

    long dropped() {
        return dropped.get();
    }
}
