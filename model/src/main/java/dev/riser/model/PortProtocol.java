package dev.riser.model;

import java.util.Locale;

/**
 * What is spoken on a port, as declared. The declaration is {@code appProtocol} where given, else the port's name up to
 * the first dash ({@code http}, {@code grpc-web}), as in Istio; anything else is {@link #AUTO}.
 */
public enum PortProtocol {
    HTTP,
    HTTP2,
    GRPC,
    /** TLS that the mesh passes through by server name; {@code https} is the same. */
    TLS,
    TCP,
    UDP,
    /** Not declared: the proxy looks at the first bytes. */
    AUTO;

    /**
     * The declared protocol of a Kubernetes port.
     *
     * @param transport {@code TCP}, {@code UDP} or {@code SCTP}
     * @param appProtocol the field {@code appProtocol}, empty where absent
     * @param portName the port's name, empty where absent
     */
    public static PortProtocol of(String transport, String appProtocol, String portName) {
        if (transport.equals("UDP")) {
            return UDP;
        }
        if (transport.equals("SCTP")) {
            return TCP;
        }
        if (!appProtocol.isEmpty()) {
            return ofWord(appProtocol);
        }
        int dash = portName.indexOf('-');
        return ofWord(dash < 0 ? portName : portName.substring(0, dash));
    }

    /** The protocol a single word declares, in any case; {@link #AUTO} for a word that is none. */
    public static PortProtocol ofWord(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "http", "kubernetes.io/ws" -> HTTP;
            case "http2", "kubernetes.io/h2c" -> HTTP2;
            case "grpc" -> GRPC;
            case "https", "tls", "kubernetes.io/wss" -> TLS;
            case "tcp", "mongo", "mysql", "redis" -> TCP;
            case "udp" -> UDP;
            default -> AUTO;
        };
    }

    /** Whether requests, and not only bytes, can be routed on such a port. {@link #AUTO} may turn out to be so. */
    public boolean isHttp() {
        return this == HTTP || this == HTTP2 || this == GRPC;
    }
}
