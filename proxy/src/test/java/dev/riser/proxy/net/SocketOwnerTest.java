package dev.riser.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SocketOwnerTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @Test
    void theKernelSaysWhoseProgramIsCalling() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
                Socket client = new Socket(LOOPBACK, server.getLocalPort());
                Socket accepted = server.accept()) {
            int own = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");

            assertThat(SocketOwner.of((InetSocketAddress) accepted.getRemoteSocketAddress(), (InetSocketAddress)
                            accepted.getLocalSocketAddress()))
                    .isEqualTo(OptionalInt.of(own));
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void aConnectionThatIsNotThereBelongsToNobody() throws Exception {
        assertThat(SocketOwner.of(new InetSocketAddress(LOOPBACK, 1), new InetSocketAddress(LOOPBACK, 2)))
                .isEmpty();
    }

    @Test
    void aLineCountsOnlyForItsOwnConnection() {
        String line = "   1: 0201580A:9C40 0100007F:3A99 01 00000000:00000000 00:00000000 00000000  1000        0 2 1";

        assertThat(SocketOwner.text(new InetSocketAddress(InetAddress.ofLiteral("10.88.1.2"), 40_000)))
                .isEqualTo("0201580A:9C40");
        assertThat(SocketOwner.user(line, "0201580A:9C40", "0100007F:3A99")).isEqualTo(OptionalInt.of(1000));
        assertThat(SocketOwner.user(line, "0100007F:3A99", "0201580A:9C40")).isEmpty();
    }
}
