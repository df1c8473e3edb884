package dev.riser.proxy.dns;

import java.time.Duration;
import java.util.Locale;

/**
 * How a workload's resolver answers.
 *
 * @param namespace the workload's namespace, for short names
 * @param clusterDomain the domain whose names are the mesh's own, such as {@code cluster.local}
 * @param unknownNames what becomes of names of that domain that the mesh does not know
 * @param timeToLive of the mesh's names
 * @param lookupTimeout how long discovery may take to answer
 */
public record ResolverSettings(
        String namespace,
        String clusterDomain,
        UnknownNames unknownNames,
        Duration timeToLive,
        Duration lookupTimeout) {

    /** What becomes of names of the cluster's domain that the mesh does not know. */
    public enum UnknownNames {
        /** They do not exist: nobody else answers for the domain. */
        NONEXISTENT,
        /** The machine's resolvers are asked, as where a cluster has its own DNS. */
        FORWARDED
    }

    public ResolverSettings {
        namespace = namespace.toLowerCase(Locale.ROOT);
        clusterDomain = clusterDomain.toLowerCase(Locale.ROOT);
    }

    /** Authoritative for {@code cluster.local}, 30 s to live, 5 s for discovery. */
    public static ResolverSettings forNamespace(String namespace) {
        return new ResolverSettings(
                namespace, "cluster.local", UnknownNames.NONEXISTENT, Duration.ofSeconds(30), Duration.ofSeconds(5));
    }
}
