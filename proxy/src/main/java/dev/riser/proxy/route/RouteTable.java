package dev.riser.proxy.route;

import dev.riser.proxy.route.ForwardAction.WeightedCluster;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route configuration, compiled: virtual hosts found by name in constant time, and everything that does not depend
 * on the request computed. Immutable and shared by all event loops.
 */
public final class RouteTable {
    private final String name;
    private final List<VirtualHost> virtualHosts;
    private final boolean ignorePort;
    private final Origin origin;
    private final HostIndex hosts;

    /**
     * A table.
     *
     * @param name of the route configuration
     * @param virtualHosts no domain stands in two of them
     * @param requestChanges of the whole table
     * @param responseChanges of the whole table
     * @param overrides of the whole table
     * @param mostSpecificWins whether the changes of the most specific level are applied last, and so win
     * @param ignorePort whether the port of the authority is ignored
     * @param origin where it came from
     */
    public RouteTable(
            String name,
            List<VirtualHost> virtualHosts,
            HeaderChanges requestChanges,
            HeaderChanges responseChanges,
            FilterOverrides overrides,
            boolean mostSpecificWins,
            boolean ignorePort,
            Origin origin) {
        this.name = name;
        this.virtualHosts = List.copyOf(virtualHosts);
        this.ignorePort = ignorePort;
        this.origin = origin;
        HostIndex.Builder builder = new HostIndex.Builder();
        for (VirtualHost virtualHost : virtualHosts) {
            Host host = new Host(
                    virtualHost,
                    entries(virtualHost, requestChanges, responseChanges, overrides, mostSpecificWins),
                    new RouteMatch.NoRoute(virtualHost));
            for (String domain : virtualHost.domains()) {
                builder.add(domain, host);
            }
        }
        this.hosts = builder.build();
    }

    /** Name of the route configuration. */
    public String name() {
        return name;
    }

    /** The virtual hosts as configured. */
    public List<VirtualHost> virtualHosts() {
        return virtualHosts;
    }

    /** Where it came from. */
    public Origin origin() {
        return origin;
    }

    /** Names of all clusters that a request may be sent to by name; those named by headers are unknown. */
    public List<String> clusterNames() {
        List<String> names = new ArrayList<>();
        for (VirtualHost virtualHost : virtualHosts) {
            for (Route route : virtualHost.routes()) {
                if (route.action() instanceof ForwardAction action) {
                    switch (action.target()) {
                        case ForwardAction.Named(String cluster) -> names.add(cluster);
                        case ForwardAction.FromHeader fromHeader -> {}
                        case ForwardAction.Weighted(List<WeightedCluster> clusters) ->
                            clusters.forEach(cluster -> names.add(cluster.cluster()));
                    }
                    for (ForwardAction.Mirror mirror : action.mirrors()) {
                        if (!mirror.cluster().isEmpty()) {
                            names.add(mirror.cluster());
                        }
                    }
                }
            }
        }
        return names.stream().distinct().toList();
    }

    @Nullable
    Host host(CharSequence authority) {
        return hosts.find(authority, ignorePort ? endWithoutPort(authority) : authority.length());
    }

    private static int endWithoutPort(CharSequence authority) {
        for (int i = authority.length() - 1; i >= 0; i--) {
            char c = authority.charAt(i);
            if (c == ':') {
                return i;
            }
            if (c < '0' || c > '9') {
                return authority.length();
            }
        }
        return authority.length();
    }

    private static Entry[] entries(
            VirtualHost virtualHost,
            HeaderChanges tableRequest,
            HeaderChanges tableResponse,
            FilterOverrides tableOverrides,
            boolean mostSpecificWins) {
        List<Entry> entries = new ArrayList<>();
        FilterOverrides hostOverrides = virtualHost.overrides().orElse(tableOverrides);
        for (Route route : virtualHost.routes()) {
            FilterOverrides overrides = route.overrides().orElse(hostOverrides);
            HeaderChanges response =
                    levels(mostSpecificWins, route.responseChanges(), virtualHost.responseChanges(), tableResponse);
            entries.add(
                    switch (route.action()) {
                        case RedirectAction redirect -> new RedirectEntry(route, redirect, response, overrides);
                        case DirectResponse direct ->
                            new FixedEntry(
                                    route,
                                    new RouteMatch.Direct(
                                            virtualHost, route, direct.status(), direct.body(), response, overrides));
                        case ForwardAction action ->
                            forward(
                                    virtualHost,
                                    route,
                                    action,
                                    tableRequest,
                                    tableResponse,
                                    overrides,
                                    mostSpecificWins);
                    });
        }
        return entries.toArray(Entry[]::new);
    }

    private static Entry forward(
            VirtualHost virtualHost,
            Route route,
            ForwardAction action,
            HeaderChanges tableRequest,
            HeaderChanges tableResponse,
            FilterOverrides overrides,
            boolean mostSpecificWins) {
        HeaderChanges request =
                levels(mostSpecificWins, route.requestChanges(), virtualHost.requestChanges(), tableRequest);
        HeaderChanges response =
                levels(mostSpecificWins, route.responseChanges(), virtualHost.responseChanges(), tableResponse);
        return switch (action.target()) {
            case ForwardAction.Named(String cluster) ->
                new FixedEntry(
                        route,
                        new RouteMatch.Forward(
                                virtualHost,
                                route,
                                action,
                                cluster,
                                request,
                                response,
                                action.hostRewrite(),
                                overrides));
            case ForwardAction.FromHeader(var header) ->
                new HeaderEntry(
                        route,
                        header,
                        new RouteMatch.Forward(
                                virtualHost, route, action, "", request, response, action.hostRewrite(), overrides));
            case ForwardAction.Weighted(List<WeightedCluster> clusters) -> {
                RouteMatch.Forward[] choices = new RouteMatch.Forward[clusters.size()];
                long[] upTo = new long[clusters.size()];
                long total = 0;
                for (int i = 0; i < choices.length; i++) {
                    WeightedCluster cluster = clusters.get(i);
                    total += cluster.weight();
                    upTo[i] = total;
                    choices[i] = new RouteMatch.Forward(
                            virtualHost,
                            route,
                            action,
                            cluster.cluster(),
                            levels(
                                    mostSpecificWins,
                                    cluster.requestChanges(),
                                    route.requestChanges(),
                                    virtualHost.requestChanges(),
                                    tableRequest),
                            levels(
                                    mostSpecificWins,
                                    cluster.responseChanges(),
                                    route.responseChanges(),
                                    virtualHost.responseChanges(),
                                    tableResponse),
                            cluster.hostRewrite() instanceof HostRewrite.Keep
                                    ? action.hostRewrite()
                                    : cluster.hostRewrite(),
                            cluster.overrides().orElse(overrides));
                }
                yield new WeightedEntry(route, choices, upTo);
            }
        };
    }

    private static HeaderChanges levels(boolean mostSpecificWins, HeaderChanges... mostSpecificFirst) {
        List<HeaderChanges> order = List.of(mostSpecificFirst);
        return HeaderChanges.inOrder(mostSpecificWins ? order.reversed() : order);
    }

    /** A virtual host with its compiled routes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record Host(VirtualHost virtualHost, Entry[] entries, RouteMatch.NoRoute noRoute) {}

    /** A route with what can be computed before a request comes. */
    sealed interface Entry {
        Route route();
    }

    /** The answer does not depend on the request. */
    record FixedEntry(Route route, RouteMatch match) implements Entry {}

    /** One answer for each cluster; {@code upTo} are the sums of the weights. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record WeightedEntry(Route route, RouteMatch.Forward[] choices, long[] upTo) implements Entry {}

    /** The cluster is named by a header; the template's cluster is empty. */
    record HeaderEntry(Route route, io.netty.util.AsciiString header, RouteMatch.Forward template) implements Entry {}

    /** The location depends on the request. */
    record RedirectEntry(Route route, RedirectAction action, HeaderChanges responseChanges, FilterOverrides overrides)
            implements Entry {}
}
