package dev.riser.xds.server;

import java.util.List;

/** The type URLs of the resources that we serve. */
public final class ResourceTypes {
    public static final String CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    public static final String ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    public static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
    public static final String ROUTE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    public static final String SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
    public static final String HOST = "type.googleapis.com/riser.dns.v1.Host";

    /**
     * What must be known first comes first: a cluster before the listener that uses it, endpoints before the routes that
     * lead to them (the xDS protocol's "make before break"). What is taken away goes in the reverse order.
     */
    static final List<String> MAKE_ORDER = List.of(SECRET, CLUSTER, ENDPOINTS, LISTENER, ROUTE, HOST);

    /** The types for which an empty first request means "everything", by the rule of the state-of-the-world protocol. */
    static boolean emptyMeansEverything(String type) {
        return type.equals(CLUSTER) || type.equals(LISTENER);
    }

    /** Position of a type within one push; types unknown to us come last. */
    static int rank(String type) {
        int index = MAKE_ORDER.indexOf(type);
        return index < 0 ? MAKE_ORDER.size() : index;
    }

    private ResourceTypes() {}
}
