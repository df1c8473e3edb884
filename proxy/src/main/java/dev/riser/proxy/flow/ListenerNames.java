package dev.riser.proxy.flow;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** Names of on-demand listeners, as ARCHITECTURE.md fixes them: {@code <ip>_<port>}. Pure. */
public final class ListenerNames {
    private ListenerNames() {}

    /** The listener of one address and port; IPv6 in its shortest form (RFC 5952) without brackets. */
    public static String of(InetSocketAddress address) {
        return NetUtil.toAddressString(address.getAddress()) + "_" + address.getPort();
    }

    /** The listener of any IPv4 address on a port, which foreign control planes send. */
    static String anyAddress(int port) {
        return "0.0.0.0_" + port;
    }

    static boolean isSix(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address;
    }
}
