package dev.riser.proxy.route;

import org.jspecify.annotations.Nullable;

/**
 * What the route table says about one request. Instances are made when the table is compiled, except for redirects and
 * for clusters named by a header.
 */
public sealed interface RouteMatch {

    /**
     * Send it to a cluster.
     *
     * @param virtualHost the virtual host that took the request
     * @param route the route that took it
     * @param action what the route says
     * @param cluster the chosen cluster's name
     * @param requestChanges header changes for the request, in the order in which they are applied
     * @param responseChanges header changes for the response, in the order in which they are applied
     * @param hostRewrite the authority to send, of the weighted cluster or of the route
     * @param overrides settings of filters that this route overrides
     */
    record Forward(
            VirtualHost virtualHost,
            Route route,
            ForwardAction action,
            String cluster,
            HeaderChanges requestChanges,
            HeaderChanges responseChanges,
            HostRewrite hostRewrite,
            FilterOverrides overrides)
            implements RouteMatch {}

    /**
     * Answer with a redirect.
     *
     * @param status 301, 302, 303, 307 or 308
     * @param location value of the {@code location} header
     */
    record Redirect(
            VirtualHost virtualHost,
            Route route,
            int status,
            String location,
            HeaderChanges responseChanges,
            FilterOverrides overrides)
            implements RouteMatch {}

    /**
     * Answer from configuration.
     *
     * @param status 200 to 599
     * @param body the body in UTF-8 or as the configuration gives the bytes; not to be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record Direct(
            VirtualHost virtualHost,
            Route route,
            int status,
            byte[] body,
            HeaderChanges responseChanges,
            FilterOverrides overrides)
            implements RouteMatch {}

    /**
     * Nothing matches: 404.
     *
     * @param virtualHost the virtual host that matched; null where none did
     */
    record NoRoute(@Nullable VirtualHost virtualHost) implements RouteMatch {
        /** No virtual host matched. */
        public static final NoRoute NO_HOST = new NoRoute(null);
    }
}
