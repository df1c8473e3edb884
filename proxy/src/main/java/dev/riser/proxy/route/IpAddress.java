package dev.riser.proxy.route;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An IP address as two numbers, so that comparing it with ranges allocates nothing. Made once for each connection.
 * IPv4 addresses that are mapped into IPv6 count as IPv4.
 *
 * @param high the upper 64 bits of an IPv6 address, 0 for IPv4
 * @param low the lower 64 bits of an IPv6 address, or the IPv4 address in the lower 32 bits
 * @param version6 whether it is an IPv6 address
 */
public record IpAddress(long high, long low, boolean version6) {
    private static final long MAPPED_PREFIX = 0xffff_0000_0000L;

    /** The address of a socket. */
    public static IpAddress of(InetAddress address) {
        return switch (address) {
            case Inet4Address four -> of(four.getAddress());
            case Inet6Address six -> of(six.getAddress());
            case InetAddress other -> of(other.getAddress());
        };
    }

    /** From 4 or 16 bytes in network order. */
    public static IpAddress of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length == 4) {
            return new IpAddress(0, buffer.getInt() & 0xffff_ffffL, false);
        }
        long high = buffer.getLong();
        long low = buffer.getLong();
        if (high == 0 && (low & 0xffff_ffff_0000_0000L) == MAPPED_PREFIX) {
            return new IpAddress(0, low & 0xffff_ffffL, false);
        }
        return new IpAddress(high, low, true);
    }

    /** From text without any look-up; null where the text is no IP address. */
    public static @Nullable IpAddress parse(String text) {
        byte[] bytes = io.netty.util.NetUtil.createByteArrayFromIpAddressString(text);
        return bytes == null ? null : of(bytes);
    }

    /** 127.0.0.0/8 or ::1. */
    public boolean loopback() {
        return version6 ? high == 0 && low == 1 : (low >>> 24) == 127;
    }
}
