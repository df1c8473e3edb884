package dev.riser.model;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** The rules by which a name in a document is a host of the mesh. */
public final class HostNames {
    /** What the full name of every Kubernetes Service ends with. */
    public static final String SERVICE_SUFFIX = ".svc.cluster.local";

    private static final List<String> SUFFIXES = List.of(SERVICE_SUFFIX, ".cluster.local");

    private HostNames() {}

    /** {@code name.namespace.svc.cluster.local}. */
    public static String ofService(String name, String namespace) {
        return name + "." + namespace + SERVICE_SUFFIX;
    }

    /**
     * The full host name of a name that an object mentions, as in Istio: a name without a dot is a Service in the
     * object's own namespace; every other name, wildcards included, is taken as it stands.
     *
     * @param host the name as written
     * @param namespace the namespace of the object that mentions it
     */
    public static String resolve(String host, String namespace) {
        String lower = host.toLowerCase(Locale.ROOT);
        if (lower.length() > 1 && lower.endsWith(".")) {
            lower = lower.substring(0, lower.length() - 1);
        }
        return lower.indexOf('.') < 0 && !lower.startsWith("*") ? ofService(lower, namespace) : lower;
    }

    /**
     * The host that a name means in a mesh: {@code name.namespace} and {@code name.namespace.svc} are the Service where
     * there is one and where nothing else has that very name, since programs resolve these forms too.
     *
     * @param host the name as written
     * @param namespace the namespace of the object that mentions it
     * @param defined whether a full host name is somebody's
     */
    public static String resolve(String host, String namespace, Predicate<String> defined) {
        String resolved = resolve(host, namespace);
        if (!defined.test(resolved)) {
            for (String suffix : SUFFIXES) {
                if (defined.test(resolved + suffix)) {
                    return resolved + suffix;
                }
            }
        }
        return resolved;
    }

    /** Whether a host as written, after {@link #resolve}, covers the full name: the same, or a wildcard over it. */
    public static boolean covers(String pattern, String host) {
        if (pattern.equals("*")) {
            return true;
        }
        return pattern.startsWith("*")
                ? host.length() >= pattern.length() && host.endsWith(pattern.substring(1))
                : pattern.equals(host);
    }
}
