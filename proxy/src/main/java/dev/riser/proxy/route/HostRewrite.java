package dev.riser.proxy.route;

import com.google.re2j.Pattern;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** What becomes of the authority on its way to the upstream. */
public sealed interface HostRewrite {
    /** The authority stays. */
    record Keep() implements HostRewrite {
        /** The one instance. */
        public static final Keep INSTANCE = new Keep();
    }

    /** A fixed authority. */
    record Literal(String authority) implements HostRewrite {}

    /** The value of a request header, where it is there. */
    record FromHeader(AsciiString name) implements HostRewrite {}

    /** The host name of the chosen endpoint, where it has one. */
    record FromEndpoint() implements HostRewrite {}

    /** The path without query, with every match of the expression substituted. */
    record FromPath(Pattern pattern, String substitution) implements HostRewrite {}

    /**
     * The authority to send.
     *
     * @param request the request before path rewriting
     * @param endpointHostname the chosen endpoint's host name, empty where it has none
     * @return the new authority, or null where it stays
     */
    default @Nullable CharSequence rewrite(RequestView request, String endpointHostname) {
        return switch (this) {
            case Keep keep -> null;
            case Literal(String authority) -> authority;
            case FromHeader(AsciiString name) -> {
                CharSequence value = request.header(name);
                yield value == null || value.isEmpty() ? null : value;
            }
            case FromEndpoint fromEndpoint -> endpointHostname.isEmpty() ? null : endpointHostname;
            case FromPath(Pattern pattern, String substitution) -> {
                CharSequence path = request.path();
                int end = Text.endOfPath(path);
                yield pattern.matcher(path.subSequence(0, end)).replaceAll(substitution);
            }
        };
    }
}
