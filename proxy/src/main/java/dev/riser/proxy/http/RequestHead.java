package dev.riser.proxy.http;

import dev.riser.proxy.route.RequestView;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request in the form of HTTP/2 (RFC 9113 section 8.3.1), whatever it arrived as. The host is in
 * {@link #authority()}, never among the header fields. Confined to the event loop of its stream.
 */
public final class RequestHead implements RequestView {
    private final AsciiString method;
    private AsciiString scheme;
    private AsciiString authority;
    private AsciiString path;
    private final HeaderBlock headers;
    private final HttpVersion version;

    public RequestHead(
            AsciiString method,
            AsciiString scheme,
            AsciiString authority,
            AsciiString path,
            HeaderBlock headers,
            HttpVersion version) {
        this.method = method;
        this.scheme = scheme;
        this.authority = authority;
        this.path = path;
        this.headers = headers;
        this.version = version;
    }

    @Override
    public AsciiString method() {
        return method;
    }

    @Override
    public AsciiString scheme() {
        return scheme;
    }

    @Override
    public AsciiString authority() {
        return authority;
    }

    @Override
    public AsciiString path() {
        return path;
    }

    public void scheme(CharSequence value) {
        scheme = AsciiString.of(value);
    }

    public void authority(CharSequence value) {
        authority = AsciiString.of(value);
    }

    public void path(CharSequence value) {
        path = AsciiString.of(value);
    }

    public HeaderBlock headers() {
        return headers;
    }

    /** Version the request arrived in. */
    public HttpVersion version() {
        return version;
    }

    @Override
    public @Nullable CharSequence header(AsciiString lowerCaseName) {
        return headers.get(lowerCaseName);
    }

    /** A copy with its own header fields, for another attempt or a mirror. */
    public RequestHead copy() {
        return new RequestHead(method, scheme, authority, path, headers.copy(), version);
    }

    /** True for a gRPC call: content type {@code application/grpc} or with a suffix (gRPC over HTTP/2). */
    public boolean isGrpc() {
        AsciiString type = headers.first(HeaderNames.CONTENT_TYPE);
        return type != null
                && type.startsWith("application/grpc")
                && (type.length() == 16 || type.charAt(16) == '+' || type.charAt(16) == ';');
    }

    /** Protocol asked for by {@code upgrade}, null when none; only HTTP/1.1 has it (RFC 9110 section 7.8). */
    public @Nullable AsciiString upgrade() {
        if (version != HttpVersion.HTTP_1_1) {
            return null;
        }
        AsciiString connection = headers.first(HeaderNames.CONNECTION);
        if (connection == null || !AsciiString.containsIgnoreCase(connection, "upgrade")) {
            return null;
        }
        return headers.first(HeaderNames.UPGRADE);
    }
}
