package dev.riser.proxy.route;

import org.jspecify.annotations.Nullable;

/**
 * Envoy's QueryParameterMatcher: the first parameter with this name, its value as it stands in the query (nothing is
 * decoded).
 *
 * @param name the parameter
 * @param value what its value must be; null where it need only be there
 * @param mustBePresent whether it must be there or, where {@code value} is null and this is false, must not
 */
public record QueryMatch(String name, @Nullable StringMatch value, boolean mustBePresent) {

    /** Whether the query of this path satisfies the rule. */
    public boolean matches(CharSequence path) {
        int fragment = Text.indexOf(path, '#', 0, path.length());
        int length = fragment < 0 ? path.length() : fragment;
        int at = Text.indexOf(path, '?', 0, length) + 1;
        while (at > 0 && at <= length) {
            int end = Text.indexOf(path, '&', at, length);
            int next = end < 0 ? length : end;
            int equals = Text.indexOf(path, '=', at, next);
            int nameEnd = equals < 0 ? next : equals;
            if (isName(path, at, nameEnd)) {
                if (value != null) {
                    int valueStart = equals < 0 ? next : equals + 1;
                    return value.matches(path, valueStart, next);
                }
                return mustBePresent;
            }
            at = end < 0 ? 0 : end + 1;
        }
        return value == null && !mustBePresent;
    }

    private boolean isName(CharSequence text, int from, int to) {
        if (to - from != name.length() || name.isEmpty()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (text.charAt(from + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
