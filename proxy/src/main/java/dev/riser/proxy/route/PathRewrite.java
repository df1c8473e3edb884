package dev.riser.proxy.route;

import com.google.re2j.Pattern;

/** What becomes of the path on its way to the upstream. The query is kept. */
public sealed interface PathRewrite {
    /** The path stays. */
    record Keep() implements PathRewrite {
        /** The one instance. */
        public static final Keep INSTANCE = new Keep();
    }

    /** The part that the route matched is replaced. */
    record ReplacePrefix(String replacement) implements PathRewrite {}

    /** Every match of an RE2 expression is replaced; the substitution is in RE2/J's syntax ({@code $1}). */
    record ReplaceRegex(Pattern pattern, String substitution) implements PathRewrite {}

    /**
     * The path to send.
     *
     * @param match the path match of the route that took the request
     * @param path the path with its query
     * @return the same object where nothing changes
     */
    default CharSequence apply(PathMatch match, CharSequence path) {
        return switch (this) {
            case Keep keep -> path;
            case ReplacePrefix(String replacement) -> {
                int matched = match.matchedLength(Text.endOfPath(path));
                yield replacement + path.subSequence(matched, path.length());
            }
            case ReplaceRegex(Pattern pattern, String substitution) -> {
                int end = Text.endOfPath(path);
                String replaced = pattern.matcher(path.subSequence(0, end)).replaceAll(substitution);
                yield end == path.length() ? replaced : replaced + path.subSequence(end, path.length());
            }
        };
    }
}
