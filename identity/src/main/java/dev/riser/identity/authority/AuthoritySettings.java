package dev.riser.identity.authority;

import dev.riser.identity.TrustDomain;
import java.time.Duration;

/**
 * Lifetimes of what the authority makes.
 *
 * @param trustDomain the only one it issues for
 * @param leafLifetime of a workload certificate when the request does not ask for less, and the most it may ask for
 * @param issuerLifetime of the issuing certificate; renewed at two thirds
 * @param rootLifetime of the root, made once
 */
public record AuthoritySettings(
        TrustDomain trustDomain, Duration leafLifetime, Duration issuerLifetime, Duration rootLifetime) {
    /** Shorter lives than this cannot be renewed in time by two network calls and a retry. */
    public static final Duration SHORTEST_LEAF = Duration.ofSeconds(5);

    private static final Duration DEFAULT_LEAF = Duration.ofHours(24);
    private static final Duration DEFAULT_ISSUER = Duration.ofDays(365);
    private static final Duration DEFAULT_ROOT = Duration.ofDays(3653);

    /** @throws IllegalArgumentException where the lives do not nest */
    public AuthoritySettings {
        if (leafLifetime.compareTo(SHORTEST_LEAF) < 0) {
            throw new IllegalArgumentException(
                    "a certificate lifetime of %s is too short; at least %s".formatted(leafLifetime, SHORTEST_LEAF));
        }
        if (leafLifetime.multipliedBy(3).compareTo(issuerLifetime) > 0) {
            throw new IllegalArgumentException(
                    "a certificate lifetime of %s does not fit the issuer's %s three times; lower it"
                            .formatted(leafLifetime, issuerLifetime));
        }
        if (issuerLifetime.compareTo(rootLifetime) > 0) {
            throw new IllegalArgumentException(
                    "an issuer lifetime of %s exceeds the root's %s".formatted(issuerLifetime, rootLifetime));
        }
    }

    /** Leaf 24 hours, issuer one year, root ten years. */
    public static AuthoritySettings of(TrustDomain trustDomain) {
        return new AuthoritySettings(trustDomain, DEFAULT_LEAF, DEFAULT_ISSUER, DEFAULT_ROOT);
    }

    /** The same with another life for workload certificates. */
    public AuthoritySettings withLeafLifetime(Duration lifetime) {
        return new AuthoritySettings(trustDomain, lifetime, issuerLifetime, rootLifetime);
    }
}
