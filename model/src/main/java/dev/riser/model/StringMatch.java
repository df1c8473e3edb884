package dev.riser.model;

import com.google.re2j.Pattern;

/** A condition on a string, as in Istio's {@code StringMatch}. */
public sealed interface StringMatch {

    /** Whether the value satisfies the condition. Case matters. */
    boolean matches(String value);

    /** The whole value. */
    record Exact(String value) implements StringMatch {
        @Override
        public boolean matches(String candidate) {
            return candidate.equals(value);
        }
    }

    /** The value's beginning. */
    record Prefix(String value) implements StringMatch {
        @Override
        public boolean matches(String candidate) {
            return candidate.startsWith(value);
        }
    }

    /**
     * A regular expression in RE2's syntax that the whole value must match.
     *
     * @param value the expression as written
     */
    record Regex(String value, Pattern pattern) implements StringMatch {
        @Override
        public boolean matches(String candidate) {
            return pattern.matches(candidate);
        }
    }

    /** Any value, as long as there is one: {@code {}} in the map of headers or of query parameters. */
    record Present() implements StringMatch {
        @Override
        public boolean matches(String candidate) {
            return true;
        }
    }
}
