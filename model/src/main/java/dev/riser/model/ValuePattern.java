package dev.riser.model;

/**
 * A value in an AuthorizationPolicy: {@code *}, {@code prefix*}, {@code *suffix}, a path template with <code>{*}</code>
 * or <code>{**}</code>, or the value itself.
 */
public sealed interface ValuePattern {

    /** Reads a value where templates have no meaning. */
    static ValuePattern of(String text) {
        if (text.equals("*")) {
            return new Present();
        }
        if (text.endsWith("*")) {
            return new Prefix(text.substring(0, text.length() - 1));
        }
        if (text.startsWith("*")) {
            return new Suffix(text.substring(1));
        }
        return new Exact(text);
    }

    /** Reads an entry of {@code paths}, where templates are allowed. */
    static ValuePattern ofPath(String text) {
        return text.contains("{*}") || text.contains("{**}") ? new Template(text) : of(text);
    }

    /** Any value that is not empty. */
    record Present() implements ValuePattern {}

    /** The value itself. */
    record Exact(String value) implements ValuePattern {}

    /** The value's beginning. */
    record Prefix(String value) implements ValuePattern {}

    /** The value's end. */
    record Suffix(String value) implements ValuePattern {}

    /** A path in which <code>{*}</code> stands for one segment and <code>{**}</code> for any number. */
    record Template(String value) implements ValuePattern {}
}
