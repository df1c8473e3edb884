package dev.riser.control.api;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;

/**
 * Who may do what. Reads are open to callers on this machine who address it by a loopback name: a page of a foreign site
 * that has its name resolve to 127.0.0.1 sends its own name as Host and stays outside. Everything else needs the admin
 * token.
 */
final class Access {
    private final byte[] adminToken;
    private final boolean loopbackOnly;

    /**
     * @param adminToken the bearer token for changes
     * @param listening where the server listens
     */
    Access(String adminToken, InetAddress listening) {
        this.adminToken = adminToken.getBytes(StandardCharsets.UTF_8);
        this.loopbackOnly = listening.isLoopbackAddress();
    }

    /** What a request is about to do. */
    enum Intent {
        /** Files of the dashboard and health, which tell nothing about the mesh. */
        PUBLIC,
        READ,
        CHANGE
    }

    /** Lets the request pass or says why not. */
    void check(HttpRequest request, Intent intent) throws RefusedRequest {
        boolean loopbackHost = isLoopbackName(hostName(request.host()));
        if (loopbackOnly && !loopbackHost) {
            throw new RefusedRequest(
                    403,
                    "this server answers to localhost, 127.0.0.1 and [::1] only, not to the host \"%s\""
                            .formatted(printable(request.host())));
        }
        boolean open = switch (intent) {
            case PUBLIC -> true;
            case READ -> loopbackHost && request.peer().isLoopbackAddress();
            case CHANGE -> false;
        };
        if (!open && !isAdmin(request.bearer())) {
            throw new RefusedRequest(
                    request.bearer().isPresent() ? 403 : 401,
                    request.bearer().isPresent()
                            ? "the bearer token is not this control plane's"
                            : "this call needs \"Authorization: Bearer <token>\"; the token is in admin.token of the state directory");
        }
    }

    /** Whether the token is the admin token; takes the same time for every wrong one. */
    boolean isAdmin(Optional<String> bearer) {
        return bearer.isPresent()
                && MessageDigest.isEqual(adminToken, bearer.get().getBytes(StandardCharsets.UTF_8));
    }

    private static String hostName(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            boolean wellFormed = end > 0 && (end == host.length() - 1 || host.charAt(end + 1) == ':');
            return wellFormed ? host.substring(0, end + 1) : "";
        }
        int colon = host.indexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }

    private static boolean isLoopbackName(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "localhost", "127.0.0.1", "[::1]" -> true;
            default -> false;
        };
    }

    private static String printable(String host) {
        String shortened = host.length() > 100 ? host.substring(0, 100) + "…" : host;
        return shortened.replaceAll("[^\\x20-\\x7e…]", "?");
    }
}
