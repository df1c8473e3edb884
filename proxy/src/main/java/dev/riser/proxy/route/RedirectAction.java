package dev.riser.proxy.route;

/**
 * Answer with a redirect.
 *
 * @param scheme the new scheme, empty: the request's
 * @param host the new host, empty: the request's
 * @param port the new port, 0: as it is
 * @param path what becomes of the path
 * @param status 301, 302, 303, 307 or 308
 * @param stripQuery whether the query is left out
 */
public record RedirectAction(String scheme, String host, int port, Path path, int status, boolean stripQuery)
        implements RouteAction {

    /** What becomes of the path. */
    public sealed interface Path {}

    /** It stays, or a part of it is rewritten. */
    public record Rewritten(PathRewrite rewrite) implements Path {}

    /** It is this one, which may bring a query of its own that then replaces the request's. */
    public record Replaced(String path) implements Path {}

    /** The value of the {@code location} header. */
    public String location(PathMatch match, RequestView request) {
        String oldScheme = request.scheme().toString();
        String newScheme = scheme.isEmpty() ? oldScheme : scheme;
        StringBuilder location = new StringBuilder(64).append(newScheme).append("://");
        if (host.isEmpty()) {
            CharSequence authority = request.authority();
            location.append(authority, 0, endOfHost(authority, oldScheme, newScheme));
        } else {
            location.append(host);
        }
        if (port != 0) {
            location.append(':').append(port);
        }
        CharSequence requestPath = request.path();
        switch (path) {
            case Replaced(String replacement) -> {
                location.append(replacement);
                int query = Text.indexOf(requestPath, '?', 0, requestPath.length());
                if (!stripQuery && replacement.indexOf('?') < 0 && query >= 0) {
                    location.append(requestPath, query, requestPath.length());
                }
            }
            case Rewritten(PathRewrite rewrite) -> {
                CharSequence rewritten = rewrite.apply(match, requestPath);
                int query = stripQuery ? Text.indexOf(rewritten, '?', 0, rewritten.length()) : -1;
                location.append(rewritten, 0, query < 0 ? rewritten.length() : query);
            }
        }
        return location.toString();
    }

    /** Where the part of the authority that goes into the location ends: a port is dropped where another one is given, and a default port where the scheme changes. */
    private int endOfHost(CharSequence authority, String oldScheme, String newScheme) {
        int colon = portColon(authority);
        if (colon < 0) {
            return authority.length();
        }
        boolean drop = port != 0;
        if (!newScheme.equals(oldScheme)) {
            CharSequence given = authority.subSequence(colon, authority.length());
            drop |= oldScheme.equals("https") && ":443".contentEquals(given);
            drop |= oldScheme.equals("http") && ":80".contentEquals(given);
        }
        return drop ? colon : authority.length();
    }

    private static int portColon(CharSequence authority) {
        for (int i = authority.length() - 1; i >= 0; i--) {
            char c = authority.charAt(i);
            if (c == ':') {
                return i;
            }
            if (c == ']') {
                return -1;
            }
        }
        return -1;
    }
}
