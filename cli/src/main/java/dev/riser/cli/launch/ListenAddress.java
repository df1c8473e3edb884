package dev.riser.cli.launch;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Reads addresses to listen on. */
final class ListenAddress {
    private ListenAddress() {}

    /**
     * {@code 127.0.0.1:15080} or {@code [::1]:15080}.
     *
     * @throws IllegalArgumentException where it is not an IP address and a port
     */
    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            String host = text.substring(0, colon).replace("[", "").replace("]", "");
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "'%s' is not an address to listen on; write an IP address and a port, as 127.0.0.1:15080"
                            .formatted(text));
        }
    }
}
