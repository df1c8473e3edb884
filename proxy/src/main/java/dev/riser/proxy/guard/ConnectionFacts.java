package dev.riser.proxy.guard;

import dev.riser.proxy.route.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known about a downstream connection. Made once for each connection, so that checks allocate nothing. */
public interface ConnectionFacts {
    /** The peer's address on the socket. */
    IpAddress directRemoteAddress();

    /** The client's address: from a trusted {@code x-forwarded-for} or PROXY header, else the socket's. */
    IpAddress remoteAddress();

    /** The address the client connected to, before any redirection. */
    IpAddress localAddress();

    /** The port the client connected to, before any redirection. */
    int localPort();

    /** The server name of the TLS handshake, empty where there is none. */
    CharSequence requestedServerName();

    /** The verified certificate of the peer, null where the peer showed none or it was not verified. */
    @Nullable
    PeerCertificate peer();

    /**
     * A verified certificate.
     *
     * @param uriNames URI names of it, such as SPIFFE ids
     * @param dnsNames DNS names of it
     * @param subject its subject in RFC 2253 form
     */
    record PeerCertificate(List<String> uriNames, List<String> dnsNames, String subject) {
        /** Copies the lists. */
        public PeerCertificate {
            uriNames = List.copyOf(uriNames);
            dnsNames = List.copyOf(dnsNames);
        }
    }
}
