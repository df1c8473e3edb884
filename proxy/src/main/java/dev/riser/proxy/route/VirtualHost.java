package dev.riser.proxy.route;

import java.util.List;

/**
 * A set of host names and the routes for them, in order: the first that matches takes the request.
 *
 * @param name for logs and metrics
 * @param domains as configured
 * @param routes in order
 * @param requestChanges of the virtual host alone
 * @param responseChanges of the virtual host alone
 * @param overrides of the virtual host alone
 * @param requireTls which plaintext requests are redirected to https
 * @param includeAttemptCount whether {@code x-envoy-attempt-count} goes to the upstream
 * @param includeAttemptCountInResponse whether it goes to the client
 * @param origin where it came from
 */
public record VirtualHost(
        String name,
        List<String> domains,
        List<Route> routes,
        HeaderChanges requestChanges,
        HeaderChanges responseChanges,
        FilterOverrides overrides,
        TlsRequirement requireTls,
        boolean includeAttemptCount,
        boolean includeAttemptCountInResponse,
        Origin origin) {

    /** Copies the lists. */
    public VirtualHost {
        domains = List.copyOf(domains);
        routes = List.copyOf(routes);
    }

    /** Which plaintext requests are redirected to https. */
    public enum TlsRequirement {
        NONE,
        ALL
    }
}
