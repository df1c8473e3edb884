package dev.riser.proxy.snapshot;

import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.RouteTable;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;

/**
 * Turns xDS resources into what the request walk reads. Pure: the same resource always gives the same outcome. Each
 * resource is judged alone; a field that this proxy does not know or cannot honour rejects its resource and says so, so
 * that nothing is silently left out. Any thread.
 */
public final class SnapshotCompiler {
    /** A compiler. */
    public SnapshotCompiler() {}

    /** Compiles a listener, the route tables inside it included. */
    public Compiled<CompiledListener> compileListener(Listener listener) {
        return Inspection.of(listener.getName(), inspection -> new ListenerCompiler(inspection).compile(listener));
    }

    /** Compiles a route configuration. */
    public Compiled<RouteTable> compileRoutes(RouteConfiguration configuration) {
        return Inspection.of(
                configuration.getName(), inspection -> new RouteCompiler(inspection).compile(configuration, ""));
    }

    /** Compiles a cluster, the endpoints inside it included. */
    public Compiled<CompiledCluster> compileCluster(Cluster cluster) {
        return Inspection.of(cluster.getName(), inspection -> new ClusterCompiler(inspection).compile(cluster));
    }

    /** Compiles a load assignment. */
    public Compiled<EndpointSet> compileEndpoints(ClusterLoadAssignment assignment) {
        return Inspection.of(
                assignment.getClusterName(),
                inspection ->
                        new EndpointCompiler(inspection).compile(assignment, "", EndpointCompiler.Names.REJECTED));
    }

    /** Compiles a secret. */
    public Compiled<CompiledSecret> compileSecret(Secret secret) {
        return Inspection.of(secret.getName(), inspection -> new TlsCompiler(inspection).compileSecret(secret));
    }
}
