package dev.riser.proxy.route;

import com.google.re2j.Pattern;

/** How a route matches the path, without query and fragment. */
public sealed interface PathMatch {
    /** The whole path. */
    record Exact(String path, boolean ignoreCase) implements PathMatch {}

    /** The start of the path; {@code "/"} matches all. */
    record Prefix(String prefix, boolean ignoreCase) implements PathMatch {}

    /** The start of the path, followed by its end or by {@code "/"}. The prefix has no {@code "/"} at its end. */
    record Segments(String prefix, boolean ignoreCase) implements PathMatch {}

    /** The whole path matches an RE2 expression. */
    record Regex(Pattern pattern) implements PathMatch {}

    /**
     * Whether this path matches.
     *
     * @param path the path with its query
     * @param end where the path ends and the query or the fragment starts
     */
    default boolean matches(CharSequence path, int end) {
        return switch (this) {
            case Exact(String exact, boolean ignoreCase) ->
                end == exact.length() && Text.regionMatches(path, 0, exact, ignoreCase);
            case Prefix(String prefix, boolean ignoreCase) ->
                end >= prefix.length() && Text.regionMatches(path, 0, prefix, ignoreCase);
            case Segments(String prefix, boolean ignoreCase) ->
                end >= prefix.length()
                        && Text.regionMatches(path, 0, prefix, ignoreCase)
                        && (end == prefix.length() || path.charAt(prefix.length()) == '/');
            case Regex(Pattern pattern) ->
                pattern.matcher(end == path.length() ? path : path.subSequence(0, end))
                        .matches();
        };
    }

    /**
     * How much of a matching path a prefix rewrite replaces.
     *
     * @param end where the path ends and the query starts
     */
    default int matchedLength(int end) {
        return switch (this) {
            case Exact exact -> end;
            case Prefix(String prefix, boolean ignoreCase) -> prefix.length();
            case Segments(String prefix, boolean ignoreCase) -> prefix.length();
            case Regex regex -> end;
        };
    }
}
