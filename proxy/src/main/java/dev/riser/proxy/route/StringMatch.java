package dev.riser.proxy.route;

import com.google.re2j.Pattern;
import io.netty.util.AsciiString;

/**
 * Envoy's StringMatcher. Matching allocates nothing, except for regular expressions. Case folding is of ASCII letters,
 * as Envoy's.
 */
public sealed interface StringMatch {
    /** Whether the characters from {@code from} (inclusive) to {@code to} (exclusive) match. */
    boolean matches(CharSequence text, int from, int to);

    /** Whether the whole text matches. */
    default boolean matches(CharSequence text) {
        return matches(text, 0, text.length());
    }

    /** The whole text is the value. */
    record Exact(String value, boolean ignoreCase) implements StringMatch {
        @Override
        public boolean matches(CharSequence text, int from, int to) {
            return to - from == value.length() && region(text, from, value, ignoreCase);
        }
    }

    /** The text starts with the value. */
    record Prefix(String value, boolean ignoreCase) implements StringMatch {
        @Override
        public boolean matches(CharSequence text, int from, int to) {
            return to - from >= value.length() && region(text, from, value, ignoreCase);
        }
    }

    /** The text ends with the value. */
    record Suffix(String value, boolean ignoreCase) implements StringMatch {
        @Override
        public boolean matches(CharSequence text, int from, int to) {
            return to - from >= value.length() && region(text, to - value.length(), value, ignoreCase);
        }
    }

    /** The value is somewhere in the text. */
    record Contains(String value, boolean ignoreCase) implements StringMatch {
        @Override
        public boolean matches(CharSequence text, int from, int to) {
            for (int at = from; at <= to - value.length(); at++) {
                if (region(text, at, value, ignoreCase)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The whole text matches an RE2 expression. The expression was compiled with the configuration. */
    record Regex(Pattern pattern) implements StringMatch {
        @Override
        public boolean matches(CharSequence text, int from, int to) {
            CharSequence part = from == 0 && to == text.length() ? text : text.subSequence(from, to);
            return pattern.matcher(part).matches();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Regex(Pattern that)
                    && that.pattern().equals(pattern.pattern())
                    && that.flags() == pattern.flags();
        }

        @Override
        public int hashCode() {
            return pattern.pattern().hashCode();
        }
    }

    private static boolean region(CharSequence text, int from, String value, boolean ignoreCase) {
        int length = value.length();
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
}
