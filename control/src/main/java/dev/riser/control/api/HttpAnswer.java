package dev.riser.control.api;

import dev.riser.base.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is sent back.
 *
 * @param headers beside length and connection
 */
record HttpAnswer(int status, Map<String, String> headers, byte[] body) {
    private static final String CACHE_CONTROL = "cache-control";

    /** The body of every failure. */
    record Failure(String error, List<Problem> problems) {}

    static HttpAnswer json(int status, Object value) {
        return new HttpAnswer(
                status, Map.of("content-type", "application/json", CACHE_CONTROL, "no-store"), Json.bytes(value));
    }

    static HttpAnswer failure(int status, String error) {
        return json(status, new Failure(error, List.of()));
    }

    static HttpAnswer of(int status, String contentType, byte[] body, Map<String, String> more) {
        Map<String, String> headers = new LinkedHashMap<>(more);
        headers.put("content-type", contentType);
        return new HttpAnswer(status, headers, body);
    }

    HttpAnswer with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new HttpAnswer(status, more, body);
    }
}
