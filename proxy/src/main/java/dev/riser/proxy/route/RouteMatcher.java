package dev.riser.proxy.route;

import dev.riser.proxy.route.RouteTable.Entry;
import dev.riser.proxy.route.RouteTable.FixedEntry;
import dev.riser.proxy.route.RouteTable.HeaderEntry;
import dev.riser.proxy.route.RouteTable.RedirectEntry;
import dev.riser.proxy.route.RouteTable.WeightedEntry;
import java.util.random.RandomGenerator;

/** Finds the route of a request. Pure: the same table, request and draw always give the same answer. */
public final class RouteMatcher {
    private static final int MOVED_PERMANENTLY = 301;
    private static final RedirectAction TO_HTTPS = new RedirectAction(
            "https", "", 0, new RedirectAction.Rewritten(PathRewrite.Keep.INSTANCE), MOVED_PERMANENTLY, false);
    private static final PathMatch EVERYTHING = new PathMatch.Prefix("/", false);

    private RouteMatcher() {}

    /** As {@link #match(RouteTable, RequestView, long)} with one draw from this generator. */
    public static RouteMatch match(RouteTable table, RequestView request, RandomGenerator random) {
        return match(table, request, random.nextLong());
    }

    /**
     * The route of this request.
     *
     * @param table the table the listener names
     * @param request its path normalised already
     * @param draw 64 uniformly random bits, one draw for each request: they choose among weighted clusters and, mixed
     *     anew for every route, decide about routes that take a share of requests
     */
    public static RouteMatch match(RouteTable table, RequestView request, long draw) {
        RouteTable.Host host = table.host(request.authority());
        if (host == null) {
            return RouteMatch.NoRoute.NO_HOST;
        }
        if (host.virtualHost().requireTls() == VirtualHost.TlsRequirement.ALL
                && !"https".contentEquals(request.scheme())) {
            return toHttps(host, request);
        }
        int pathEnd = Text.endOfPath(request.path());
        Entry[] entries = host.entries();
        for (int i = 0; i < entries.length; i++) {
            Entry entry = entries[i];
            if (entry.route().matches(request, pathEnd, mix(draw + i + 1))) {
                return answer(host, entry, request, draw);
            }
        }
        return host.noRoute();
    }

    private static RouteMatch answer(RouteTable.Host host, Entry entry, RequestView request, long draw) {
        return switch (entry) {
            case FixedEntry fixed -> fixed.match();
            case WeightedEntry weighted -> weighted.choices()[choose(weighted.upTo(), draw)];
            case HeaderEntry named -> {
                CharSequence cluster = request.header(named.header());
                RouteMatch.Forward template = named.template();
                yield cluster == null
                        ? template
                        : new RouteMatch.Forward(
                                template.virtualHost(),
                                template.route(),
                                template.action(),
                                cluster.toString(),
                                template.requestChanges(),
                                template.responseChanges(),
                                template.hostRewrite(),
                                template.overrides());
            }
            case RedirectEntry redirect ->
                new RouteMatch.Redirect(
                        host.virtualHost(),
                        redirect.route(),
                        redirect.action().status(),
                        redirect.action().location(redirect.route().path(), request),
                        redirect.responseChanges(),
                        redirect.overrides());
        };
    }

    private static RouteMatch toHttps(RouteTable.Host host, RequestView request) {
        VirtualHost virtualHost = host.virtualHost();
        Route route = new Route(
                "",
                EVERYTHING,
                java.util.List.of(),
                java.util.List.of(),
                null,
                false,
                TO_HTTPS,
                HeaderChanges.NONE,
                HeaderChanges.NONE,
                FilterOverrides.NONE,
                virtualHost.origin(),
                "");
        return new RouteMatch.Redirect(
                virtualHost,
                route,
                MOVED_PERMANENTLY,
                TO_HTTPS.location(EVERYTHING, request),
                HeaderChanges.NONE,
                virtualHost.overrides());
    }

    /** The index of the part that the draw falls into; {@code upTo} are the sums of the weights, the last of them positive. */
    public static int choose(long[] upTo, long draw) {
        long point = Long.remainderUnsigned(draw, upTo[upTo.length - 1]);
        int chosen = 0;
        while (point >= upTo[chosen]) {
            chosen++;
        }
        return chosen;
    }

    /**
     * Turns one draw into another that looks independent of it. The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
     */
    public static long mix(long draw) {
        long mixed = (draw ^ (draw >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
