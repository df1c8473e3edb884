package dev.riser.model;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.riser.base.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A value in a document, with its path and line. Each method that asks for a type either gives the value or reports a
 * problem and gives nothing, so that a reader goes on and finds the next problem too.
 */
final class Field {
    private static final java.util.regex.Pattern NUMBER = java.util.regex.Pattern.compile(
            "[-+]?(0x[0-9a-fA-F]+|0o[0-7]+|(\\d[\\d_]*\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?)");
    private static final java.util.regex.Pattern WHOLE = java.util.regex.Pattern.compile("[-+]?\\d{1,18}");
    private static final int MAX_NUMBER = 64;
    /** More instructions than this would make one match too dear; long before, nobody can read the expression. */
    private static final int MAX_REGEX_PROGRAM = 10_000;

    private final Reading reading;
    private final String path;
    private final Node node;
    private final int line;

    Field(Reading reading, String path, Node node, int line) {
        this.reading = reading;
        this.path = path;
        this.node = node;
        this.line = line;
    }

    int line() {
        return line;
    }

    String path() {
        return path;
    }

    Node node() {
        return node;
    }

    Reading reading() {
        return reading;
    }

    /** The value in a few words, for a problem. */
    String found() {
        return switch (node) {
            case ScalarNode scalar -> {
                String value = scalar.getValue();
                String text = value.length() > 60 ? value.substring(0, 60) + "…" : value;
                yield scalar.isPlain() ? (text.isEmpty() ? "nothing" : text) : '"' + text + '"';
            }
            case SequenceNode list -> list.getValue().isEmpty() ? "an empty list" : "a list";
            case MappingNode mapping -> mapping.getValue().isEmpty() ? "an empty mapping" : "a mapping";
            default -> "a value";
        };
    }

    void reject(String message, String allowed, String suggestion) {
        reading.reject(path, line, found(), allowed, message, suggestion);
    }

    void note(String message, String suggestion) {
        reading.note(path, line, found(), "", message, suggestion);
    }

    /** Whether there is no value: {@code null}, {@code ~} or nothing at all, which Kubernetes takes as not written. */
    static boolean isAbsent(Node node) {
        return node instanceof ScalarNode scalar
                && scalar.isPlain()
                && switch (scalar.getValue()) {
                    case "", "~", "null", "Null", "NULL" -> true;
                    default -> false;
                };
    }

    boolean isMapping() {
        return node instanceof MappingNode;
    }

    Optional<Fields> mapping() {
        if (node instanceof MappingNode mapping) {
            return Optional.of(new Fields(this, mapping));
        }
        wrongType("a mapping");
        return Optional.empty();
    }

    List<Field> items() {
        if (!(node instanceof SequenceNode list)) {
            wrongType("a list");
            return List.of();
        }
        List<Field> items = new ArrayList<>();
        for (Node item : list.getValue()) {
            items.add(new Field(reading, path + "[" + items.size() + "]", item, reading.line(item)));
        }
        return items;
    }

    /** The items, each read by the function; what could not be read is left out and has been reported. */
    <T> List<T> list(Function<Field, Optional<T>> read) {
        List<T> values = new ArrayList<>();
        for (Field item : items()) {
            read.apply(item).ifPresent(values::add);
        }
        return values;
    }

    List<String> texts() {
        return list(Field::nonEmptyText);
    }

    /** The entries of a mapping whose keys are the user's own. */
    Map<String, Field> entries() {
        if (!(node instanceof MappingNode mapping)) {
            wrongType("a mapping");
            return Map.of();
        }
        Map<String, Field> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key) {
                entries.put(
                        key.getValue(),
                        new Field(
                                reading,
                                path + "[" + key.getValue() + "]",
                                tuple.getValueNode(),
                                reading.line(tuple.getKeyNode())));
            }
        }
        return entries;
    }

    Map<String, String> textMap() {
        Map<String, String> texts = new LinkedHashMap<>();
        entries().forEach((key, value) -> value.text().ifPresent(text -> texts.put(key, text)));
        return texts;
    }

    Map<String, String> labels() {
        Map<String, String> labels = textMap();
        entries().forEach((key, value) -> {
            if (!Names.isLabelKey(key)) {
                value.reject(
                        "the label's name is not valid",
                        "letters, digits, '-', '_', '.', at most 63, after an optional DNS name and '/'",
                        "");
            } else if (!Names.isLabelValue(labels.getOrDefault(key, ""))) {
                value.reject(
                        "the label's value is not valid",
                        "at most 63 letters, digits, '-', '_', '.', with a letter or digit at both ends",
                        "");
            }
        });
        return labels;
    }

    Optional<String> text() {
        if (!(node instanceof ScalarNode scalar)) {
            wrongType("a text");
            return Optional.empty();
        }
        if (scalar.isPlain() && (isNumber(scalar) || isTruth(scalar) || isAbsent(scalar))) {
            reject(
                    "the value is not a text",
                    "a text",
                    isAbsent(scalar) ? "" : "put it in quotes: \"" + scalar.getValue() + "\"");
            return Optional.empty();
        }
        return Optional.of(scalar.getValue());
    }

    Optional<String> nonEmptyText() {
        Optional<String> text = text();
        if (text.isPresent() && text.get().isEmpty()) {
            reject("the value is empty", "a text", "");
            return Optional.empty();
        }
        return text;
    }

    /** A text that a person may also have written as a plain number. */
    Optional<String> textOrNumber() {
        return node instanceof ScalarNode scalar && scalar.isPlain() && isNumber(scalar)
                ? Optional.of(scalar.getValue())
                : text();
    }

    boolean isPlainNumber() {
        return node instanceof ScalarNode scalar && scalar.isPlain() && isNumber(scalar);
    }

    OptionalInt integer(int least, int most) {
        String allowed = most == Integer.MAX_VALUE
                ? "a whole number, " + least + " or more"
                : "a whole number from " + least + " to " + most;
        if (!(node instanceof ScalarNode scalar)
                || !scalar.isPlain()
                || !WHOLE.matcher(scalar.getValue()).matches()) {
            boolean quoted = node instanceof ScalarNode scalarNode
                    && !scalarNode.isPlain()
                    && WHOLE.matcher(scalarNode.getValue()).matches();
            reject("the value is not a whole number", allowed, quoted ? "take the quotes away" : "");
            return OptionalInt.empty();
        }
        long value = Long.parseLong(scalar.getValue());
        if (value < least || value > most) {
            reject(value < 0 && least >= 0 ? "the value is negative" : "the value is out of range", allowed, "");
            return OptionalInt.empty();
        }
        return OptionalInt.of((int) value);
    }

    OptionalInt port() {
        return integer(1, 65535);
    }

    OptionalDouble number(double least, double most) {
        String allowed = "a number from " + plain(least) + " to " + plain(most);
        if (!(node instanceof ScalarNode scalar) || !scalar.isPlain() || !isNumber(scalar)) {
            reject("the value is not a number", allowed, "");
            return OptionalDouble.empty();
        }
        double value;
        try {
            value = Double.parseDouble(scalar.getValue());
        } catch (NumberFormatException notANumber) {
            reject("the value is not a number", allowed, "");
            return OptionalDouble.empty();
        }
        if (!(value >= least && value <= most)) {
            reject("the value is out of range", allowed, "");
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(value);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    Optional<Boolean> truth() {
        if (node instanceof ScalarNode scalar && scalar.isPlain()) {
            // YAML 1.1, which kubectl reads, has more words for it than 1.2.
            switch (scalar.getValue().toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> {
                    return Optional.of(true);
                }
                case "false", "no", "off" -> {
                    return Optional.of(false);
                }
                default -> {}
            }
        }
        wrongType("true or false");
        return Optional.empty();
    }

    /** A duration of at least the given length. */
    Optional<Duration> duration(Duration least) {
        String allowed =
                "a duration such as 500ms, 2s or 1m30s" + (least.isZero() ? "" : ", at least " + Durations.text(least));
        Optional<String> text = textOrNumber();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Duration> duration = Durations.parse(text.get());
        if (duration.isEmpty()) {
            reject("the value is not a duration", allowed, isPlainNumber() ? "add a unit: " + text.get() + "s" : "");
            return Optional.empty();
        }
        if (duration.get().compareTo(least) < 0) {
            reject(duration.get().isNegative() ? "the duration is negative" : "the duration is too short", allowed, "");
            return Optional.empty();
        }
        return duration;
    }

    <E> Optional<E> choice(Map<String, E> choices) {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        E choice = choices.get(text.get());
        if (choice == null) {
            reject(
                    "the value is not known",
                    String.join(", ", choices.keySet()),
                    Spelling.closest(text.get(), choices.keySet())
                            .map(near -> "did you mean " + near + "?")
                            .orElse(""));
        }
        return Optional.ofNullable(choice);
    }

    Optional<IpBlock> ipBlock() {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(IpBlock.parse(text.get()));
        } catch (IllegalArgumentException notABlock) {
            reject(
                    "the value is not an address or block",
                    "an address such as 10.1.2.3 or a block such as 10.0.0.0/8",
                    "");
            return Optional.empty();
        }
    }

    Optional<String> address() {
        Optional<String> text = text();
        if (text.isPresent()) {
            try {
                return Optional.of(IpBlock.literal(text.get()).getHostAddress());
            } catch (IllegalArgumentException notAnAddress) {
                reject("the value is not an address", "an IPv4 or IPv6 address", "");
            }
        }
        return Optional.empty();
    }

    /** A host name; wildcards only where the caller allows them. */
    Optional<String> host(Wildcards wildcards) {
        Optional<String> text = nonEmptyText();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String host = text.get();
        boolean wild = host.startsWith("*");
        if (wild && wildcards == Wildcards.REFUSED) {
            reject("a wildcard cannot stand here", "one host name", "");
            return Optional.empty();
        }
        if (!Names.isHost(host)) {
            reject(
                    "the value is not a host name",
                    "a DNS name such as reviews, reviews.prod.svc.cluster.local"
                            + (wildcards == Wildcards.ALLOWED ? " or *.example.com" : ""),
                    host.contains("://")
                            ? "leave the scheme out"
                            : host.contains("/") ? "a namespace before '/' cannot stand here" : "");
            return Optional.empty();
        }
        return Optional.of(host);
    }

    enum Wildcards {
        ALLOWED,
        REFUSED
    }

    Optional<Pattern> regex() {
        Optional<String> text = text();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String expression = text.get();
        if (expression.length() > reading.limits().maxRegexLength()) {
            reject(
                    "the regular expression is longer than " + reading.limits().maxRegexLength() + " characters",
                    "at most " + reading.limits().maxRegexLength() + " characters",
                    "");
            return Optional.empty();
        }
        if (RegexSize.estimate(expression) > MAX_REGEX_PROGRAM) {
            reject("the regular expression is too large once its repeats are written out", "", "use smaller counts");
            return Optional.empty();
        }
        try {
            Pattern pattern = Pattern.compile(expression);
            return Optional.of(pattern);
        } catch (PatternSyntaxException broken) {
            String reason = broken.getDescription();
            boolean foreign = expression.contains("(?=")
                    || expression.contains("(?!")
                    || expression.contains("(?<")
                    || expression.matches(".*\\\\[1-9].*");
            reject(
                    "the regular expression cannot be compiled: " + reason,
                    "RE2 syntax",
                    foreign ? "RE2 has neither look-around nor back-references" : "");
            return Optional.empty();
        }
    }

    void wrongType(String wanted) {
        reject("the value has the wrong type", wanted, "");
    }

    private static boolean isNumber(ScalarNode scalar) {
        // A number has an end; without this bound the expression would backtrack over megabytes of digits.
        return scalar.getValue().length() <= MAX_NUMBER
                && NUMBER.matcher(scalar.getValue()).matches();
    }

    private static boolean isTruth(ScalarNode scalar) {
        return switch (scalar.getValue()) {
            case "true", "True", "TRUE", "false", "False", "FALSE" -> true;
            default -> false;
        };
    }
}
