package dev.riser.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlSocketTest {
    private static final String ADOPT = """
            {"op":"adopt","workload":{"id":"w1","namespace":"prod","name":"cart","instance":"cart-1",\
            "serviceAccount":"cart","labels":{"version":"v1"},"ports":[8000,9000],"addresses":["10.88.0.2","fd88::2"],\
            "netns":"/proc/7/fd/9","entrances":[{"address":"127.88.0.2","port":15200,"to":"redis:6379"}],"pid":4711,"token":"s3cret","xds":"127.0.0.1:15012","rootCa":"root.pem"}}""";

    private final FakeControl control = new FakeControl();
    private final EmbeddedChannel channel = new EmbeddedChannel(ControlSocket.initializer(control));

    private static final class FakeControl implements WorkloadControl {
        final List<Adoption> adopted = new ArrayList<>();
        final List<String> done = new ArrayList<>();
        CompletableFuture<Void> ready = CompletableFuture.completedFuture(null);

        @Override
        public CompletionStage<Void> adopt(Adoption adoption) {
            adopted.add(adoption);
            return ready;
        }

        @Override
        public CompletionStage<Void> release(String id) {
            done.add("release " + id);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public List<AdminView.WorkloadSummary> list() {
            return List.of(new AdminView.WorkloadSummary("w1", "prod", "cart", "spiffe://x", "ready"));
        }

        @Override
        public void stop() {
            done.add("stop");
        }
    }

    private String send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        return sent();
    }

    private String sent() {
        StringBuilder out = new StringBuilder();
        for (ByteBuf each = channel.readOutbound(); each != null; each = channel.readOutbound()) {
            out.append(each.toString(StandardCharsets.UTF_8));
            each.release();
        }
        return out.toString();
    }

    @Test
    void workloadIsHandedOverWhole() {
        assertThat(send(ADOPT + "\n")).isEqualTo("{\"ready\":true}\n");

        assertThat(control.adopted)
                .containsExactly(new WorkloadControl.Adoption(
                        "w1",
                        "prod",
                        "cart",
                        "cart-1",
                        "cart",
                        Map.of("version", "v1"),
                        List.of(8000, 9000),
                        List.of("10.88.0.2", "fd88::2"),
                        "/proc/7/fd/9",
                        List.of(new WorkloadControl.Entrance("127.88.0.2", 15200, "redis:6379")),
                        4711,
                        "s3cret",
                        "127.0.0.1:15012",
                        "root.pem"));
        assertThat(control.adopted.getFirst()).hasToString("workload prod/cart (w1)");
    }

    @Test
    void replyComesWhenTheWorkloadIsReadyAndInTheOrderOfTheRequests() {
        control.ready = new CompletableFuture<>();

        assertThat(send(ADOPT + "\n{\"op\":\"list\"}\n")).isEmpty();
        control.ready.complete(null);

        assertThat(sent())
                .isEqualTo("{\"ready\":true}\n{\"workloads\":[{\"id\":\"w1\",\"namespace\":\"prod\",\"name\":\"cart\","
                        + "\"identity\":\"spiffe://x\",\"state\":\"ready\"}]}\n");
    }

    @Test
    void failureIsTheReply() {
        control.ready = CompletableFuture.failedFuture(new IllegalStateException("the token has expired"));

        assertThat(send(ADOPT + "\n")).isEqualTo("{\"error\":\"the token has expired\"}\n");
        assertThat(send("{\"op\":\"release\",\"id\":\"w1\"}\n")).isEqualTo("{\"released\":true}\n");
    }

    @Test
    void stopIsAnsweredFirst() {
        assertThat(send("{\"op\":\"stop\"}\n")).isEqualTo("{\"stopping\":true}\n");
        assertThat(control.done).containsExactly("stop");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "s3cret{~the line is not a JSON object",
                "[1]~the line is not a JSON object",
                "{}~unknown op ''; allowed: adopt, release, list, stop",
                "{\"op\":7}~'op' must be a string",
                "{\"op\":\"release\"}~'id' is missing",
                "{\"op\":\"adopt\"}~adopt wants an object 'workload'",
                "{\"op\":\"adopt\",\"workload\":{\"id\":\"a\"}}~'namespace' is missing",
                "{\"op\":\"adopt\",\"workload\":{\"id\":\"a\",\"namespace\":\"b\",\"name\":\"c\",\"instance\":\"d\",\"serviceAccount\":\"e\",\"ports\":[70000]}}~'ports' must hold whole numbers from 0 to 65535",
                "{\"op\":\"adopt\",\"workload\":{\"id\":\"a\",\"namespace\":\"b\",\"name\":\"c\",\"instance\":\"d\",\"serviceAccount\":\"e\",\"pid\":1.5}}~'pid' must hold whole numbers from 0 to 9223372036854775807"
            })
    void brokenRequestIsRefusedWithTheReason(String line, String reason) {
        assertThat(send(line + "\n")).isEqualTo("{\"error\":\"" + reason.replace("'", "\\u0027") + "\"}\n");
        assertThat(control.adopted).isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void lineWithoutEndIsNotCollectedForEver() {
        assertThat(send("x".repeat(ControlSocket.MOST_LINE_BYTES + 1))).contains("a line may have at most 65536 bytes");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void socketIsForItsOwnerAloneAndReplacesADeadOne(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("proxy.sock");
        Files.writeString(path, "left by a process that died");
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (ControlSocket socket = ControlSocket.open(
                group, NioServerDomainSocketChannel.class, UnixDomainSocketAddress::of, path, control)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap("{\"op\":\"list\"}\n".getBytes(StandardCharsets.UTF_8)));
                BufferedReader reader = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
                assertThat(reader.readLine()).contains("\"name\":\"cart\"");
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
        assertThat(directory).isEmptyDirectory();
    }
}
