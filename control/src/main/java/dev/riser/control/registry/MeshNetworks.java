package dev.riser.control.registry;

import dev.riser.model.IpBlock;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The networks of one machine's mesh. The first address of each is the bridge's, the gateway of all workloads.
 *
 * @param workloads4 addresses of workloads; at least a /28. Inside of 127.0.0.0/8: the workloads have no networks of their
 *     own, but share the machine's, each with a loopback address
 * @param workloads6 addresses of workloads, at least as many
 */
public record MeshNetworks(IpBlock workloads4, IpBlock workloads6) {
    private static final int SMALLEST_PREFIX4 = 28;

    /** Number of the bridge's address. */
    static final int BRIDGE = 1;

    /** 10.88.0.0/16 and fd88::/64. */
    public static final MeshNetworks DEFAULT =
            new MeshNetworks(IpBlock.parse("10.88.0.0/16"), IpBlock.parse("fd88::/64"));

    /** For workloads that share the machine's network: 127.88.0.0/16, and no IPv6, which has one loopback address. */
    public static final MeshNetworks LOOPBACK =
            new MeshNetworks(IpBlock.parse("127.88.0.0/16"), IpBlock.parse("fd88::/64"));

    /** @throws IllegalArgumentException where a network is of the wrong family or too small */
    public MeshNetworks {
        if (!(workloads4.address() instanceof Inet4Address) || workloads4.prefixLength() > SMALLEST_PREFIX4) {
            throw new IllegalArgumentException("the workloads' IPv4 network %s is not IPv4 of at least /%d"
                    .formatted(workloads4.text(), SMALLEST_PREFIX4));
        }
        if (!(workloads6.address() instanceof Inet6Address)
                || 128 - workloads6.prefixLength() < 32 - workloads4.prefixLength()) {
            throw new IllegalArgumentException("the workloads' IPv6 network %s is not IPv6, or smaller than %s"
                    .formatted(workloads6.text(), workloads4.text()));
        }
    }

    /** Whether the workloads share the machine's network. */
    public boolean loopback() {
        return workloads4.address().isLoopbackAddress();
    }

    /** The bridge's IPv4 address. */
    public String gateway4() {
        return at(workloads4, BRIDGE);
    }

    /** The bridge's IPv6 address, empty where workloads have none. */
    public String gateway6() {
        return address6(BRIDGE);
    }

    /** Number of the last address that a workload can have; the one after it is IPv4's broadcast address. */
    int lastIndex() {
        int bits = Math.min(32 - workloads4.prefixLength(), 24);
        return (1 << bits) - 2;
    }

    String address4(int index) {
        return at(workloads4, index);
    }

    String address6(int index) {
        return loopback() ? "" : at(workloads6, index);
    }

    private static String at(IpBlock block, int index) {
        byte[] base = block.address().getAddress();
        int bits = base.length * 8;
        BigInteger mask = BigInteger.ONE.shiftLeft(bits - block.prefixLength()).subtract(BigInteger.ONE);
        BigInteger value = new BigInteger(1, base).andNot(mask).add(BigInteger.valueOf(index));
        byte[] magnitude = value.toByteArray();
        byte[] result = new byte[base.length];
        int length = Math.min(magnitude.length, result.length);
        System.arraycopy(magnitude, magnitude.length - length, result, result.length - length, length);
        try {
            return text(InetAddress.getByAddress(result));
        } catch (UnknownHostException wrongLength) {
            throw new IllegalStateException("an address keeps its length", wrongLength);
        }
    }

    /** The usual short form (RFC 5952): the longest run of zero groups becomes {@code ::}. */
    private static String text(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        String[] groups = address.getHostAddress().split(":");
        int bestStart = -1;
        int bestLength = 1;
        for (int start = 0; start < groups.length; start++) {
            int end = start;
            while (end < groups.length && groups[end].equals("0")) {
                end++;
            }
            if (end - start > bestLength) {
                bestStart = start;
                bestLength = end - start;
            }
        }
        if (bestStart < 0) {
            return String.join(":", groups);
        }
        String head = String.join(":", java.util.Arrays.copyOfRange(groups, 0, bestStart));
        String tail = String.join(":", java.util.Arrays.copyOfRange(groups, bestStart + bestLength, groups.length));
        return head + "::" + tail;
    }
}
