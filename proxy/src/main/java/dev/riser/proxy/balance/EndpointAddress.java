package dev.riser.proxy.balance;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Where an endpoint is.
 *
 * @param host an IP address, or a name that is yet to be resolved
 * @param port 1 to 65535
 */
public record EndpointAddress(String host, int port) {
    /** IPv6 addresses are brought into the one form of RFC 5952, so that equal addresses are equal. */
    public EndpointAddress {
        if (host.indexOf(':') >= 0) {
            byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
            if (bytes != null) {
                host = NetUtil.bytesToIpAddress(bytes);
            }
        }
    }

    /** The address of a socket. */
    public static EndpointAddress of(InetSocketAddress address) {
        return new EndpointAddress(address.getAddress().getHostAddress(), address.getPort());
    }

    /** The address to connect to, null where the host is a name. Never resolves anything. */
    public @Nullable InetSocketAddress socketAddress() {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) {
            return null;
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException impossible) {
            throw new AssertionError("an IP address has 4 or 16 bytes", impossible);
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
