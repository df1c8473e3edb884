package dev.riser.proxy.http;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What a head must be like before the walk may see it (RFC 9112, RFC 9113 section 8.2), and the fields that end at each
 * hop. Pure; callable on any thread.
 */
public final class HeadRules {
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");

    /** tchar of RFC 9110 section 5.6.2 by byte, upper case included because HTTP/1 heads are lower-cased before. */
    private static final boolean[] TOKEN = new boolean[256];

    static {
        for (char c = 0; c < TOKEN.length; c++) {
            TOKEN[c] = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }

    private HeadRules() {}

    /**
     * Says why a request head must be refused, null when it is in order. Applied after both codecs, so that a head is
     * held to the same rules whatever it arrived as.
     */
    public static @Nullable String refuse(RequestHead head) {
        if (head.method().isEmpty()) {
            return "method is missing";
        }
        if (head.authority().isEmpty() && head.version() != HttpVersion.HTTP_1_0) {
            return "host is missing";
        }
        if (!authorityIsClean(head.authority())) {
            return "host holds characters that no host has";
        }
        if (head.path().isEmpty()) {
            return "path is missing";
        }
        char first = head.path().charAt(0);
        if (first != '/'
                && !(first == '*' && head.path().length() == 1 && head.method().contentEquals("OPTIONS"))) {
            return "path does not begin with /";
        }
        for (int i = 0; i < head.path().length(); i++) {
            char c = head.path().charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return "path holds a character that must be percent-encoded";
            }
        }
        return refuseFields(head.headers());
    }

    /** Says why header or trailer fields must be refused, null when they are in order. */
    public static @Nullable String refuseFields(HeaderBlock headers) {
        for (int i = 0; i < headers.size(); i++) {
            AsciiString name = headers.name(i);
            if (name.isEmpty()) {
                return "a field name is empty";
            }
            // the arrays themselves: these two loops see every byte of every head twice on its way through a pair
            byte[] bytes = name.array();
            int end = name.arrayOffset() + name.length();
            for (int k = name.arrayOffset(); k < end; k++) {
                if (!TOKEN[bytes[k] & 0xff]) {
                    return "a field name holds a character that is not of a token";
                }
            }
            AsciiString value = headers.value(i);
            bytes = value.array();
            end = value.arrayOffset() + value.length();
            for (int k = value.arrayOffset(); k < end; k++) {
                byte c = bytes[k];
                if (c <= '\r' && (c == '\r' || c == '\n' || c == 0)) {
                    return "a field value holds a line end or a NUL";
                }
            }
        }
        return null;
    }

    private static boolean authorityIsClean(AsciiString authority) {
        for (int i = 0; i < authority.length(); i++) {
            char c = authority.charAt(i);
            boolean allowed = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || "-._~:[]!$&'()*+,;=%".indexOf(c) >= 0;
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    /**
     * Removes the fields that are meant for one hop only (RFC 9110 section 7.6.1), those that {@code connection} names
     * included. {@code host} and fields of the mesh cannot be removed that way. {@code te: trailers} stays.
     *
     * @param keepUpgrade whether {@code connection: upgrade} and {@code upgrade} are to pass
     */
    public static void stripHopByHop(HeaderBlock headers, boolean keepUpgrade) {
        AsciiString upgrade = keepUpgrade ? headers.first(HeaderNames.UPGRADE) : null;
        CharSequence connection = headers.get(HeaderNames.CONNECTION);
        if (connection != null) {
            for (String named : connection.toString().split(",")) {
                AsciiString name = AsciiString.of(named.trim()).toLowerCase();
                if (!name.isEmpty() && !isProtected(name)) {
                    headers.remove(name);
                }
            }
            headers.remove(HeaderNames.CONNECTION);
        }
        headers.remove(HeaderNames.KEEP_ALIVE);
        headers.remove(HeaderNames.PROXY_CONNECTION);
        headers.remove(HeaderNames.TRANSFER_ENCODING);
        headers.remove(HeaderNames.UPGRADE);
        headers.remove(HeaderNames.HTTP2_SETTINGS);
        AsciiString te = headers.first(HeaderNames.TE);
        if (te != null && !te.contentEqualsIgnoreCase(TRAILERS)) {
            boolean trailers = AsciiString.containsIgnoreCase(te, TRAILERS);
            headers.remove(HeaderNames.TE);
            if (trailers) {
                headers.append(HeaderNames.TE, TRAILERS);
            }
        }
        if (upgrade != null) {
            headers.append(HeaderNames.CONNECTION, HeaderNames.UPGRADE);
            headers.append(HeaderNames.UPGRADE, upgrade);
        }
    }

    /** Fields that a client must not be able to have removed on the way by naming them in {@code connection}. */
    private static boolean isProtected(AsciiString name) {
        return name.equals(HeaderNames.HOST)
                || name.equals(HeaderNames.CONTENT_LENGTH)
                || name.startsWith("x-riser-")
                || name.startsWith("x-envoy-")
                || name.startsWith("x-forwarded-")
                || name.contentEquals("authorization")
                || name.equals(HeaderNames.X_REQUEST_ID)
                || name.contentEquals("traceparent");
    }

    /** Whether the length fields of a request say that a body follows. */
    static boolean hasBody(HeaderBlock headers) {
        if (headers.contains(HeaderNames.TRANSFER_ENCODING)) {
            return true;
        }
        AsciiString length = headers.first(HeaderNames.CONTENT_LENGTH);
        return length != null && !length.contentEquals("0");
    }
}
