package dev.riser.cli.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.net.NetworkNamespace;
import dev.riser.proxy.net.Sockets;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Needs root and the commands ip and nft; all of it happens in namespaces that end with their thread. */
final class NamespaceTest {
    private static final MeshNetwork.Addresses FIRST =
            new MeshNetwork.Addresses("10.99.0.2", "fd99::2", 16, 64, "10.99.0.1", "fd99::1");

    @Test
    void a_connection_that_leaves_a_redirected_namespace_arrives_at_the_proxys_port() throws Exception {
        inNamespaceOfItsOwn(() -> {
            joinedToABridge(() -> {
                Redirection.establish(RedirectionOptions.STANDARD);
                assertThat(Redirection.verifyByConnecting(RedirectionOptions.STANDARD))
                        .isEqualTo(Redirection.Trial.ARRIVED);
            });
        });
    }

    @Test
    void without_a_proxy_a_connection_is_refused_instead_of_leaving() throws Exception {
        inNamespaceOfItsOwn(() -> {
            joinedToABridge(() -> {
                Redirection.establish(RedirectionOptions.STANDARD);
                assertThat(connect("192.0.2.1", 80))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("refused");
                assertThat(connect("fd99::77", 80))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("refused");
            });
        });
    }

    @Test
    void the_rules_can_be_set_twice_and_taken_away() throws Exception {
        inNamespaceOfItsOwn(() -> {
            Redirection.establish(RedirectionOptions.STANDARD);
            Redirection.establish(RedirectionOptions.STANDARD);
            assertThat(Tool.NFT.ask("", "list", "tables").output()).containsOnlyOnce("riser");
            Redirection.remove();
            assertThat(Tool.NFT.ask("", "list", "tables").output()).isEmpty();
        });
    }

    @Test
    void a_namespace_without_a_way_out_says_so() throws Exception {
        inNamespaceOfItsOwn(() -> {
            Redirection.establish(RedirectionOptions.STANDARD);
            assertThat(Redirection.verifyByConnecting(RedirectionOptions.STANDARD))
                    .isEqualTo(Redirection.Trial.NO_ROUTE);
        });
    }

    @Test
    void the_last_workload_to_leave_takes_the_bridge_along() throws Exception {
        inNamespaceOfItsOwn(() -> {
            joinedToABridge(() -> {});
            Tool.IP.ask("", "link", "delete", "rvtest");
            MeshNetwork.removeIfUnused();
            assertThat(MeshNetwork.exists()).isFalse();
        });
    }

    @Test
    void a_bridge_in_use_stays() throws Exception {
        inNamespaceOfItsOwn(() -> {
            int machine = Kernel.open(NamespaceThread.networkPath());
            joinedToABridge(() -> {
                boolean stays = NamespaceThread.call(() -> {
                    Kernel.enterNetwork(machine);
                    MeshNetwork.removeIfUnused();
                    return MeshNetwork.exists();
                });
                assertThat(stays).isTrue();
            });
            Kernel.close(machine);
        });
    }

    @Test
    void what_a_workload_sends_to_itself_comes_back_to_its_proxy() throws Exception {
        inNamespaceOfItsOwn(() -> joinedToABridge(() -> {
            Redirection.establish(RedirectionOptions.STANDARD);
            for (String own : List.of("10.99.0.2", "fd99::2")) {
                assertThat(arrivals(own, Sockets.Reach.ELSEWHERE)).isEqualTo("15006");
                assertThat(arrivals(own, Sockets.Reach.PROGRAM)).isEqualTo("9090");
            }
            assertThat(arrivals("127.0.0.1", Sockets.Reach.ELSEWHERE)).isEqualTo("9090");
        }));
    }

    /** The port at which a connection of the proxy to a port 9090 of the calling thread's namespace arrives. */
    private static String arrivals(String address, Sockets.Reach reach) throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (NetworkNamespace namespace = NetworkNamespace.open(NamespaceThread.networkPath());
                ServerSocketChannel program = ServerSocketChannel.open().bind(new InetSocketAddress(9090));
                ServerSocketChannel inbound = ServerSocketChannel.open().bind(new InetSocketAddress(15006));
                Selector selector = Selector.open()) {
            for (ServerSocketChannel each : List.of(program, inbound)) {
                each.configureBlocking(false);
                each.register(selector, SelectionKey.OP_ACCEPT);
            }
            Sockets sockets = new Sockets(
                    namespace, new Sockets.Marks(RedirectionOptions.PROXY_MARK, RedirectionOptions.PROXY_OUTWARD_MARK));
            ChannelFuture connecting = sockets.connect(
                    loops.next(),
                    new InetSocketAddress(InetAddress.ofLiteral(address), 9090),
                    reach,
                    new ChannelInboundHandlerAdapter(),
                    2000);
            selector.select(2000);
            String arrived = "";
            for (SelectionKey key : selector.selectedKeys()) {
                ServerSocketChannel server = (ServerSocketChannel) key.channel();
                arrived += Integer.toString(((InetSocketAddress) server.getLocalAddress()).getPort());
                server.accept().close();
            }
            connecting.channel().close().sync();
            return arrived;
        } finally {
            loops.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS).sync();
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void inNamespaceOfItsOwn(Step step) throws InterruptedException {
        assertThat(Privilege.actsAsRoot()).as("network namespaces need root").isTrue();
        boolean done = NamespaceThread.call(() -> {
            Kernel.leaveSharedNamespaces();
            step.run();
            return true;
        });
        assertThat(done).isTrue();
    }

    /** The calling thread's namespace plays the machine, another one the workload, in which the step runs. */
    private static void joinedToABridge(Step inWorkload) throws InterruptedException {
        int machine = Kernel.open(NamespaceThread.networkPath());
        boolean done = NamespaceThread.call(() -> {
            Kernel.leaveSharedNetwork();
            String workload = NamespaceThread.networkPath();
            boolean connected = NamespaceThread.call(() -> {
                Kernel.enterNetwork(machine);
                MeshNetwork.connect(FIRST, "rvtest", workload);
                return true;
            });
            MeshNetwork.configure(FIRST);
            inWorkload.run();
            return connected;
        });
        Kernel.close(machine);
        assertThat(done).isTrue();
    }

    private static Exception connect(String address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 2000);
            return new SocketException("it was let through");
        } catch (IOException e) {
            return e;
        }
    }
}
