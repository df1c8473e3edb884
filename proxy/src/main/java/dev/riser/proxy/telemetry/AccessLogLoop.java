package dev.riser.proxy.telemetry;

import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/** The event loop's end of access logging: a line buffer used again and again, and the ring of the writer used last. */
final class AccessLogLoop {
    private final LineBuffer line = new LineBuffer();
    private @Nullable AccessLogWriter writer;
    private @Nullable ByteRing ring;

    void write(AccessLog log, ExchangeRecord exchange, EventExecutor loop) {
        if (!log.filter().test(exchange)) {
            return;
        }
        log.format().write(exchange, line);
        ByteRing target = ring;
        if (target == null || writer != log.writer()) {
            writer = log.writer();
            target = log.writer().ring(loop);
            ring = target;
        }
        target.offer(line.array(), line.length());
        if (target.halfFull()) {
            log.writer().wake();
        }
    }
}
