package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.IpAddress;
import java.util.List;

/**
 * A new connection as the listener's inspectors saw it.
 *
 * @param destination the address connected to, before redirection where the listener restores it
 * @param destinationPort the port connected to
 * @param source the client's address (after a PROXY header)
 * @param directSource the socket's peer address
 * @param sourcePort the client's port
 * @param serverName of the client hello, lower case; empty where there is none
 * @param transportProtocol {@code tls} where an inspector saw that, else {@code raw_buffer}
 * @param applicationProtocols ALPN names of the client hello, or what the HTTP inspector found ({@code http/1.0},
 *     {@code http/1.1}, {@code h2c})
 */
public record ConnectionView(
        IpAddress destination,
        int destinationPort,
        IpAddress source,
        IpAddress directSource,
        int sourcePort,
        String serverName,
        String transportProtocol,
        List<String> applicationProtocols) {
    /** Copies the list. */
    public ConnectionView {
        applicationProtocols = List.copyOf(applicationProtocols);
    }
}
