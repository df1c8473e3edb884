package dev.riser.proxy.route;

import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a virtual host. Immutable; made with the table.
 */
public final class Route {
    private final String name;
    private final PathMatch path;
    private final HeaderMatch[] headers;
    private final QueryMatch[] queries;
    private final @Nullable Fraction fraction;
    private final boolean grpcOnly;
    private final RouteAction action;
    private final HeaderChanges requestChanges;
    private final HeaderChanges responseChanges;
    private final FilterOverrides overrides;
    private final Origin origin;
    private final String operation;

    /** Header that tells gRPC requests from others. */
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");

    /**
     * A route.
     *
     * @param name for logs and metrics, may be empty
     * @param path how it matches the path
     * @param headers all of these must match
     * @param queries all of these must match
     * @param fraction which share of the matching requests it takes; null: all
     * @param grpcOnly whether it takes only gRPC requests
     * @param action what is done
     * @param requestChanges of the route alone
     * @param responseChanges of the route alone
     * @param overrides of the route alone
     * @param origin where it came from
     * @param operation span name, empty where the configuration is silent
     */
    public Route(
            String name,
            PathMatch path,
            List<HeaderMatch> headers,
            List<QueryMatch> queries,
            @Nullable Fraction fraction,
            boolean grpcOnly,
            RouteAction action,
            HeaderChanges requestChanges,
            HeaderChanges responseChanges,
            FilterOverrides overrides,
            Origin origin,
            String operation) {
        this.name = name;
        this.path = path;
        this.headers = headers.toArray(HeaderMatch[]::new);
        this.queries = queries.toArray(QueryMatch[]::new);
        this.fraction = fraction;
        this.grpcOnly = grpcOnly;
        this.action = action;
        this.requestChanges = requestChanges;
        this.responseChanges = responseChanges;
        this.overrides = overrides;
        this.origin = origin;
        this.operation = operation;
    }

    /** Name for logs and metrics, may be empty. */
    public String name() {
        return name;
    }

    /** How it matches the path. */
    public PathMatch path() {
        return path;
    }

    /** What is done with a request. */
    public RouteAction action() {
        return action;
    }

    /** Header changes of the route alone. */
    public HeaderChanges requestChanges() {
        return requestChanges;
    }

    /** Header changes of the route alone. */
    public HeaderChanges responseChanges() {
        return responseChanges;
    }

    /** Filter settings of the route alone. */
    public FilterOverrides overrides() {
        return overrides;
    }

    /** Where it came from. */
    public Origin origin() {
        return origin;
    }

    /** Span name, empty where the configuration is silent. */
    public String operation() {
        return operation;
    }

    /** The conditions on headers. */
    public List<HeaderMatch> headers() {
        return List.of(headers);
    }

    /**
     * Whether this route takes the request.
     *
     * @param pathEnd where the path ends and the query starts
     * @param draw random bits for the route's share
     */
    boolean matches(RequestView request, int pathEnd, long draw) {
        if (!path.matches(request.path(), pathEnd)) {
            return false;
        }
        if (grpcOnly && !isGrpc(request)) {
            return false;
        }
        for (HeaderMatch header : headers) {
            if (!header.matches(request)) {
                return false;
            }
        }
        for (QueryMatch query : queries) {
            if (!query.matches(request.path())) {
                return false;
            }
        }
        return fraction == null || fraction.selects(draw);
    }

    private static boolean isGrpc(RequestView request) {
        CharSequence type = request.header(CONTENT_TYPE);
        if (type == null || !Text.regionMatches(type, 0, "application/grpc", false)) {
            return false;
        }
        return type.length() == 16 || type.charAt(16) == '+' || type.charAt(16) == ';';
    }

    /** For logs. */
    @Override
    public String toString() {
        return "Route[" + name + " " + path + "]";
    }
}
