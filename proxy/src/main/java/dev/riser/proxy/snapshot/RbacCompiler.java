package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import dev.riser.proxy.guard.Condition;
import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.guard.RbacRules;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles RBAC filters. Conditions on requests are refused in filters of the network, where they could never hold. */
final class RbacCompiler {
    /** Where Istio's control plane expects the identity of the peer; the same as the authenticated principal. */
    private static final String PEER_PRINCIPAL = "io.istio.peer_principal";

    private final Inspection inspection;
    private final MatcherCompiler matchers;

    RbacCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
    }

    private enum Layer {
        HTTP,
        NETWORK
    }

    RbacFilter http(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC filter, String path) {
        inspection.only(
                filter,
                path,
                Set.of(
                        "rules",
                        "rules_stat_prefix",
                        "shadow_rules",
                        "shadow_rules_stat_prefix",
                        "track_per_rule_stats"));
        return new RbacFilter(
                filter.hasRules() ? rules(filter.getRules(), at(path, "rules"), Layer.HTTP) : null,
                filter.getRulesStatPrefix(),
                filter.hasShadowRules() ? rules(filter.getShadowRules(), at(path, "shadow_rules"), Layer.HTTP) : null,
                filter.getShadowRulesStatPrefix());
    }

    RbacFilter network(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC filter, String path) {
        inspection.only(filter, path, Set.of("rules", "shadow_rules", "shadow_rules_stat_prefix", "stat_prefix"));
        return new RbacFilter(
                filter.hasRules() ? rules(filter.getRules(), at(path, "rules"), Layer.NETWORK) : null,
                filter.getStatPrefix(),
                filter.hasShadowRules()
                        ? rules(filter.getShadowRules(), at(path, "shadow_rules"), Layer.NETWORK)
                        : null,
                filter.getShadowRulesStatPrefix());
    }

    private RbacRules rules(RBAC rbac, String path, Layer layer) {
        inspection.only(rbac, path, Set.of("action", "policies"));
        RbacRules.Action action = switch (rbac.getAction()) {
            case ALLOW -> RbacRules.Action.ALLOW;
            case DENY -> RbacRules.Action.DENY;
            case LOG -> RbacRules.Action.LOG;
            case UNRECOGNIZED -> throw new Inspection.Unusable(at(path, "action"), "is unknown");
        };
        Map<String, RbacRules.Policy> policies = new HashMap<>();
        for (Map.Entry<String, Policy> entry : rbac.getPoliciesMap().entrySet()) {
            String at = at(path, "policies", entry.getKey());
            Policy policy = entry.getValue();
            inspection.only(policy, at, Set.of("permissions", "principals"));
            if (policy.getPermissionsCount() == 0) {
                inspection.reject(at(at, "permissions"), "is empty");
            }
            if (policy.getPrincipalsCount() == 0) {
                inspection.reject(at(at, "principals"), "is empty");
            }
            policies.put(
                    entry.getKey(),
                    new RbacRules.Policy(
                            permissions(policy.getPermissionsList(), at, "permissions", layer),
                            principals(policy.getPrincipalsList(), at, "principals", layer)));
        }
        return new RbacRules(action, policies);
    }

    private List<Condition> permissions(List<Permission> permissions, String path, String field, Layer layer) {
        List<Condition> conditions = new ArrayList<>();
        for (int i = 0; i < permissions.size(); i++) {
            conditions.add(permission(permissions.get(i), at(path, field, i), layer));
        }
        return conditions;
    }

    private List<Condition> principals(List<Principal> principals, String path, String field, Layer layer) {
        List<Condition> conditions = new ArrayList<>();
        for (int i = 0; i < principals.size(); i++) {
            conditions.add(principal(principals.get(i), at(path, field, i), layer));
        }
        return conditions;
    }

    private Condition permission(Permission permission, String path, Layer layer) {
        inspection.only(
                permission,
                path,
                Set.of(
                        "and_rules",
                        "or_rules",
                        "any",
                        "header",
                        "url_path",
                        "destination_ip",
                        "destination_port",
                        "destination_port_range",
                        "not_rule",
                        "requested_server_name"));
        return switch (permission.getRuleCase()) {
            case AND_RULES ->
                new Condition.All(
                        permissions(permission.getAndRules().getRulesList(), at(path, "and_rules"), "rules", layer));
            case OR_RULES ->
                new Condition.Any(
                        permissions(permission.getOrRules().getRulesList(), at(path, "or_rules"), "rules", layer));
            case ANY -> new Condition.Always();
            case HEADER -> {
                httpOnly(at(path, "header"), layer);
                yield new Condition.Header(matchers.header(permission.getHeader(), at(path, "header")));
            }
            case URL_PATH -> urlPath(permission.getUrlPath(), at(path, "url_path"), layer);
            case DESTINATION_IP ->
                new Condition.DestinationIp(matchers.range(permission.getDestinationIp(), at(path, "destination_ip")));
            case DESTINATION_PORT ->
                new Condition.DestinationPort(permission.getDestinationPort(), permission.getDestinationPort() + 1);
            case DESTINATION_PORT_RANGE ->
                new Condition.DestinationPort(
                        permission.getDestinationPortRange().getStart(),
                        permission.getDestinationPortRange().getEnd());
            case NOT_RULE -> new Condition.Not(permission(permission.getNotRule(), at(path, "not_rule"), layer));
            case REQUESTED_SERVER_NAME ->
                new Condition.ServerName(
                        matchers.string(permission.getRequestedServerName(), at(path, "requested_server_name")));
            case METADATA, MATCHER, URI_TEMPLATE, SOURCED_METADATA, RULE_NOT_SET ->
                throw new Inspection.Unusable(path, "is no permission that this proxy knows");
        };
    }

    @SuppressWarnings("deprecation") // source_ip is still sent and says the same as remote_ip
    private Condition principal(Principal principal, String path, Layer layer) {
        inspection.only(
                principal,
                path,
                Set.of(
                        "and_ids",
                        "or_ids",
                        "any",
                        "authenticated",
                        "source_ip",
                        "direct_remote_ip",
                        "remote_ip",
                        "header",
                        "url_path",
                        "filter_state",
                        "not_id"));
        return switch (principal.getIdentifierCase()) {
            case AND_IDS ->
                new Condition.All(principals(principal.getAndIds().getIdsList(), at(path, "and_ids"), "ids", layer));
            case OR_IDS ->
                new Condition.Any(principals(principal.getOrIds().getIdsList(), at(path, "or_ids"), "ids", layer));
            case ANY -> new Condition.Always();
            case AUTHENTICATED -> authenticated(principal.getAuthenticated(), at(path, "authenticated"));
            case SOURCE_IP -> new Condition.RemoteIp(matchers.range(principal.getSourceIp(), at(path, "source_ip")));
            case DIRECT_REMOTE_IP ->
                new Condition.DirectRemoteIp(
                        matchers.range(principal.getDirectRemoteIp(), at(path, "direct_remote_ip")));
            case REMOTE_IP -> new Condition.RemoteIp(matchers.range(principal.getRemoteIp(), at(path, "remote_ip")));
            case HEADER -> {
                httpOnly(at(path, "header"), layer);
                yield new Condition.Header(matchers.header(principal.getHeader(), at(path, "header")));
            }
            case URL_PATH -> urlPath(principal.getUrlPath(), at(path, "url_path"), layer);
            case FILTER_STATE -> filterState(principal.getFilterState(), at(path, "filter_state"));
            case NOT_ID -> new Condition.Not(principal(principal.getNotId(), at(path, "not_id"), layer));
            case METADATA, SOURCED_METADATA, CUSTOM, IDENTIFIER_NOT_SET ->
                throw new Inspection.Unusable(path, "is no principal that this proxy knows");
        };
    }

    private Condition authenticated(Principal.Authenticated authenticated, String path) {
        inspection.only(authenticated, path, Set.of("principal_name"));
        return new Condition.Authenticated(
                authenticated.hasPrincipalName()
                        ? matchers.string(authenticated.getPrincipalName(), at(path, "principal_name"))
                        : null);
    }

    private Condition filterState(FilterStateMatcher matcher, String path) {
        inspection.only(matcher, path, Set.of("key", "string_match"));
        if (!matcher.getKey().equals(PEER_PRINCIPAL) || !matcher.hasStringMatch()) {
            inspection.reject(path, "only the string \"" + PEER_PRINCIPAL + "\" is known");
        }
        return new Condition.Authenticated(matchers.string(matcher.getStringMatch(), at(path, "string_match")));
    }

    private Condition urlPath(PathMatcher matcher, String path, Layer layer) {
        httpOnly(path, layer);
        inspection.only(matcher, path, Set.of("path"));
        return new Condition.UrlPath(matchers.string(matcher.getPath(), at(path, "path")));
    }

    private void httpOnly(String path, Layer layer) {
        if (layer == Layer.NETWORK) {
            inspection.reject(path, "is a condition on requests, in a filter that sees none");
        }
    }
}
