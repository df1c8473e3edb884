package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's HeaderMatcher. A header that is absent matches no value condition, inverted or not, unless {@code
 * missingIsEmpty}: then it counts as an empty value.
 *
 * @param name the header
 * @param condition what its value must be
 * @param invert whether the answer of the condition is turned round
 * @param missingIsEmpty whether an absent header is an empty value
 */
public record HeaderMatch(HeaderName name, Condition condition, boolean invert, boolean missingIsEmpty) {

    /** What a header's value must be. */
    public sealed interface Condition {}

    /** The header is there ({@code present}) or is not. */
    public record Presence(boolean present) implements Condition {}

    /** The value, several values joined by {@code ","}, matches. */
    public record Value(StringMatch match) implements Condition {}

    /** The value is a decimal whole number in {@code [start, end)}. */
    public record Range(long start, long end) implements Condition {}

    /** Which header: an ordinary one, or one of the pseudo headers of HTTP/2 (which HTTP/1 requests have as well). */
    public sealed interface HeaderName {
        /** The ordinary header with this lower case name. */
        record Ordinary(AsciiString name) implements HeaderName {}

        /** A pseudo header. */
        enum Pseudo implements HeaderName {
            METHOD,
            AUTHORITY,
            PATH,
            SCHEME
        }

        /** The name as written in configuration; {@code host} means {@code :authority}, as in Envoy. */
        static HeaderName of(String text) {
            AsciiString lower = AsciiString.cached(text).toLowerCase();
            return switch (lower.toString()) {
                case ":method" -> Pseudo.METHOD;
                case ":authority", "host" -> Pseudo.AUTHORITY;
                case ":path" -> Pseudo.PATH;
                case ":scheme" -> Pseudo.SCHEME;
                case String other -> new Ordinary(AsciiString.cached(other));
            };
        }

        /** The header's value in this request, null where absent. An empty authority counts as absent. */
        default @Nullable CharSequence value(RequestView request) {
            return switch (this) {
                case Ordinary(AsciiString name) -> request.header(name);
                case Pseudo.METHOD -> request.method();
                case Pseudo.AUTHORITY -> request.authority().isEmpty() ? null : request.authority();
                case Pseudo.PATH -> request.path();
                case Pseudo.SCHEME -> request.scheme();
            };
        }
    }

    /** Whether this request satisfies the rule. */
    public boolean matches(RequestView request) {
        CharSequence value = name.value(request);
        if (condition instanceof Presence(boolean present)) {
            boolean there = value != null || missingIsEmpty;
            return (there == present) != invert;
        }
        if (value == null) {
            if (!missingIsEmpty) {
                return false;
            }
            value = "";
        }
        boolean matched = switch (condition) {
            case Value(StringMatch match) -> match.matches(value);
            case Range(long start, long end) -> inRange(value, start, end);
            case Presence presence -> presence.present();
        };
        return matched != invert;
    }

    private static boolean inRange(CharSequence text, long start, long end) {
        int length = text.length();
        int at = 0;
        boolean negative = false;
        if (length > 0 && (text.charAt(0) == '-' || text.charAt(0) == '+')) {
            negative = text.charAt(0) == '-';
            at = 1;
        }
        if (at == length) {
            return false;
        }
        long number = 0;
        for (; at < length; at++) {
            int digit = text.charAt(at) - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            if (number < (Long.MIN_VALUE + digit) / 10) {
                return false;
            }
            number = number * 10 - digit;
        }
        if (!negative) {
            if (number == Long.MIN_VALUE) {
                return false;
            }
            number = -number;
        }
        return number >= start && number < end;
    }
}
