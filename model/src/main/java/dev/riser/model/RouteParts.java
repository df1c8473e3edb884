package dev.riser.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads what rules for requests, TLS and bytes have in common: targets, string conditions, header changes. */
final class RouteParts {
    /** The word in {@code gateways} that means every proxy of the mesh. */
    static final String MESH = "mesh";

    private RouteParts() {}

    static Optional<Destination> destination(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        Optional<String> host = fields.require("host").flatMap(value -> value.host(Field.Wildcards.REFUSED));
        Optional<String> subset = fields.take("subset").flatMap(Field::nonEmptyText);
        OptionalInt port = portNumber(fields);
        fields.close();
        return host.map(name -> new Destination(name, subset, port, field.line()));
    }

    /** Reads {@code port: {number: …}}. */
    static OptionalInt portNumber(Fields fields) {
        Optional<Fields> port = fields.mapping("port");
        if (port.isEmpty()) {
            return OptionalInt.empty();
        }
        Optional<Field> number = port.get().require("number");
        OptionalInt value = number.isPresent() ? number.get().port() : OptionalInt.empty();
        port.get().close();
        return value;
    }

    /**
     * Reads the list {@code route} and checks its weights: a target without weight gets nothing beside others, and
     * everything when it is alone.
     */
    static List<WeightedDestination> targets(Field field, Headers headers) {
        List<Field> items = field.items();
        if (items.isEmpty()) {
            field.reject("the route has no target", "at least one destination", "");
            return List.of();
        }
        List<WeightedDestination> targets = new ArrayList<>();
        long sum = 0;
        for (Field item : items) {
            Optional<Fields> mapping = item.mapping();
            if (mapping.isEmpty()) {
                continue;
            }
            Fields fields = mapping.get();
            Optional<Destination> destination = fields.require("destination").flatMap(RouteParts::destination);
            OptionalInt weight = fields.integer("weight", 0, Integer.MAX_VALUE);
            HeaderChanges changes = HeaderChanges.NONE;
            if (headers == Headers.ALLOWED) {
                changes = fields.take("headers").map(RouteParts::headers).orElse(HeaderChanges.NONE);
            }
            fields.close();
            int share = weight.orElse(items.size() == 1 ? 100 : 0);
            sum += share;
            if (destination.isPresent()) {
                targets.add(new WeightedDestination(destination.get(), share, changes));
            }
        }
        if (sum == 0 && !field.reading().rejected()) {
            field.reject("the weights of the route are all 0", "at least one weight above 0", "give one a weight");
        } else if (sum > 0xffff_ffffL) {
            field.reject("the weights add up to " + sum, "at most " + 0xffff_ffffL, "use smaller ones");
        }
        return targets;
    }

    enum Headers {
        ALLOWED,
        REFUSED
    }

    static HeaderChanges headers(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return HeaderChanges.NONE;
        }
        Fields fields = mapping.get();
        HeaderChanges.Operations request =
                fields.take("request").map(RouteParts::operations).orElse(HeaderChanges.Operations.NONE);
        HeaderChanges.Operations response =
                fields.take("response").map(RouteParts::operations).orElse(HeaderChanges.Operations.NONE);
        fields.close();
        return new HeaderChanges(request, response);
    }

    private static HeaderChanges.Operations operations(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return HeaderChanges.Operations.NONE;
        }
        Fields fields = mapping.get();
        Map<String, String> set = headerValues(fields.take("set"));
        Map<String, String> add = headerValues(fields.take("add"));
        List<String> remove = fields.list("remove", item -> {
            Optional<String> name = item.text();
            name.ifPresent(text -> checkHeader(item, text));
            return name.map(text -> text.toLowerCase(Locale.ROOT));
        });
        fields.close();
        return new HeaderChanges.Operations(set, add, remove);
    }

    private static Map<String, String> headerValues(Optional<Field> field) {
        Map<String, String> values = new LinkedHashMap<>();
        if (field.isEmpty()) {
            return values;
        }
        field.get().entries().forEach((name, value) -> {
            checkHeader(value, name);
            value.text().ifPresent(text -> {
                if (text.chars().anyMatch(character -> (character < ' ' && character != '\t') || character == 0x7f)) {
                    value.reject("a header's value cannot hold control characters", "printable text", "");
                }
                values.put(name.toLowerCase(Locale.ROOT), text);
            });
        });
        return values;
    }

    private static void checkHeader(Field field, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("host") || lower.equals(":authority")) {
            field.reject("the host cannot be changed as a header", "", "use rewrite.authority");
        } else if (!Names.isHeader(name)) {
            field.reject("'" + name + "' is not the name of a header", "letters, digits and '-'", "");
        }
    }

    static Optional<StringMatch> stringMatch(Field field) {
        return stringMatch(field, Empty.REFUSED);
    }

    enum Empty {
        /** {@code {}} means that a value is there. */
        MEANS_PRESENT,
        REFUSED
    }

    static Optional<StringMatch> stringMatch(Field field, Empty empty) {
        if (!field.isMapping()) {
            field.reject(
                    "the value has the wrong type",
                    "a mapping with exact, prefix or regex",
                    field.node() instanceof ScalarNode ? "write {exact: " + field.found() + "}" : "");
            return Optional.empty();
        }
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = mapping.get();
        if (fields.isEmpty()) {
            if (empty == Empty.MEANS_PRESENT) {
                return Optional.of(new StringMatch.Present());
            }
            field.reject("the condition says nothing", "exact, prefix or regex", "leave it out");
            return Optional.empty();
        }
        Optional<Field> exact = fields.take("exact");
        Optional<Field> prefix = fields.take("prefix");
        Optional<Field> regex = fields.take("regex");
        fields.close();
        int given = (exact.isPresent() ? 1 : 0) + (prefix.isPresent() ? 1 : 0) + (regex.isPresent() ? 1 : 0);
        if (given != 1) {
            if (given > 1 || !field.reading().rejected()) {
                field.reject(
                        given == 0 ? "the condition says nothing" : "the condition says more than one thing",
                        "one of exact, prefix, regex",
                        "");
            }
            return Optional.empty();
        }
        if (exact.isPresent()) {
            return exact.get().text().map(StringMatch.Exact::new);
        }
        if (prefix.isPresent()) {
            return prefix.get().nonEmptyText().map(StringMatch.Prefix::new);
        }
        return regex.flatMap(value -> value.regex().map(pattern -> new StringMatch.Regex(pattern.pattern(), pattern)));
    }

    /** Conditions by name; names of headers are made lower case. */
    static Map<String, StringMatch> matches(Optional<Field> field, KeyKind keys) {
        Map<String, StringMatch> matches = new LinkedHashMap<>();
        if (field.isEmpty()) {
            return matches;
        }
        field.get().entries().forEach((name, value) -> {
            String key = keys == KeyKind.HEADER ? name.toLowerCase(Locale.ROOT) : name;
            if (keys == KeyKind.HEADER) {
                switch (key) {
                    case "uri", "scheme", "method", "authority" ->
                        value.note(
                                "a condition on a header of this name looks at a header, not at the request's " + key,
                                "if the request's " + key + " is meant, use the field match." + key);
                    default -> {
                        if (!Names.isHeader(name)) {
                            value.reject(
                                    "'" + name + "' is not the name of a header",
                                    "letters, digits and '-'",
                                    name.startsWith(":") ? "use uri, scheme, method or authority" : "");
                        }
                    }
                }
            }
            (Field.isAbsent(value.node())
                            ? Optional.of((StringMatch) new StringMatch.Present())
                            : stringMatch(value, Empty.MEANS_PRESENT))
                    .ifPresent(match -> {
                        if (matches.put(key, match) != null) {
                            value.reject("the header stands twice, in another case", "", "take one away");
                        }
                    });
        });
        return matches;
    }

    enum KeyKind {
        HEADER,
        PARAMETER
    }

    /** Whether a list {@code gateways} leaves the mesh in. Names of gateways beside it are noted. */
    static boolean concernsMesh(Optional<Field> gateways) {
        if (gateways.isEmpty()) {
            return true;
        }
        List<String> names = gateways.get().texts();
        if (names.isEmpty()) {
            return true;
        }
        List<String> others = names.stream().filter(name -> !name.equals(MESH)).toList();
        if (others.isEmpty()) {
            return true;
        }
        boolean mesh = others.size() < names.size();
        gateways.get()
                .reading()
                .note(
                        gateways.get().path(),
                        gateways.get().line(),
                        String.join(", ", names),
                        MESH,
                        (mesh ? "has effect on the mesh only" : "no effect on the mesh")
                                + ", because there is no gateway in this mesh yet and it is bound to gateway "
                                + String.join(", ", others),
                        mesh ? "take the gateway away" : "add '" + MESH + "' or leave gateways out");
        return mesh;
    }

    static Percentage percentage(Optional<Field> field) {
        Optional<Fields> mapping = field.flatMap(Field::mapping);
        if (mapping.isEmpty()) {
            return Percentage.ALL;
        }
        Optional<Field> value = mapping.get().take("value");
        mapping.get().close();
        if (value.isEmpty()) {
            return new Percentage(0);
        }
        return new Percentage(value.get().number(0, 100).orElse(0));
    }
}
