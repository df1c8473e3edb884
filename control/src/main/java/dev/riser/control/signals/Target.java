package dev.riser.control.signals;

import java.util.Optional;

/**
 * A filter by one end of an edge, written {@code kind/name} or {@code kind/name.namespace}.
 *
 * @param kind what the name names
 * @param name its name; for a service its short name or its full host
 * @param namespace its namespace, empty for any
 */
public record Target(TargetKind kind, String name, String namespace) {
    /** Reads the written form, in the given namespace where none is written; empty where it is malformed. */
    public static Optional<Target> parse(String text, String defaultNamespace) {
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1) {
            return Optional.empty();
        }
        String named = text.substring(slash + 1);
        return TargetKind.parse(text.substring(0, slash)).map(kind -> {
            int dot = named.indexOf('.');
            // A namespace has no dot, so name.namespace has exactly one; a host name has more and stays whole.
            if (kind != TargetKind.NAMESPACE && dot > 0 && dot == named.lastIndexOf('.')) {
                return new Target(kind, named.substring(0, dot), named.substring(dot + 1));
            }
            return new Target(kind, named, kind == TargetKind.NAMESPACE ? "" : defaultNamespace);
        });
    }

    boolean isSource(EdgeKey edge) {
        return kind != TargetKind.SERVICE && matches(edge.source());
    }

    boolean isDestination(EdgeKey edge) {
        return kind == TargetKind.SERVICE
                ? ServiceNames.matches(edge, name) && inNamespace(ServiceNames.namespace(edge))
                : matches(edge.destination());
    }

    private boolean matches(EdgePeer peer) {
        return switch (kind) {
            case DEPLOY -> peer.workload().equals(name) && inNamespace(peer.namespace());
            case POD -> peer.instance().equals(name) && inNamespace(peer.namespace());
            case NAMESPACE -> peer.namespace().equals(name);
            case SERVICE -> false;
        };
    }

    private boolean inNamespace(String candidate) {
        return namespace.isEmpty() || candidate.equals(namespace);
    }
}
