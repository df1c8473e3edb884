package dev.riser.proxy.route;

import dev.riser.proxy.route.HeaderMatch.HeaderName;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A text with Envoy's {@code %COMMAND(argument):length%} in it, compiled. {@code %%} is a percent sign. Evaluation never
 * fails; what is not known becomes nothing.
 */
public final class FormatText {
    private final String source;
    private final List<Part> parts;
    private final @Nullable String constant;

    private FormatText(String source, List<Part> parts) {
        this.source = source;
        this.parts = List.copyOf(parts);
        this.constant = constant(parts);
    }

    private sealed interface Part {}

    private record Literal(String text) implements Part {}

    private record Fact(FormatVariable variable, int limit) implements Part {}

    private record RequestHeader(HeaderName name, @Nullable HeaderName otherwise, int limit) implements Part {}

    private record ResponseHeader(
            AsciiString name, @Nullable AsciiString otherwise, int limit) implements Part {}

    /**
     * Compiles a format.
     *
     * @throws IllegalArgumentException with a message for the user, where a command is unknown or not closed
     */
    public static FormatText compile(String source) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int at = 0;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c != '%') {
                literal.append(c);
                at++;
                continue;
            }
            if (at + 1 < source.length() && source.charAt(at + 1) == '%') {
                literal.append('%');
                at += 2;
                continue;
            }
            int end = closing(source, at + 1);
            if (end < 0) {
                throw new IllegalArgumentException("a command that starts at character " + (at + 1)
                        + " is not closed by \"%\"; write \"%%\" for a percent sign");
            }
            if (!literal.isEmpty()) {
                parts.add(new Literal(literal.toString()));
                literal.setLength(0);
            }
            parts.add(command(source.substring(at + 1, end)));
            at = end + 1;
        }
        if (!literal.isEmpty() || parts.isEmpty()) {
            parts.add(new Literal(literal.toString()));
        }
        return new FormatText(source, parts);
    }

    /** A text without commands. */
    public static FormatText literal(String text) {
        return new FormatText(text, List.of(new Literal(text)));
    }

    private static int closing(String source, int from) {
        boolean inArgument = false;
        for (int i = from; i < source.length(); i++) {
            switch (source.charAt(i)) {
                case '(' -> inArgument = true;
                case ')' -> inArgument = false;
                case '%' -> {
                    if (!inArgument) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        return -1;
    }

    private static Part command(String text) {
        String name = text;
        String argument = null;
        int limit = -1;
        int open = text.indexOf('(');
        int close = text.lastIndexOf(')');
        String rest = text;
        if (open >= 0) {
            if (close < open) {
                throw new IllegalArgumentException("\"%" + text + "%\" has no closing parenthesis");
            }
            name = text.substring(0, open);
            argument = text.substring(open + 1, close);
            rest = text.substring(close + 1);
        } else {
            int colon = text.indexOf(':');
            if (colon >= 0) {
                name = text.substring(0, colon);
                rest = text.substring(colon);
            } else {
                rest = "";
            }
        }
        if (!rest.isEmpty()) {
            limit = limit(text, rest);
        }
        if (name.equals("REQ") || name.equals("RESP")) {
            if (argument == null || argument.isEmpty()) {
                throw new IllegalArgumentException("\"%" + text + "%\" names no header");
            }
            int question = argument.indexOf('?');
            String first = question < 0 ? argument : argument.substring(0, question);
            String second = question < 0 ? null : argument.substring(question + 1);
            return name.equals("REQ")
                    ? new RequestHeader(HeaderName.of(first), second == null ? null : HeaderName.of(second), limit)
                    : new ResponseHeader(lower(first), second == null ? null : lower(second), limit);
        }
        FormatVariable variable = FormatVariable.ofName(name);
        if (variable == null || argument != null) {
            throw new IllegalArgumentException("\"%" + text + "%\" is not a command that this proxy knows");
        }
        return new Fact(variable, limit);
    }

    private static int limit(String text, String rest) {
        if (rest.length() < 2 || rest.charAt(0) != ':') {
            throw new IllegalArgumentException("\"%" + text + "%\" has something unexpected behind the command");
        }
        try {
            return Integer.parseInt(rest.substring(1));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("the length in \"%" + text + "%\" is not a number", notANumber);
        }
    }

    private static AsciiString lower(String name) {
        return AsciiString.cached(name.toLowerCase(Locale.ROOT));
    }

    private static @Nullable String constant(List<Part> parts) {
        return parts.size() == 1 && parts.get(0) instanceof Literal(String text) ? text : null;
    }

    /** The text where it has no commands, else null. */
    public @Nullable String constant() {
        return constant;
    }

    /** The text with every command replaced by its value. */
    public String evaluate(FormatContext context) {
        if (constant != null) {
            return constant;
        }
        StringBuilder out = new StringBuilder();
        append(context, out, "");
        return out.toString();
    }

    /**
     * Appends the text.
     *
     * @param missing what stands for a value that is not known: empty in headers, {@code -} in access logs
     */
    public void append(FormatContext context, StringBuilder out, String missing) {
        for (int i = 0; i < parts.size(); i++) {
            switch (parts.get(i)) {
                case Literal(String text) -> out.append(text);
                case Fact(FormatVariable variable, int limit) -> append(context.value(variable), limit, out, missing);
                case RequestHeader(HeaderName name, HeaderName otherwise, int limit) -> {
                    CharSequence value = name.value(context.request());
                    if (value == null && otherwise != null) {
                        value = otherwise.value(context.request());
                    }
                    append(value, limit, out, missing);
                }
                case ResponseHeader(AsciiString name, AsciiString otherwise, int limit) -> {
                    CharSequence value = context.responseHeader(name);
                    if (value == null && otherwise != null) {
                        value = context.responseHeader(otherwise);
                    }
                    append(value, limit, out, missing);
                }
            }
        }
    }

    private static void append(@Nullable CharSequence value, int limit, StringBuilder out, String missing) {
        if (value == null) {
            out.append(missing);
        } else if (limit >= 0 && value.length() > limit) {
            out.append(value, 0, limit);
        } else {
            out.append(value);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FormatText that && that.source.equals(source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /** The format as it was configured. */
    @Override
    public String toString() {
        return source;
    }
}
