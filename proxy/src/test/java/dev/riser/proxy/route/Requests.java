package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Requests for tests. */
public final class Requests {
    private Requests() {}

    /** A request without headers. */
    public static Fake get(String url) {
        int start = url.indexOf("://") + 3;
        int path = url.indexOf('/', start);
        return new Fake(
                "GET",
                url.substring(0, start - 3),
                url.substring(start, path < 0 ? url.length() : path),
                path < 0 ? "/" : url.substring(path),
                Map.of());
    }

    /** A request head. */
    public record Fake(String method, String scheme, String authority, String path, Map<String, String> headers)
            implements RequestView {
        /** With one more header. */
        public Fake with(String name, String value) {
            Map<String, String> more = new TreeMap<>(headers);
            more.put(name, value);
            return new Fake(method, scheme, authority, path, more);
        }

        /** With another method. */
        public Fake by(String otherMethod) {
            return new Fake(otherMethod, scheme, authority, path, headers);
        }

        @Override
        public @Nullable CharSequence header(AsciiString lowerCaseName) {
            return headers.get(lowerCaseName.toString());
        }
    }
}
