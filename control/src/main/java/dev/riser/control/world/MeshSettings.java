package dev.riser.control.world;

import java.util.List;

/**
 * What holds for the whole mesh.
 *
 * @param trustDomain first part of every identity
 * @param rootNamespaces namespaces whose policies apply to the whole mesh, the first that has one wins
 * @param outbound what happens to traffic that leads to no known destination
 */
public record MeshSettings(String trustDomain, List<String> rootNamespaces, OutboundTraffic outbound) {
    /** {@code cluster.local}, {@code riser-system} before {@code istio-system}, unknown traffic passes. */
    public static final MeshSettings DEFAULT =
            new MeshSettings("cluster.local", List.of("riser-system", "istio-system"), OutboundTraffic.ALLOW_ANY);

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

    /** {@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>}. */
    public String spiffeId(String namespace, String serviceAccount) {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }
}
