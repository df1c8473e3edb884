package dev.riser.proxy.route;

import org.jspecify.annotations.Nullable;

/**
 * How a request's path is brought into one form before anything matches it, so that no rule can be evaded by writing a
 * path differently. Rules of Envoy: escaped slashes first, then RFC 3986 dot segments and unreserved characters, then
 * slashes merged. The query is never touched.
 *
 * @param normalize whether dot segments are resolved, back slashes turned and unreserved characters unescaped
 * @param mergeSlashes whether neighbouring slashes become one
 * @param escapedSlashes what is done about {@code %2F} and {@code %5C}
 */
public record PathRules(boolean normalize, boolean mergeSlashes, EscapedSlashes escapedSlashes) {
    /** Paths stay as they are. */
    public static final PathRules KEEP = new PathRules(false, false, EscapedSlashes.KEEP_UNCHANGED);

    /** What is done about {@code %2F} and {@code %5C}. */
    public enum EscapedSlashes {
        KEEP_UNCHANGED,
        REJECT_REQUEST,
        UNESCAPE_AND_REDIRECT,
        UNESCAPE_AND_FORWARD
    }

    /** The outcome. */
    public sealed interface Result {}

    /** Outcomes without a path. */
    public enum Verdict implements Result {
        /** The path is in the one form already. */
        UNCHANGED,
        /** 400: a path that has no safe reading. */
        REJECTED
    }

    /** Match and forward this path instead. */
    public record Changed(String path) implements Result {}

    /** Answer 307 to this path. */
    public record RedirectTo(String path) implements Result {}

    /**
     * Brings a path into the one form.
     *
     * @param path the path with its query; only paths that start with a slash are changed
     */
    public Result apply(CharSequence path) {
        int length = path.length();
        int end = length;
        boolean suspicious = false;
        char previous = 0;
        for (int i = 0; i < length; i++) {
            char c = path.charAt(i);
            if (c == '?') {
                end = i;
                break;
            }
            if (c == '#') {
                return Verdict.REJECTED;
            }
            if (c == '%' || c == '\\' || (previous == '/' && (c == '/' || c == '.'))) {
                suspicious = true;
            }
            previous = c;
        }
        for (int i = end; i < length; i++) {
            if (path.charAt(i) == '#') {
                return Verdict.REJECTED;
            }
        }
        if (!suspicious || length == 0 || path.charAt(0) != '/') {
            return Verdict.UNCHANGED;
        }
        return rewrite(path, end);
    }

    private Result rewrite(CharSequence path, int end) {
        String before = path.subSequence(0, end).toString();
        String current = before;
        boolean unescaped = false;
        if (escapedSlashes != EscapedSlashes.KEEP_UNCHANGED) {
            String slashed = unescapeSlashes(current);
            unescaped = !slashed.equals(current);
            if (unescaped && escapedSlashes == EscapedSlashes.REJECT_REQUEST) {
                return Verdict.REJECTED;
            }
            current = slashed;
        }
        if (normalize) {
            String normal = removeDotSegments(current);
            if (normal == null) {
                return Verdict.REJECTED;
            }
            current = normal;
        }
        if (mergeSlashes) {
            current = merge(current);
        }
        if (current.equals(before)) {
            return Verdict.UNCHANGED;
        }
        String whole = current + path.subSequence(end, path.length());
        return unescaped && escapedSlashes == EscapedSlashes.UNESCAPE_AND_REDIRECT
                ? new RedirectTo(whole)
                : new Changed(whole);
    }

    private static String unescapeSlashes(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            int escaped = escaped(path, i);
            if (escaped == '/' || escaped == '\\') {
                out.append((char) escaped);
                i += 2;
            } else {
                out.append(path.charAt(i));
            }
        }
        return out.toString();
    }

    /** Null where the path holds an escaped or raw NUL. */
    private static @Nullable String removeDotSegments(String path) {
        StringBuilder clean = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            int escaped = escaped(path, i);
            if (c == 0 || escaped == 0) {
                return null;
            }
            if (escaped > 0 && unreserved(escaped)) {
                clean.append((char) escaped);
                i += 2;
            } else {
                clean.append(c == '\\' ? '/' : c);
            }
        }
        StringBuilder out = new StringBuilder(clean.length());
        int at = 0;
        while (at < clean.length()) {
            int next = clean.indexOf("/", at + 1);
            int segmentEnd = next < 0 ? clean.length() : next;
            int segmentLength = segmentEnd - at - 1;
            boolean one = segmentLength == 1 && clean.charAt(at + 1) == '.';
            boolean two = segmentLength == 2 && clean.charAt(at + 1) == '.' && clean.charAt(at + 2) == '.';
            if (two) {
                int cut = out.lastIndexOf("/");
                out.setLength(Math.max(cut, 0));
            }
            if (one || two) {
                if (next < 0) {
                    out.append('/');
                }
            } else {
                out.append(clean, at, segmentEnd);
            }
            at = segmentEnd;
        }
        return out.isEmpty() ? "/" : out.toString();
    }

    private static String merge(String path) {
        StringBuilder out = new StringBuilder(path.length());
        char previous = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '/' || previous != '/') {
                out.append(c);
            }
            previous = c;
        }
        return out.toString();
    }

    private static int escaped(String text, int at) {
        if (text.charAt(at) != '%' || at + 2 >= text.length()) {
            return -1;
        }
        int high = Character.digit(text.charAt(at + 1), 16);
        int low = Character.digit(text.charAt(at + 2), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    private static boolean unreserved(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
