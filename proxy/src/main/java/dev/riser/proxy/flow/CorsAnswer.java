package dev.riser.proxy.flow;

import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.route.Cors;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** What a response says about an origin that a CORS policy allows (Fetch standard, HTTP responses). */
record CorsAnswer(Cors policy, AsciiString origin) {
    private static final AsciiString ALLOW_ORIGIN = AsciiString.cached("access-control-allow-origin");
    private static final AsciiString ALLOW_METHODS = AsciiString.cached("access-control-allow-methods");
    private static final AsciiString ALLOW_HEADERS = AsciiString.cached("access-control-allow-headers");
    private static final AsciiString ALLOW_CREDENTIALS = AsciiString.cached("access-control-allow-credentials");
    private static final AsciiString EXPOSE_HEADERS = AsciiString.cached("access-control-expose-headers");
    private static final AsciiString MAX_AGE = AsciiString.cached("access-control-max-age");

    /** Null where the policy does not allow the origin. */
    static @Nullable CorsAnswer of(Cors policy, AsciiString origin) {
        return policy.allows(origin) ? new CorsAnswer(policy, origin) : null;
    }

    void preflight(HeaderBlock headers) {
        headers.set(ALLOW_ORIGIN, origin);
        credentials(headers);
        set(headers, ALLOW_METHODS, policy.allowMethods());
        set(headers, ALLOW_HEADERS, policy.allowHeaders());
        set(headers, MAX_AGE, policy.maxAge());
    }

    void response(HeaderBlock headers) {
        headers.set(ALLOW_ORIGIN, origin);
        credentials(headers);
        set(headers, EXPOSE_HEADERS, policy.exposeHeaders());
    }

    private void credentials(HeaderBlock headers) {
        if (Boolean.TRUE.equals(policy.allowCredentials())) {
            headers.set(ALLOW_CREDENTIALS, "true");
        }
    }

    private static void set(HeaderBlock headers, AsciiString name, String value) {
        if (!value.isEmpty()) {
            headers.set(name, value);
        }
    }
}
