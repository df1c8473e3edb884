package dev.riser.cli.run;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Unix socket over which a proxy takes workloads: one JSON line is asked, one is answered. Blocks the caller. */
final class ProxySocket {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LONGEST_ANSWER = 1 << 20;

    private final Path path;

    ProxySocket(Path path) {
        this.path = path;
    }

    /** Whether a proxy accepts connections there. */
    boolean answers() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException absent) {
            return false;
        }
    }

    /**
     * Asks and waits for the answer.
     *
     * @param request one JSON object
     * @param limit how long the proxy may take
     */
    JsonNode ask(JsonNode request, Duration limit) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(path));
            ByteBuffer line =
                    ByteBuffer.wrap((JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            String answer = readLine(channel, selector, limit);
            JsonNode node = JSON.readTree(answer);
            String error = node.path("error").asString("");
            if (!error.isEmpty()) {
                throw CommandFailure.failed("the proxy refuses the workload: " + error);
            }
            return node;
        } catch (JacksonException e) {
            throw CommandFailure.failed("the proxy at %s answered something that is not JSON".formatted(path), e);
        } catch (IOException e) {
            throw CommandFailure.failed("the proxy at %s does not answer: %s".formatted(path, e.getMessage()), e);
        }
    }

    private String readLine(SocketChannel channel, Selector selector, Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        ByteBuffer buffer = ByteBuffer.allocate(8192);
        StringBuilder text = new StringBuilder();
        while (text.length() < LONGEST_ANSWER) {
            long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw CommandFailure.failed(
                        "the proxy has not made the workload ready within %d s; its log says why: 'riser proxies' shows whether it reaches the control plane"
                                .formatted(limit.toSeconds()));
            }
            selector.select(left);
            selector.selectedKeys().clear();
            buffer.clear();
            int read = channel.read(buffer);
            if (read > 0) {
                text.append(StandardCharsets.UTF_8.decode(buffer.flip()));
                int end = text.indexOf("\n");
                if (end >= 0) {
                    return text.substring(0, end);
                }
            }
            if (read < 0) {
                if (!text.isEmpty()) {
                    return text.toString();
                }
                throw new IOException("it closed the connection");
            }
        }
        throw new IOException("its answer is longer than %d bytes".formatted(LONGEST_ANSWER));
    }
}
