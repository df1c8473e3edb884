package dev.riser.control.translate;

import dev.riser.control.world.ProxyView;
import dev.riser.model.AuthorizationPolicy;
import dev.riser.model.AuthorizationPolicy.Action;
import dev.riser.model.AuthorizationPolicy.Condition;
import dev.riser.model.AuthorizationPolicy.Operation;
import dev.riser.model.AuthorizationPolicy.Rule;
import dev.riser.model.AuthorizationPolicy.Source;
import dev.riser.model.IpBlock;
import dev.riser.model.ValuePattern;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * AuthorizationPolicies as RBAC filters: what is only written down first, then what is denied, then what is allowed. On a
 * port of bytes a rule of ALLOW that needs a request never holds, and a rule of DENY is judged without that part, so that
 * both fail closed, as in Istio.
 */
final class Guards {
    private final ProxyView view;

    Guards(ProxyView view) {
        this.view = view;
    }

    /** What a filter can look at. */
    private enum Layer {
        REQUEST,
        BYTES
    }

    /** Filters for requests; empty where no policy applies. */
    List<HttpFilter> forRequests() {
        List<HttpFilter> filters = new ArrayList<>();
        List<AuthorizationPolicy> policies = view.authorizationPolicies();
        rules(policies, Action.AUDIT, Layer.REQUEST)
                .ifPresent(rules -> filters.add(request(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .http
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setShadowRules(rules))));
        rules(policies, Action.DENY, Layer.REQUEST)
                .ifPresent(rules -> filters.add(request(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .http
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setRules(rules))));
        rules(policies, Action.ALLOW, Layer.REQUEST)
                .ifPresent(rules -> filters.add(request(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .http
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setRules(rules))));
        return filters;
    }

    /** Filters for connections; empty where no policy applies. */
    List<Filter> forBytes() {
        List<Filter> filters = new ArrayList<>();
        List<AuthorizationPolicy> policies = view.authorizationPolicies();
        rules(policies, Action.AUDIT, Layer.BYTES)
                .ifPresent(rules -> filters.add(bytes(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .network
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setShadowRules(rules))));
        rules(policies, Action.DENY, Layer.BYTES)
                .ifPresent(rules -> filters.add(bytes(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .network
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setRules(rules))));
        rules(policies, Action.ALLOW, Layer.BYTES)
                .ifPresent(rules -> filters.add(bytes(io.envoyproxy
                        .envoy
                        .extensions
                        .filters
                        .network
                        .rbac
                        .v3
                        .RBAC
                        .newBuilder()
                        .setRules(rules))));
        return filters;
    }

    private static HttpFilter request(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.Builder guard) {
        return HttpFilter.newBuilder()
                .setName("envoy.filters.http.rbac")
                .setTypedConfig(Wire.any(guard.build()))
                .build();
    }

    private static Filter bytes(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.Builder guard) {
        return Filter.newBuilder()
                .setName("envoy.filters.network.rbac")
                .setTypedConfig(Wire.any(guard.setStatPrefix("tcp.").build()))
                .build();
    }

    /** ALLOW without a rule that can hold still refuses everything; the other actions then do nothing. */
    private Optional<RBAC> rules(List<AuthorizationPolicy> policies, Action action, Layer layer) {
        RBAC.Builder rules = RBAC.newBuilder()
                .setAction(
                        switch (action) {
                            case ALLOW -> RBAC.Action.ALLOW;
                            case DENY -> RBAC.Action.DENY;
                            case AUDIT -> RBAC.Action.LOG;
                        });
        boolean applies = false;
        for (AuthorizationPolicy policy : policies) {
            if (policy.action() != action) {
                continue;
            }
            applies = true;
            for (Rule rule : policy.rules()) {
                policy(rule, action, layer)
                        .ifPresent(built -> rules.putPolicies(
                                "ns[" + policy.namespace() + "]-policy[" + policy.name() + "]-rule[" + rule.index()
                                        + "]",
                                built));
            }
        }
        boolean useless = action != Action.ALLOW && rules.getPoliciesCount() == 0;
        return applies && !useless ? Optional.of(rules.build()) : Optional.empty();
    }

    private Optional<Policy> policy(Rule rule, Action action, Layer layer) {
        List<Permission> permissionConditions = new ArrayList<>();
        List<Principal> principalConditions = new ArrayList<>();
        for (Condition condition : rule.when()) {
            if (layer == Layer.BYTES && condition.attribute() == AuthorizationPolicy.Attribute.REQUEST_HEADER) {
                if (action != Action.DENY) {
                    return Optional.empty();
                }
                continue;
            }
            condition(condition, permissionConditions, principalConditions);
        }
        Policy.Builder policy = Policy.newBuilder();
        for (Operation operation : rule.to()) {
            if (layer == Layer.BYTES && operation.needsHttp() && action != Action.DENY) {
                continue;
            }
            List<Permission> all = operation(operation, layer);
            all.addAll(permissionConditions);
            policy.addPermissions(allOf(all));
        }
        if (rule.to().isEmpty()) {
            policy.addPermissions(allOf(permissionConditions));
        }
        if (policy.getPermissionsCount() == 0) {
            return Optional.empty();
        }
        for (Source source : rule.from()) {
            List<Principal> all = source(source);
            all.addAll(principalConditions);
            policy.addPrincipals(everyOf(all));
        }
        if (rule.from().isEmpty()) {
            policy.addPrincipals(everyOf(principalConditions));
        }
        return Optional.of(policy.build());
    }

    private List<Principal> source(Source source) {
        List<Principal> all = new ArrayList<>();
        principals(all, source.principals(), source.notPrincipals(), this::principal);
        principals(all, source.namespaces(), source.notNamespaces(), this::namespace);
        principals(all, source.serviceAccounts(), source.notServiceAccounts(), this::serviceAccount);
        principals(all, source.ipBlocks(), source.notIpBlocks(), Guards::caller);
        return all;
    }

    private List<Permission> operation(Operation operation, Layer layer) {
        List<Permission> all = new ArrayList<>();
        permissions(all, operation.ports(), operation.notPorts(), this::port);
        if (layer == Layer.REQUEST) {
            permissions(all, operation.hosts(), operation.notHosts(), Guards::host);
            permissions(all, operation.methods(), operation.notMethods(), Guards::method);
            permissions(all, operation.paths(), operation.notPaths(), Guards::path);
        }
        return all;
    }

    private void condition(Condition condition, List<Permission> permissions, List<Principal> principals) {
        List<String> values = condition.values();
        List<String> not = condition.notValues();
        switch (condition.attribute()) {
            case REQUEST_HEADER ->
                principals(
                        principals,
                        values,
                        not,
                        value -> Principal.newBuilder()
                                .setHeader(header(condition.header(), ValuePattern.of(value), false))
                                .build());
            case SOURCE_IP -> principals(principals, values, not, value -> caller(IpBlock.parse(value)));
            case SOURCE_NAMESPACE -> principals(principals, values, not, value -> namespace(ValuePattern.of(value)));
            case SOURCE_PRINCIPAL -> principals(principals, values, not, value -> principal(ValuePattern.of(value)));
            case DESTINATION_IP ->
                permissions(
                        permissions,
                        values,
                        not,
                        value -> Permission.newBuilder()
                                .setDestinationIp(Wire.range(IpBlock.parse(value)))
                                .build());
            case DESTINATION_PORT -> permissions(permissions, values, not, value -> port(Integer.parseInt(value)));
            case CONNECTION_SNI ->
                permissions(
                        permissions,
                        values,
                        not,
                        value -> Permission.newBuilder()
                                .setRequestedServerName(string(ValuePattern.of(value)))
                                .build());
        }
    }

    private static <T> void principals(
            List<Principal> into, List<T> values, List<T> not, Function<? super T, Principal> translation) {
        if (!values.isEmpty()) {
            into.add(anyPrincipal(values, translation));
        }
        if (!not.isEmpty()) {
            into.add(Principal.newBuilder()
                    .setNotId(anyPrincipal(not, translation))
                    .build());
        }
    }

    private static <T> Principal anyPrincipal(List<T> values, Function<? super T, Principal> translation) {
        if (values.size() == 1) {
            return translation.apply(values.getFirst());
        }
        Principal.Set.Builder set = Principal.Set.newBuilder();
        values.forEach(value -> set.addIds(translation.apply(value)));
        return Principal.newBuilder().setOrIds(set).build();
    }

    private static Principal everyOf(List<Principal> all) {
        return switch (all.size()) {
            case 0 -> Principal.newBuilder().setAny(true).build();
            case 1 -> all.getFirst();
            default ->
                Principal.newBuilder()
                        .setAndIds(Principal.Set.newBuilder().addAllIds(all))
                        .build();
        };
    }

    private static <T> void permissions(
            List<Permission> into, List<T> values, List<T> not, Function<? super T, Permission> translation) {
        if (!values.isEmpty()) {
            into.add(anyPermission(values, translation));
        }
        if (!not.isEmpty()) {
            into.add(Permission.newBuilder()
                    .setNotRule(anyPermission(not, translation))
                    .build());
        }
    }

    private static <T> Permission anyPermission(List<T> values, Function<? super T, Permission> translation) {
        if (values.size() == 1) {
            return translation.apply(values.getFirst());
        }
        Permission.Set.Builder set = Permission.Set.newBuilder();
        values.forEach(value -> set.addRules(translation.apply(value)));
        return Permission.newBuilder().setOrRules(set).build();
    }

    private static Permission allOf(List<Permission> all) {
        return switch (all.size()) {
            case 0 -> Permission.newBuilder().setAny(true).build();
            case 1 -> all.getFirst();
            default ->
                Permission.newBuilder()
                        .setAndRules(Permission.Set.newBuilder().addAllRules(all))
                        .build();
        };
    }

    private Principal principal(ValuePattern pattern) {
        return authenticated(
                switch (pattern) {
                    case ValuePattern.Exact(String value) -> Wire.exact("spiffe://" + value);
                    case ValuePattern.Prefix(String value) -> Wire.prefix("spiffe://" + value);
                    case ValuePattern.Suffix(String value) ->
                        StringMatcher.newBuilder().setSuffix(value).build();
                    case ValuePattern.Present ignored -> Wire.prefix("spiffe://");
                    case ValuePattern.Template(String value) -> Wire.exact("spiffe://" + value);
                });
    }

    private Principal namespace(ValuePattern pattern) {
        String base = "spiffe://" + view.settings().trustDomain() + "/ns/";
        return authenticated(
                switch (pattern) {
                    case ValuePattern.Exact(String value) -> Wire.prefix(base + value + "/sa/");
                    case ValuePattern.Prefix(String value) -> Wire.prefix(base + value);
                    case ValuePattern.Suffix(String value) ->
                        Wire.regex(quoted(base) + "[^/]*" + quoted(value) + "/sa/.+");
                    case ValuePattern.Present ignored -> Wire.prefix(base);
                    case ValuePattern.Template(String value) -> Wire.prefix(base + value + "/sa/");
                });
    }

    /** {@code namespace/name}. */
    private Principal serviceAccount(String text) {
        int slash = text.indexOf('/');
        return authenticated(Wire.exact(view.settings().spiffeId(text.substring(0, slash), text.substring(slash + 1))));
    }

    private static Principal authenticated(StringMatcher name) {
        return Principal.newBuilder()
                .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(name))
                .build();
    }

    private static Principal caller(IpBlock block) {
        return Principal.newBuilder().setDirectRemoteIp(Wire.range(block)).build();
    }

    /** A policy means the workload's own port; the connection shows where it arrived. */
    private Permission port(int port) {
        return Permission.newBuilder()
                .setDestinationPort(view.reachedAt(port).orElse(port))
                .build();
    }

    private static Permission method(ValuePattern pattern) {
        return Permission.newBuilder()
                .setHeader(header(":method", pattern, false))
                .build();
    }

    private static Permission path(ValuePattern pattern) {
        return Permission.newBuilder()
                .setUrlPath(PathMatcher.newBuilder().setPath(string(pattern)))
                .build();
    }

    /** A host is meant with and without a port, else a port in the request's host would pass by a rule of DENY. */
    private static Permission host(ValuePattern pattern) {
        Permission whole = Permission.newBuilder()
                .setHeader(header(":authority", pattern, true))
                .build();
        if (pattern instanceof ValuePattern.Exact(String value) && value.indexOf(':') < 0) {
            return Permission.newBuilder()
                    .setOrRules(Permission.Set.newBuilder()
                            .addRules(whole)
                            .addRules(Permission.newBuilder()
                                    .setHeader(header(":authority", new ValuePattern.Prefix(value + ":"), true))))
                    .build();
        }
        if (pattern instanceof ValuePattern.Suffix(String value) && value.indexOf(':') < 0) {
            return Permission.newBuilder()
                    .setOrRules(Permission.Set.newBuilder()
                            .addRules(whole)
                            .addRules(Permission.newBuilder()
                                    .setHeader(HeaderMatcher.newBuilder()
                                            .setName(":authority")
                                            .setStringMatch(Wire.regex("(?i).*" + quoted(value) + ":[0-9]+")))))
                    .build();
        }
        return whole;
    }

    private static HeaderMatcher header(String name, ValuePattern pattern, boolean ignoreCase) {
        HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(name);
        if (pattern instanceof ValuePattern.Present) {
            return matcher.setPresentMatch(true).build();
        }
        StringMatcher.Builder string = string(pattern).toBuilder();
        if (ignoreCase) {
            string.setIgnoreCase(true);
        }
        return matcher.setStringMatch(string).build();
    }

    private static StringMatcher string(ValuePattern pattern) {
        return switch (pattern) {
            case ValuePattern.Exact(String value) -> Wire.exact(value);
            case ValuePattern.Prefix(String value) -> Wire.prefix(value);
            case ValuePattern.Suffix(String value) ->
                StringMatcher.newBuilder().setSuffix(value).build();
            case ValuePattern.Present ignored -> Wire.regex(".+");
            case ValuePattern.Template(String value) -> Wire.regex(template(value));
        };
    }

    private static String template(String text) {
        StringBuilder regex = new StringBuilder();
        int position = 0;
        while (position < text.length()) {
            if (text.startsWith("{**}", position)) {
                regex.append(".*");
                position += 4;
            } else if (text.startsWith("{*}", position)) {
                regex.append("[^/]+");
                position += 3;
            } else {
                regex.append(quoted(text.substring(position, position + 1)));
                position++;
            }
        }
        return regex.toString();
    }

    /** RE2 takes a backslash before every character that is neither letter nor digit. */
    private static String quoted(String literal) {
        return literal.replaceAll("([^A-Za-z0-9_/-])", "\\\\$1");
    }
}
