package dev.riser.control.world;

import dev.riser.base.Problem;
import dev.riser.model.HeaderChanges;
import dev.riser.model.HttpRule;
import dev.riser.model.StringMatch;
import dev.riser.model.VirtualService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Puts the rules of delegates in the place of the rules that name them. As in Istio: a request must satisfy a match of
 * both, what the delegate's rule says wins, what it leaves open comes from the rule that delegates, and a delegate does
 * not delegate on.
 */
final class Delegates {
    private Delegates() {}

    static List<VirtualService> resolve(List<VirtualService> all, List<Problem> problems) {
        List<VirtualService> resolved = new ArrayList<>();
        for (VirtualService virtualService : all) {
            if (virtualService.hosts().isEmpty()) {
                continue;
            }
            List<HttpRule> rules = new ArrayList<>();
            for (HttpRule rule : virtualService.http()) {
                if (rule.action() instanceof HttpRule.Delegate(String namespace, String name)) {
                    rules.addAll(merged(virtualService, rule, namespace, name, all, problems));
                } else {
                    rules.add(rule);
                }
            }
            resolved.add(new VirtualService(
                    virtualService.key(),
                    virtualService.labels(),
                    virtualService.origin(),
                    virtualService.hosts(),
                    rules,
                    virtualService.tls(),
                    virtualService.tcp(),
                    virtualService.exportTo()));
        }
        return resolved;
    }

    private static List<HttpRule> merged(
            VirtualService root,
            HttpRule rule,
            String namespace,
            String name,
            List<VirtualService> all,
            List<Problem> problems) {
        String field = "spec.http[" + rule.index() + "].delegate";
        Optional<VirtualService> delegate = all.stream()
                .filter(candidate -> candidate.namespace().equals(namespace)
                        && candidate.name().equals(name)
                        && candidate.hosts().isEmpty()
                        && candidate.visibleIn(root.namespace()))
                .findFirst();
        if (delegate.isEmpty()) {
            // WorldChecks says so.
            return List.of();
        }
        List<HttpRule> rules = new ArrayList<>();
        for (HttpRule inner : delegate.get().http()) {
            if (inner.action() instanceof HttpRule.Delegate) {
                problems.add(problem(
                        delegate.get(),
                        "spec.http[" + inner.index() + "].delegate",
                        inner.line(),
                        "",
                        "a delegate cannot delegate again, so the rule has no effect",
                        "put the rules into the first delegate"));
                continue;
            }
            List<HttpRule.Match> matches = matches(rule, inner.matches());
            if (matches.isEmpty()
                    && !(rule.matches().isEmpty() && inner.matches().isEmpty())) {
                problems.add(problem(
                        delegate.get(),
                        "spec.http[" + inner.index() + "].match",
                        inner.line(),
                        "",
                        "no request can satisfy both this and " + field + " of "
                                + root.key().text(),
                        "let the delegate's match be narrower than the one that delegates"));
                continue;
            }
            rules.add(new HttpRule(
                    rule.index(),
                    rule.line(),
                    joined(rule.name(), inner.name()),
                    matches,
                    inner.action(),
                    inner.rewrite().or(rule::rewrite),
                    inner.timeout().or(rule::timeout),
                    inner.retries().or(rule::retries),
                    inner.fault().or(rule::fault),
                    headers(rule.headers(), inner.headers()),
                    inner.cors().or(rule::cors),
                    inner.mirrors().isEmpty() ? rule.mirrors() : inner.mirrors()));
        }
        return rules;
    }

    /** Lines are those of the rule that delegates: origins name its object. */
    private static List<HttpRule.Match> matches(HttpRule rule, List<HttpRule.Match> inner) {
        if (inner.isEmpty()) {
            return rule.matches();
        }
        List<HttpRule.Match> outer = rule.matches().isEmpty() ? List.of(everything(rule.line())) : rule.matches();
        List<HttpRule.Match> both = new ArrayList<>();
        for (HttpRule.Match first : outer) {
            for (HttpRule.Match second : inner) {
                both(first, second).ifPresent(both::add);
            }
        }
        return both;
    }

    private static HttpRule.Match everything(int line) {
        return new HttpRule.Match(
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                Map.of(),
                false,
                OptionalInt.empty(),
                Map.of(),
                Optional.empty(),
                line);
    }

    private static Optional<HttpRule.Match> both(HttpRule.Match outer, HttpRule.Match inner) {
        Optional<Map<String, StringMatch>> headers = both(outer.headers(), inner.headers());
        Optional<Map<String, StringMatch>> without = both(outer.withoutHeaders(), inner.withoutHeaders());
        Optional<Map<String, StringMatch>> query = both(outer.queryParams(), inner.queryParams());
        boolean portsClash = outer.port().isPresent()
                && inner.port().isPresent()
                && !outer.port().equals(inner.port());
        boolean namespacesClash = outer.sourceNamespace().isPresent()
                && inner.sourceNamespace().isPresent()
                && !outer.sourceNamespace().equals(inner.sourceNamespace());
        if (headers.isEmpty()
                || without.isEmpty()
                || query.isEmpty()
                || portsClash
                || namespacesClash
                || clash(outer.uri(), inner.uri())
                || clash(outer.scheme(), inner.scheme())
                || clash(outer.method(), inner.method())
                || clash(outer.authority(), inner.authority())) {
            return Optional.empty();
        }
        Map<String, String> labels = new LinkedHashMap<>(outer.sourceLabels());
        labels.putAll(inner.sourceLabels());
        OptionalInt port = inner.port().isPresent() ? inner.port() : outer.port();
        return Optional.of(new HttpRule.Match(
                joined(outer.name(), inner.name()),
                inner.uri().or(outer::uri),
                inner.scheme().or(outer::scheme),
                inner.method().or(outer::method),
                inner.authority().or(outer::authority),
                headers.get(),
                without.get(),
                query.get(),
                outer.ignoreUriCase() || inner.ignoreUriCase(),
                port,
                labels,
                inner.sourceNamespace().or(outer::sourceNamespace),
                outer.line()));
    }

    /** Whether the inner condition is not known to be narrower than the outer one. */
    private static boolean clash(Optional<StringMatch> outer, Optional<StringMatch> inner) {
        return outer.isPresent() && inner.isPresent() && !narrower(outer.get(), inner.get());
    }

    private static boolean narrower(StringMatch outer, StringMatch inner) {
        if (outer.equals(inner)) {
            return true;
        }
        return switch (outer) {
            case StringMatch.Present ignored -> true;
            case StringMatch.Exact ignored -> false;
            case StringMatch.Prefix(String prefix) ->
                switch (inner) {
                    case StringMatch.Exact(String value) -> value.startsWith(prefix);
                    case StringMatch.Prefix(String value) -> value.startsWith(prefix);
                    case StringMatch.Regex ignored -> false;
                    case StringMatch.Present ignored -> false;
                };
            case StringMatch.Regex regex -> inner instanceof StringMatch.Exact(String value) && regex.matches(value);
        };
    }

    private static Optional<Map<String, StringMatch>> both(
            Map<String, StringMatch> outer, Map<String, StringMatch> inner) {
        Map<String, StringMatch> all = new LinkedHashMap<>(outer);
        for (Map.Entry<String, StringMatch> entry : inner.entrySet()) {
            StringMatch before = all.put(entry.getKey(), entry.getValue());
            if (before != null && !narrower(before, entry.getValue())) {
                return Optional.empty();
            }
        }
        return Optional.of(all);
    }

    private static HeaderChanges headers(HeaderChanges outer, HeaderChanges inner) {
        return new HeaderChanges(
                operations(outer.request(), inner.request()), operations(outer.response(), inner.response()));
    }

    private static HeaderChanges.Operations operations(HeaderChanges.Operations outer, HeaderChanges.Operations inner) {
        Map<String, String> set = new LinkedHashMap<>(outer.set());
        set.putAll(inner.set());
        Map<String, String> add = new LinkedHashMap<>(outer.add());
        add.putAll(inner.add());
        List<String> remove = new ArrayList<>(outer.remove());
        remove.addAll(inner.remove());
        return new HeaderChanges.Operations(set, add, remove);
    }

    private static String joined(String outer, String inner) {
        if (outer.isEmpty() || inner.isEmpty()) {
            return outer + inner;
        }
        return outer + "-" + inner;
    }

    private static Problem problem(
            VirtualService virtualService, String field, int line, String found, String message, String suggestion) {
        return new Problem(
                virtualService.key().text(),
                field,
                virtualService.origin().file(),
                line,
                found,
                "",
                message,
                suggestion);
    }
}
