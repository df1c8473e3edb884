package dev.riser.control.api;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;

/**
 * A request as the handlers see it.
 *
 * @param method in upper case
 * @param path decoded, without the query
 * @param query decoded parameters; of several with one name the first
 * @param host the Host header, empty where absent
 * @param bearer the token of the Authorization header
 * @param body the body, at most as large as the server takes
 * @param ifNoneMatch the header of that name, empty where absent
 * @param peer who is at the other end of the connection
 */
record HttpRequest(
        String method,
        String path,
        Map<String, String> query,
        String host,
        Optional<String> bearer,
        byte[] body,
        String ifNoneMatch,
        InetAddress peer) {
    String parameter(String name) {
        return query.getOrDefault(name, "");
    }
}
