package dev.riser.proxy.net;

import java.util.List;

/** What the first bytes of a connection say. */
public sealed interface Protocol {
    /** More bytes are needed to tell. */
    record Unknown() implements Protocol {}

    /**
     * A TLS ClientHello.
     *
     * @param serverName SNI in lower case, empty where there is none
     * @param applicationProtocols ALPN in the client's order
     */
    record Tls(String serverName, List<String> applicationProtocols) implements Protocol {}

    /** HTTP/1.0 or HTTP/1.1. */
    record Http1() implements Protocol {}

    /** HTTP/2 with prior knowledge. */
    record Http2() implements Protocol {}

    /** None of those: bytes pass as they are. */
    record Opaque() implements Protocol {}

    Protocol UNKNOWN = new Unknown();
    Protocol HTTP1 = new Http1();
    Protocol HTTP2 = new Http2();
    Protocol OPAQUE = new Opaque();
}
