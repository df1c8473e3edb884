package dev.riser.proxy.flow;

import dev.riser.proxy.telemetry.PeerDescriptor;
import org.jspecify.annotations.Nullable;

/** Reads and writes the descriptions of peers that travel between proxies and come with endpoints. Pure. */
final class Peers {
    private static final int LONGEST = 512;

    private Peers() {}

    /** From an endpoint's metadata: {@code <workload>;<namespace>;<app>;<version>;<instance>}. */
    static PeerDescriptor ofEndpoint(String text) {
        String[] parts = text.split(";", -1);
        if (parts.length < 4) {
            return PeerDescriptor.UNKNOWN;
        }
        String instance = parts.length > 4 ? parts[4] : "";
        return new PeerDescriptor(
                parts[1], parts[0], instance, parts[2], parts[3], "", parts[2].isEmpty() ? parts[0] : parts[2]);
    }

    /**
     * From the header {@code x-riser-peer}: {@code <workload>;<namespace>;<instance>;<app>;<version>;<service>}. Believed
     * only as far as the certificate goes: the namespace must be the one in {@code principal}.
     */
    static PeerDescriptor ofHeader(@Nullable CharSequence header, String principal) {
        PeerDescriptor proven = ofPrincipal(principal);
        if (header == null || header.length() > LONGEST) {
            return proven;
        }
        String[] parts = header.toString().split(";", -1);
        if (parts.length != 6 || !parts[1].equals(proven.namespace())) {
            return proven;
        }
        return new PeerDescriptor(parts[1], parts[0], parts[2], parts[3], parts[4], principal, parts[5]);
    }

    /** What a SPIFFE id alone tells: namespace, and the service account in place of the workload. */
    static PeerDescriptor ofPrincipal(String principal) {
        int namespace = principal.indexOf("/ns/");
        int account = principal.indexOf("/sa/");
        if (namespace < 0 || account < namespace) {
            return principal.isEmpty() ? PeerDescriptor.UNKNOWN : new PeerDescriptor("", "", "", "", "", principal, "");
        }
        String name = principal.substring(account + 4);
        return new PeerDescriptor(principal.substring(namespace + 4, account), name, "", "", "", principal, "");
    }

    /** The header for requests of this workload. */
    static String header(PeerDescriptor own) {
        return own.workload() + ";" + own.namespace() + ";" + own.instance() + ";" + own.app() + ";" + own.version()
                + ";" + own.service();
    }

    /** The same peer with the identity that a handshake proved. */
    static PeerDescriptor proven(PeerDescriptor peer, String principal) {
        return principal.isEmpty() || principal.equals(peer.principal())
                ? peer
                : new PeerDescriptor(
                        peer.namespace(),
                        peer.workload(),
                        peer.instance(),
                        peer.app(),
                        peer.version(),
                        principal,
                        peer.service());
    }
}
