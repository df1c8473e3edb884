package dev.riser.control.world;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** The one text form in which the mesh compares addresses: dotted for IPv4, RFC 5952 for IPv6. Never asks DNS. */
public final class IpText {
    private static final Pattern DOTTED = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private IpText() {}

    /**
     * The canonical form of an address literal.
     *
     * @throws IllegalArgumentException where the text is no address literal
     */
    public static String canonical(String text) {
        // The platform also reads "10.1" and "7" as addresses, which here are names.
        if (text.indexOf(':') < 0 && !DOTTED.matcher(text).matches() || text.indexOf('%') >= 0) {
            throw new IllegalArgumentException(text + " is no address");
        }
        return of(InetAddress.ofLiteral(text));
    }

    /** The canonical form, or nothing where the text is no address literal. */
    public static Optional<String> parse(String text) {
        try {
            return Optional.of(canonical(text));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** The canonical form of an address. */
    public static String of(InetAddress address) {
        return address instanceof Inet4Address ? address.getHostAddress() : compressed(address.getAddress());
    }

    private static String compressed(byte[] bytes) {
        int[] groups = new int[8];
        for (int index = 0; index < 8; index++) {
            groups[index] = (bytes[2 * index] & 0xff) << 8 | bytes[2 * index + 1] & 0xff;
        }
        int longestStart = -1;
        int longestLength = 1;
        for (int start = 0; start < 8; start++) {
            int length = 0;
            while (start + length < 8 && groups[start + length] == 0) {
                length++;
            }
            if (length > longestLength) {
                longestStart = start;
                longestLength = length;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int index = 0; index < 8; index++) {
            if (index == longestStart) {
                text.append("::");
                index += longestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[index]));
        }
        return text.toString();
    }
}
