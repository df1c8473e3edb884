package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogWriterTest {
    private static final ImmediateEventExecutor LOOP = ImmediateEventExecutor.INSTANCE;

    @Test
    void linesReachTheFileInOrder(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("access.log");
        AccessLogWriter writer = AccessLogWriter.file(file);
        AccessLog log = new AccessLog(AccessLogFormat.text("%RESPONSE_CODE%\n"), writer);
        AccessLogLoop loop = new AccessLogLoop();

        for (int code = 200; code < 210; code++) {
            loop.write(log, Records.exchange(code, 1), LOOP);
        }
        writer.close();

        assertThat(Files.readAllLines(file))
                .containsExactly("200", "201", "202", "203", "204", "205", "206", "207", "208", "209");
        assertThat(writer.dropped()).isZero();
    }

    @Test
    void filterDecidesWhichExchangesGetALine(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("access.log");
        AccessLogWriter writer = AccessLogWriter.file(file);
        AccessLog log = new AccessLog(
                AccessLogFormat.text("%RESPONSE_CODE%\n"), exchange -> exchange.responseCode >= 500, writer);
        AccessLogLoop loop = new AccessLogLoop();

        loop.write(log, Records.exchange(200, 1), LOOP);
        loop.write(log, Records.exchange(503, 1), LOOP);
        writer.close();

        assertThat(Files.readAllLines(file)).containsExactly("503");
    }

    @Test
    void linesThatDoNotFitAreDroppedAndCounted() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        AccessLogWriter writer = AccessLogWriter.start("slow", () -> new Stalled(entered, release, written), 64);
        byte[] line = "0123456789abcde\n".getBytes(StandardCharsets.US_ASCII);
        ByteRing ring = writer.ring(LOOP);
        ring.offer(line, line.length);
        writer.wake();
        assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();

        for (int count = 0; count < 10; count++) {
            ring.offer(line, line.length);
        }
        release.countDown();
        writer.close();

        assertThat(writer.dropped()).isEqualTo(7);
        assertThat(written.toString(StandardCharsets.US_ASCII)).isEqualTo("0123456789abcde\n".repeat(4));
    }

    private static final class Stalled extends OutputStream {
        private final CountDownLatch entered;
        private final CountDownLatch release;
        private final OutputStream sink;

        Stalled(CountDownLatch entered, CountDownLatch release, OutputStream sink) {
            this.entered = entered;
            this.release = release;
            this.sink = sink;
        }

        @Override
        public void write(int single) throws IOException {
            sink.write(single);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            entered.countDown();
            try {
                if (!release.await(60, TimeUnit.SECONDS)) {
                    throw new IOException("never released");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException(interrupted);
            }
            sink.write(bytes, offset, length);
        }
    }

    @Test
    void ringKeepsBytesInOrderAcrossItsEnd() throws Exception {
        ByteRing ring = new ByteRing(16);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringBuilder expected = new StringBuilder();

        for (int round = 0; round < 20; round++) {
            String line = "line" + round + "\n";
            assertThat(ring.offer(line.getBytes(StandardCharsets.US_ASCII), line.length()))
                    .isTrue();
            expected.append(line);
            ring.drain(out);
        }

        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
    }
}
