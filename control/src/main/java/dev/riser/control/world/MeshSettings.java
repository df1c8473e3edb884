package dev.riser.control.world;

import java.util.List;

/**
 * What holds for the whole mesh.
 *
 * @param trustDomain first part of every identity
 * @param rootNamespaces namespaces whose policies apply to the whole mesh, the first that has one wins
 * @param outbound what happens to traffic that leads to no known destination
 * @param accessLogging what proxies write about each exchange
 * @param capture how traffic of workloads gets to their proxies
 * @param systemAuthorities file, on the proxy's machine, of the authorities that the operating system trusts
 */
public record MeshSettings(
        String trustDomain,
        List<String> rootNamespaces,
        OutboundTraffic outbound,
        AccessLogging accessLogging,
        Capture capture,
        String systemAuthorities) {
    /**
     * {@code cluster.local}, {@code riser-system} before {@code istio-system}, unknown traffic passes, authorities where
     * Debian keeps them.
     */
    public static final MeshSettings DEFAULT = new MeshSettings(
            "cluster.local",
            List.of("riser-system", "istio-system"),
            OutboundTraffic.ALLOW_ANY,
            AccessLogging.OFF,
            Capture.REDIRECTION,
            "/etc/ssl/certs/ca-certificates.crt");

    public MeshSettings {
        rootNamespaces = List.copyOf(rootNamespaces);
    }

    /** What happens to traffic that leads to no known destination. */
    public enum OutboundTraffic {
        /** It goes where it was sent, as without a mesh. */
        ALLOW_ANY,
        /** It is refused. */
        REGISTRY_ONLY
    }

    /** How traffic gets to a proxy. */
    public enum Capture {
        /** Each workload has a network of its own, in which connections are redirected; nothing is asked of programs. */
        REDIRECTION,
        /**
         * All share the machine's network. Each workload has a loopback address, at which its proxy takes connections, on
         * a port for each of the program's; what the program sends, it must send to its proxy itself.
         */
        NONE
    }

    /** These settings with another way to the proxies. */
    public MeshSettings withCapture(Capture newCapture) {
        return new MeshSettings(trustDomain, rootNamespaces, outbound, accessLogging, newCapture, systemAuthorities);
    }

    /** These settings with another answer to unknown traffic. */
    public MeshSettings withOutbound(OutboundTraffic newOutbound) {
        return new MeshSettings(trustDomain, rootNamespaces, newOutbound, accessLogging, capture, systemAuthorities);
    }

    /** {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. */
    public String spiffeId(String namespace, String serviceAccount) {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }
}
