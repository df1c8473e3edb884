package dev.riser.control.api;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The dashboard's files, from the folder {@code dashboard/} of the class path. Only what the page consists of is served. */
final class DashboardFiles {
    private static final String FOLDER = "dashboard";

    /** Plain names in plain folders: no step upward, nothing hidden, nothing encoded twice. */
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9][A-Za-z0-9._-]*){1,8}");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "mjs", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "ico", "image/x-icon",
            "json", "application/json",
            "woff2", "font/woff2");

    private static final Map<String, String> HEADERS = Map.of(
            "content-security-policy",
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "cache-control",
            "no-cache");

    private record File(String type, byte[] content, String tag) {}

    private final ClassLoader loader;
    private final Map<String, File> files = new ConcurrentHashMap<>();

    DashboardFiles(ClassLoader loader) {
        this.loader = loader;
    }

    /** The file of that path, empty where there is none. */
    Optional<HttpAnswer> answer(HttpRequest request) throws IOException {
        String path = request.path().equals("/") ? "/index.html" : request.path();
        Optional<File> file = file(path);
        return file.map(found -> {
            HttpAnswer answer = request.ifNoneMatch().equals(found.tag())
                    ? HttpAnswer.of(304, found.type(), new byte[0], HEADERS)
                    : HttpAnswer.of(200, found.type(), found.content(), HEADERS);
            return answer.with("etag", found.tag());
        });
    }

    private Optional<File> file(String path) throws IOException {
        File known = files.get(path);
        if (known != null) {
            return Optional.of(known);
        }
        String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        if (type == null || !PATH.matcher(path).matches()) {
            return Optional.empty();
        }
        try (InputStream stream = loader.getResourceAsStream(FOLDER + path)) {
            if (stream == null) {
                return Optional.empty();
            }
            byte[] content = stream.readAllBytes();
            File file = new File(type, content, tag(content));
            files.put(path, file);
            return Optional.of(file);
        }
    }

    private static String tag(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java platform has SHA-256", absent);
        }
    }
}
