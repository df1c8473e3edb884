package dev.riser.model;

import dev.riser.base.Spelling;
import dev.riser.model.AuthorizationPolicy.Action;
import dev.riser.model.AuthorizationPolicy.Attribute;
import dev.riser.model.AuthorizationPolicy.Condition;
import dev.riser.model.AuthorizationPolicy.Operation;
import dev.riser.model.AuthorizationPolicy.Rule;
import dev.riser.model.AuthorizationPolicy.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Reads Istio's PeerAuthentication and AuthorizationPolicy. A value that could never match is refused: in a policy it
 * would open or close more than its writer thinks.
 */
final class PolicyReader {
    private static final Map<String, PeerAuthentication.Mode> MODES = modes();
    private static final Map<String, Action> ACTIONS = actions();
    private static final Map<String, Attribute> ATTRIBUTES = attributes();
    private static final String HEADER_KEY = "request.headers[";
    private static final List<String> FOREIGN_KEYS = List.of(
            "remote.ip",
            "request.auth.principal",
            "request.auth.audiences",
            "request.auth.presenter",
            "source.serviceAccount",
            "source.trustDomain");

    private PolicyReader() {}

    private static Map<String, PeerAuthentication.Mode> modes() {
        Map<String, PeerAuthentication.Mode> modes = new LinkedHashMap<>();
        for (PeerAuthentication.Mode mode : PeerAuthentication.Mode.values()) {
            modes.put(mode.name(), mode);
        }
        return modes;
    }

    private static Map<String, Action> actions() {
        Map<String, Action> actions = new LinkedHashMap<>();
        for (Action action : Action.values()) {
            actions.put(action.name(), action);
        }
        return actions;
    }

    private static Map<String, Attribute> attributes() {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("source.ip", Attribute.SOURCE_IP);
        attributes.put("source.namespace", Attribute.SOURCE_NAMESPACE);
        attributes.put("source.principal", Attribute.SOURCE_PRINCIPAL);
        attributes.put("destination.ip", Attribute.DESTINATION_IP);
        attributes.put("destination.port", Attribute.DESTINATION_PORT);
        attributes.put("connection.sni", Attribute.CONNECTION_SNI);
        return attributes;
    }

    static PeerAuthentication readPeerAuthentication(ConfigReader.Header header, Fields spec) {
        Map<String, String> selector = selector(spec);
        PeerAuthentication.Mode mode = spec.take("mtls").map(PolicyReader::mode).orElse(PeerAuthentication.Mode.UNSET);
        Optional<Field> portsField = spec.take("portLevelMtls");
        Map<Integer, PeerAuthentication.Mode> ports = new LinkedHashMap<>();
        if (portsField.isPresent()) {
            portsField.get().entries().forEach((key, value) -> {
                if (key.matches("\\d{1,5}") && Integer.parseInt(key) >= 1 && Integer.parseInt(key) <= 65535) {
                    ports.put(Integer.parseInt(key), mode(value));
                } else {
                    value.reject("'" + key + "' is not a port", "1 to 65535", "");
                }
            });
            if (selector.isEmpty()) {
                portsField
                        .get()
                        .reject(
                                "ports belong to workloads, and none is selected",
                                "",
                                "add selector.matchLabels, or set the mode of the whole namespace in mtls");
            }
        }
        spec.close();
        return new PeerAuthentication(header.key(), header.labels(), header.origin(), selector, mode, ports);
    }

    private static PeerAuthentication.Mode mode(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return PeerAuthentication.Mode.UNSET;
        }
        PeerAuthentication.Mode mode =
                mapping.get().take("mode").flatMap(value -> value.choice(MODES)).orElse(PeerAuthentication.Mode.UNSET);
        mapping.get().close();
        return mode;
    }

    private static Map<String, String> selector(Fields spec) {
        Optional<Fields> selector = spec.mapping("selector");
        if (selector.isEmpty()) {
            return Map.of();
        }
        Map<String, String> labels = selector.get().labels("matchLabels");
        selector.get().close();
        return labels;
    }

    static AuthorizationPolicy readAuthorization(ConfigReader.Header header, Fields spec) {
        Reading reading = spec.self().reading();
        Field dryRun = header.annotations().get("istio.io/dry-run");
        if (dryRun != null
                && dryRun.node() instanceof ScalarNode value
                && !value.getValue().equals("false")) {
            dryRun.reject("a dry run is known, but not supported by Riser", "", "use action: AUDIT");
        }
        Map<String, String> selector = selector(spec);
        spec.unsupported("targetRef", "use selector");
        spec.unsupported("targetRefs", "use selector");
        Action action = Action.ALLOW;
        Optional<Field> actionField = spec.take("action");
        if (actionField.isPresent()) {
            if (actionField.get().found().equals("CUSTOM")) {
                Fields.unsupported(actionField.get(), "use ALLOW, DENY or AUDIT");
            } else {
                action = actionField.get().choice(ACTIONS).orElse(Action.ALLOW);
            }
        }
        spec.unsupported("provider", "it belongs to action CUSTOM; take it away");
        List<Rule> rules = new ArrayList<>();
        List<Field> items = spec.take("rules").map(Field::items).orElse(List.of());
        for (int index = 0; index < items.size(); index++) {
            rule(items.get(index), index, header.key().namespace()).ifPresent(rules::add);
        }
        spec.close();
        if (items.isEmpty() && action != Action.ALLOW && !reading.rejected()) {
            spec.self()
                    .note(
                            action + " without rules matches nothing, so the object has no effect",
                            "write rules: [{}] to match everything");
        }
        return new AuthorizationPolicy(header.key(), header.labels(), header.origin(), selector, action, rules);
    }

    private static Optional<Rule> rule(Field item, int index, String namespace) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields rule = mapping.get();
        List<Source> from = wrapped(rule, "from", "source", field -> source(field, namespace));
        List<Operation> to = wrapped(rule, "to", "operation", PolicyReader::operation);
        List<Condition> when = rule.list("when", PolicyReader::condition);
        rule.close();
        return Optional.of(new Rule(index, item.line(), from, to, when));
    }

    private static <T> List<T> wrapped(Fields rule, String name, String inner, Function<Field, Optional<T>> read) {
        Optional<Field> list = rule.take(name);
        if (list.isEmpty()) {
            return List.of();
        }
        List<Field> items = list.get().items();
        if (items.isEmpty() && !list.get().reading().rejected()) {
            list.get().reject("the list is empty and sets no condition", "at least one entry", "leave it out");
        }
        List<T> values = new ArrayList<>();
        for (Field item : items) {
            Optional<Fields> mapping = item.mapping();
            if (mapping.isPresent()) {
                mapping.get().require(inner).flatMap(read).ifPresent(values::add);
                mapping.get().close();
            }
        }
        return values;
    }

    private static Optional<Source> source(Field field, String namespace) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields source = mapping.get();
        if (source.isEmpty()) {
            field.reject("the source sets no condition", "at least one field", "leave from out to mean everybody");
            return Optional.empty();
        }
        for (String name : List.of("requestPrincipals", "notRequestPrincipals")) {
            source.unsupported(name, "tokens of end users are not checked; use principals for workloads");
        }
        for (String name : List.of("remoteIpBlocks", "notRemoteIpBlocks")) {
            source.unsupported(name, "use ipBlocks for the address of the connection");
        }
        for (String name : List.of("trustDomains", "notTrustDomains")) {
            source.unsupported(name, "use principals: [\"<trust domain>/*\"]");
        }
        List<ValuePattern> principals = source.list("principals", PolicyReader::principal);
        List<ValuePattern> notPrincipals = source.list("notPrincipals", PolicyReader::principal);
        List<ValuePattern> namespaces = source.list("namespaces", PolicyReader::pattern);
        List<ValuePattern> notNamespaces = source.list("notNamespaces", PolicyReader::pattern);
        List<String> accounts = source.list("serviceAccounts", item -> account(item, namespace));
        List<String> notAccounts = source.list("notServiceAccounts", item -> account(item, namespace));
        List<IpBlock> blocks = source.list("ipBlocks", Field::ipBlock);
        List<IpBlock> notBlocks = source.list("notIpBlocks", Field::ipBlock);
        source.close();
        if ((!accounts.isEmpty() || !notAccounts.isEmpty())
                && (!principals.isEmpty()
                        || !notPrincipals.isEmpty()
                        || !namespaces.isEmpty()
                        || !notNamespaces.isEmpty())) {
            field.reject("serviceAccounts cannot stand beside principals or namespaces", "one way to name callers", "");
        }
        return Optional.of(new Source(
                principals, notPrincipals, namespaces, notNamespaces, accounts, notAccounts, blocks, notBlocks));
    }

    private static Optional<String> account(Field item, String namespace) {
        Optional<String> text = item.nonEmptyText();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        int slash = text.get().indexOf('/');
        String where = slash < 0 ? namespace : text.get().substring(0, slash);
        String name = slash < 0 ? text.get() : text.get().substring(slash + 1);
        if (!Names.isLabel(where) || !Names.isObjectName(name)) {
            item.reject(
                    "the value is not a service account",
                    "<service account> or <namespace>/<service account>, without wildcards",
                    "");
            return Optional.empty();
        }
        return Optional.of(where + "/" + name);
    }

    private static Optional<ValuePattern> principal(Field item) {
        Optional<String> text = item.nonEmptyText();
        if (text.isPresent() && text.get().startsWith("spiffe://")) {
            item.reject(
                    "a principal is written without its scheme",
                    "<trust domain>/ns/<namespace>/sa/<service account>",
                    "write " + text.get().substring("spiffe://".length()));
            return Optional.empty();
        }
        return pattern(item);
    }

    private static Optional<ValuePattern> pattern(Field item) {
        Optional<String> text = item.nonEmptyText();
        if (text.isPresent() && !checkWildcards(item, text.get())) {
            return Optional.empty();
        }
        return text.map(ValuePattern::of);
    }

    private static boolean checkWildcards(Field item, String text) {
        boolean inside = text.length() > 1
                && (text.substring(1, text.length() - 1).contains("*") || (text.startsWith("*") && text.endsWith("*")));
        if (inside) {
            item.reject(
                    "a * is a wildcard at the beginning or at the end only", "value, prefix*, *suffix, or * alone", "");
        }
        return !inside;
    }

    private static Optional<Operation> operation(Field field) {
        Optional<Fields> mapping = field.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields operation = mapping.get();
        if (operation.isEmpty()) {
            field.reject("the operation sets no condition", "at least one field", "leave to out to mean everything");
            return Optional.empty();
        }
        List<ValuePattern> hosts = operation.list("hosts", PolicyReader::pattern);
        List<ValuePattern> notHosts = operation.list("notHosts", PolicyReader::pattern);
        List<Integer> ports = operation.list("ports", PolicyReader::port);
        List<Integer> notPorts = operation.list("notPorts", PolicyReader::port);
        List<ValuePattern> methods = operation.list("methods", PolicyReader::method);
        List<ValuePattern> notMethods = operation.list("notMethods", PolicyReader::method);
        List<ValuePattern> paths = operation.list("paths", PolicyReader::path);
        List<ValuePattern> notPaths = operation.list("notPaths", PolicyReader::path);
        operation.close();
        return Optional.of(new Operation(hosts, notHosts, ports, notPorts, methods, notMethods, paths, notPaths));
    }

    private static Optional<Integer> port(Field item) {
        Optional<String> text = item.textOrNumber();
        if (text.isPresent() && text.get().matches("\\d{1,5}")) {
            int port = Integer.parseInt(text.get());
            if (port >= 1 && port <= 65535) {
                return Optional.of(port);
            }
        }
        if (text.isPresent()) {
            item.reject("the value is not a port", "1 to 65535", "");
        }
        return Optional.empty();
    }

    private static Optional<ValuePattern> method(Field item) {
        Optional<String> text = item.nonEmptyText();
        if (text.isPresent() && !text.get().equals(text.get().toUpperCase(Locale.ROOT))) {
            item.reject(
                    "methods are written in upper case; this one never matches",
                    "",
                    "write " + text.get().toUpperCase(Locale.ROOT));
            return Optional.empty();
        }
        return pattern(item);
    }

    private static Optional<ValuePattern> path(Field item) {
        Optional<String> text = item.nonEmptyText();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String path = text.get();
        if (!path.startsWith("/") && !path.startsWith("*")) {
            item.reject("a path begins with '/'; this one never matches", "/path, /prefix*, *suffix", "write /" + path);
            return Optional.empty();
        }
        if (path.contains("{") || path.contains("}")) {
            return template(item, path);
        }
        return checkWildcards(item, path) ? Optional.of(ValuePattern.ofPath(path)) : Optional.empty();
    }

    private static Optional<ValuePattern> template(Field item, String path) {
        int rest = 0;
        if (!path.startsWith("/")) {
            item.reject("a template begins with '/'", "/path/{*}/more/{**}", "");
            return Optional.empty();
        }
        for (String segment : path.substring(1).split("/", -1)) {
            boolean any = segment.equals("{**}");
            if (any) {
                rest++;
            }
            if (!any
                    && !segment.equals("{*}")
                    && (segment.contains("{") || segment.contains("}") || segment.contains("*"))) {
                item.reject(
                        "'" + segment + "' is not a segment of a template",
                        "text, {*} for one segment, or {**} for any number",
                        "");
                return Optional.empty();
            }
        }
        if (rest > 1) {
            item.reject("{**} stands more than once", "at most one {**}", "");
            return Optional.empty();
        }
        return Optional.of(new ValuePattern.Template(path));
    }

    private static Optional<Condition> condition(Field item) {
        Optional<Fields> mapping = item.mapping();
        if (mapping.isEmpty()) {
            return Optional.empty();
        }
        Fields condition = mapping.get();
        Optional<Field> keyField = condition.require("key");
        Optional<String> key = keyField.flatMap(Field::nonEmptyText);
        Optional<Field> valuesField = condition.take("values");
        Optional<Field> notValuesField = condition.take("notValues");
        condition.close();
        if (key.isEmpty() || keyField.isEmpty()) {
            return Optional.empty();
        }
        String header = "";
        Attribute attribute = ATTRIBUTES.get(key.get());
        if (key.get().startsWith(HEADER_KEY) && key.get().endsWith("]")) {
            attribute = Attribute.REQUEST_HEADER;
            header = key.get()
                    .substring(HEADER_KEY.length(), key.get().length() - 1)
                    .toLowerCase(Locale.ROOT);
            if (!Names.isHeader(header)) {
                keyField.get().reject("'" + header + "' is not the name of a header", "letters, digits and '-'", "");
            }
        }
        if (attribute == null) {
            rejectKey(keyField.get(), key.get());
            return Optional.empty();
        }
        Attribute known = attribute;
        List<String> values = valuesField
                .map(field -> field.list(value -> value(value, known)))
                .orElse(List.of());
        List<String> notValues = notValuesField
                .map(field -> field.list(value -> value(value, known)))
                .orElse(List.of());
        if (values.isEmpty() && notValues.isEmpty() && !item.reading().rejected()) {
            item.reject("the condition has no value", "values, notValues or both", "");
        }
        return Optional.of(new Condition(known, header, values, notValues, item.line()));
    }

    private static void rejectKey(Field field, String key) {
        List<String> allowed = new ArrayList<>(ATTRIBUTES.keySet());
        allowed.add("request.headers[<name>]");
        boolean foreign =
                FOREIGN_KEYS.contains(key) || key.startsWith("request.auth.claims") || key.startsWith("experimental.");
        field.reject(
                foreign ? "the key is known, but not supported by Riser" : "the key is unknown",
                String.join(", ", allowed),
                foreign
                        ? ""
                        : Spelling.closest(key, allowed)
                                .map(near -> "did you mean " + near + "?")
                                .orElse(""));
    }

    private static Optional<String> value(Field item, Attribute attribute) {
        return switch (attribute) {
            case SOURCE_IP, DESTINATION_IP -> item.ipBlock().map(IpBlock::text);
            case DESTINATION_PORT -> port(item).map(port -> Integer.toString(port));
            case REQUEST_HEADER, SOURCE_NAMESPACE, CONNECTION_SNI ->
                pattern(item).flatMap(pattern -> item.text());
            case SOURCE_PRINCIPAL -> principal(item).flatMap(pattern -> item.text());
        };
    }
}
