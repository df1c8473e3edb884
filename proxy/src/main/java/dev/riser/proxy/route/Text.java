package dev.riser.proxy.route;

import io.netty.util.AsciiString;

/** Comparisons on character sequences that allocate nothing. */
final class Text {
    private Text() {}

    static boolean regionMatches(CharSequence text, int from, String value, boolean ignoreCase) {
        int length = value.length();
        if (from < 0 || text.length() - from < length) {
            return false;
        }
        if (ignoreCase) {
            return AsciiString.regionMatchesAscii(text, true, from, value, 0, length);
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(from + i) != value.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int indexOf(CharSequence text, char wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) == wanted) {
                return i;
            }
        }
        return -1;
    }

    /** Where the path ends: at the query, at the fragment, or with the text. */
    static int endOfPath(CharSequence path) {
        int length = path.length();
        for (int i = 0; i < length; i++) {
            char c = path.charAt(i);
            if (c == '?' || c == '#') {
                return i;
            }
        }
        return length;
    }
}
