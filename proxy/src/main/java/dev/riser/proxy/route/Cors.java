package dev.riser.proxy.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Policy for cross-origin requests of browsers.
 *
 * @param origins which origins are allowed
 * @param allowMethods value of {@code access-control-allow-methods}, empty: not sent
 * @param allowHeaders value of {@code access-control-allow-headers}, empty: not sent
 * @param exposeHeaders value of {@code access-control-expose-headers}, empty: not sent
 * @param maxAge value of {@code access-control-max-age}, empty: not sent
 * @param allowCredentials whether {@code access-control-allow-credentials: true} is sent; null: not said
 * @param allowPrivateNetwork whether {@code access-control-allow-private-network: true} answers its request header
 * @param forwardNotMatchingPreflights whether a preflight of an origin that is not allowed goes to the upstream
 * @param enabled which requests it is in force for
 */
public record Cors(
        List<StringMatch> origins,
        String allowMethods,
        String allowHeaders,
        String exposeHeaders,
        String maxAge,
        @Nullable Boolean allowCredentials,
        boolean allowPrivateNetwork,
        boolean forwardNotMatchingPreflights,
        Fraction enabled) {

    /** Copies the list. */
    public Cors {
        origins = List.copyOf(origins);
    }

    /** Whether requests from this origin are allowed. */
    public boolean allows(CharSequence origin) {
        for (int i = 0; i < origins.size(); i++) {
            if (origins.get(i).matches(origin)) {
                return true;
            }
        }
        return false;
    }
}
