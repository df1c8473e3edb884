package dev.riser.model;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A range of addresses, {@code 10.0.0.0/8} or a single address.
 *
 * @param address the block's address, with the bits behind the prefix as written
 * @param prefixLength leading bits that count: 0 to 32, or to 128 for IPv6
 */
public record IpBlock(InetAddress address, int prefixLength) {
    private static final Pattern V4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

    public IpBlock {
        int bits = address.getAddress().length * 8;
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException("a prefix of " + prefixLength + " bits is not within 0 to " + bits);
        }
    }

    /**
     * Reads an address literal with or without a prefix length. Never asks DNS.
     *
     * @throws IllegalArgumentException where the text is neither
     */
    public static IpBlock parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = literal(slash < 0 ? text : text.substring(0, slash));
        int bits = address.getAddress().length * 8;
        return new IpBlock(address, slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1)));
    }

    /**
     * Reads an address in its usual form: four decimal numbers, or IPv6 without a zone. Java's own reader also takes forms
     * such as {@code 10.1}, which nobody means.
     *
     * @throws IllegalArgumentException where the text is no address
     */
    static InetAddress literal(String text) {
        if (text.indexOf('%') >= 0
                || text.indexOf('[') >= 0
                || !(text.indexOf(':') >= 0 || V4.matcher(text).matches())) {
            throw new IllegalArgumentException("not an address: " + text);
        }
        return InetAddress.ofLiteral(text);
    }

    /** Whether the address lies in the block. An address of the other family never does. */
    public boolean contains(InetAddress candidate) {
        byte[] own = address.getAddress();
        byte[] other = candidate.getAddress();
        if (own.length != other.length) {
            return false;
        }
        int whole = prefixLength / 8;
        for (int index = 0; index < whole; index++) {
            if (own[index] != other[index]) {
                return false;
            }
        }
        int rest = prefixLength % 8;
        if (rest == 0) {
            return true;
        }
        int mask = 0xff << (8 - rest) & 0xff;
        return (own[whole] & mask) == (other[whole] & mask);
    }

    /** {@code address/prefix length}. */
    public String text() {
        return address.getHostAddress() + "/" + prefixLength;
    }
}
