package dev.riser.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where a redirected connection was going before nftables turned it to us (SO_ORIGINAL_DST, netfilter). */
public final class OriginalDestination {
    private static final RawUnixChannelOption IPV4 = new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, 16);
    private static final RawUnixChannelOption IPV6 = new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, 28);

    private OriginalDestination() {}

    /** The destination, null for a connection that was not redirected or cannot be asked. Event loop of the channel. */
    public static @Nullable InetSocketAddress of(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return null;
        }
        InetSocketAddress local = socket.localAddress();
        if (local == null) {
            return null;
        }
        try {
            boolean six = local.getAddress() instanceof Inet6Address;
            ByteBuffer raw = socket.config().getOption(six ? IPV6 : IPV4);
            if (raw == null) {
                return null;
            }
            int start = raw.position();
            int port = (raw.get(start + 2) & 0xff) << 8 | raw.get(start + 3) & 0xff;
            byte[] address = new byte[six ? 16 : 4];
            for (int i = 0; i < address.length; i++) {
                address[i] = raw.get(start + (six ? 8 : 4) + i);
            }
            InetSocketAddress destination = new InetSocketAddress(InetAddress.getByAddress(address), port);
            return destination.equals(local) ? null : destination;
        } catch (IOException | RuntimeException e) {
            // ENOENT: the kernel knows of no redirection for this connection
            return null;
        }
    }
}
