package dev.riser.proxy.flow;

import java.util.Locale;
import java.util.Optional;

/**
 * A destination in words: {@code host:port}, as in a request's target (RFC 9110 section 7.2). Pure.
 *
 * @param host in lower case, IPv6 without brackets, without the dot that ends a full name
 */
record Asked(String host, int port) {
    private static final int MOST_PORT = 65_535;

    /**
     * Reads an authority; empty where it is none.
     *
     * @param standardPort where it names no port; 0 demands one
     */
    static Optional<Asked> parse(CharSequence authority, int standardPort) {
        String text = authority.toString().toLowerCase(Locale.ROOT);
        int at = text.lastIndexOf('@');
        text = text.substring(at + 1);
        int bracket = text.lastIndexOf(']');
        int colon = text.indexOf(':', bracket + 1);
        String host = colon < 0 ? text : text.substring(0, colon);
        String port = colon < 0 ? "" : text.substring(colon + 1);
        if (bracket > 0) {
            if (!host.startsWith("[") || bracket != host.length() - 1) {
                return Optional.empty();
            }
            host = host.substring(1, bracket);
        }
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        int number = port.isEmpty() ? standardPort : port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
        return host.isEmpty() || number < 1 || number > MOST_PORT
                ? Optional.empty()
                : Optional.of(new Asked(host, number));
    }
}
