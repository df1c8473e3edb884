package dev.riser.proxy.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.net.SocketAddress;

/**
 * Makes the sockets of one workload, in its network namespace and with the mark by which the redirection knows the
 * proxy's own traffic. Callable on event loops and other platform threads.
 */
public final class Sockets {
    private static final IntegerUnixChannelOption MARK = new IntegerUnixChannelOption("SO_MARK", 1, 36);
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 * 1024, 512 * 1024);

    private final NetworkNamespace namespace;
    private final Marks marks;

    /** Whom a connection is to reach. */
    public enum Reach {
        /** The workload's own program, which it reaches wherever it goes. */
        PROGRAM,
        /**
         * Where the workload wants to go. That may turn out to be the workload itself: then the connection comes back to
         * its proxy, as it would come to another machine's.
         */
        ELSEWHERE
    }

    /**
     * Values of SO_MARK, 0 for none; setting one needs CAP_NET_ADMIN. The redirection lets both pass, except that a
     * connection to elsewhere which stays on the machine is taken for one that comes in.
     */
    public record Marks(int program, int elsewhere) {
        public static final Marks NONE = new Marks(0, 0);

        private int of(Reach reach) {
            return switch (reach) {
                case PROGRAM -> program;
                case ELSEWHERE -> elsewhere;
            };
        }
    }

    public Sockets(NetworkNamespace namespace, Marks marks) {
        this.namespace = namespace;
        this.marks = marks;
    }

    /** Binds a listener; its connections are served by {@code loops} and begin without reading. */
    public ChannelFuture listen(EventLoopGroup loops, SocketAddress address, ChannelHandler connection) {
        return listen(loops, address, connection, false);
    }

    /** As {@link #listen(EventLoopGroup, SocketAddress, ChannelHandler)}; {@code reading} connections read from the start. */
    public ChannelFuture listen(
            EventLoopGroup loops, SocketAddress address, ChannelHandler connection, boolean reading) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channelFactory(() -> namespace.call(EpollServerSocketChannel::new))
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.AUTO_READ, reading)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(connection);
        return bootstrap.bind(address);
    }

    /** Connects on {@code loop}; the channel begins without reading. */
    public ChannelFuture connect(
            EventLoop loop, SocketAddress address, Reach reach, ChannelHandler handler, int timeoutMillis) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(() -> namespace.call(EpollSocketChannel::new))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .handler(handler);
        mark(bootstrap, marks.of(reach));
        return bootstrap.connect(address);
    }

    /** Binds a datagram socket. */
    public ChannelFuture datagram(EventLoop loop, SocketAddress address, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(() -> namespace.call(EpollDatagramChannel::new))
                .option(UnixChannelOption.SO_REUSEPORT, false)
                .option(EpollChannelOption.SO_REUSEADDR, true)
                .handler(handler);
        mark(bootstrap, marks.program());
        return bootstrap.bind(address);
    }

    private static void mark(Bootstrap bootstrap, int mark) {
        if (mark != 0) {
            bootstrap.option(MARK, mark);
        }
    }

    /** Closes a channel that may not be open. */
    public static void close(Channel channel) {
        if (channel.isOpen()) {
            channel.close();
        }
    }
}
