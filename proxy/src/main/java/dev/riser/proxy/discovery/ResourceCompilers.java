package dev.riser.proxy.discovery;

import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.RouteTable;
import dev.riser.proxy.snapshot.Compiled;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.CompiledSecret;
import dev.riser.proxy.snapshot.SnapshotCompiler;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.function.Function;

/**
 * How each kind of resource is compiled. Pure functions, called on the discovery loop.
 *
 * @param listener of the type Listener
 * @param routes of the type RouteConfiguration
 * @param cluster of the type Cluster
 * @param endpoints of the type ClusterLoadAssignment
 * @param secret of the type Secret
 */
public record ResourceCompilers(
        Function<Listener, Compiled<CompiledListener>> listener,
        Function<RouteConfiguration, Compiled<RouteTable>> routes,
        Function<Cluster, Compiled<CompiledCluster>> cluster,
        Function<ClusterLoadAssignment, Compiled<EndpointSet>> endpoints,
        Function<Secret, Compiled<CompiledSecret>> secret) {
    /** The proxy's own. */
    public static ResourceCompilers standard() {
        SnapshotCompiler compiler = new SnapshotCompiler();
        return new ResourceCompilers(
                compiler::compileListener,
                compiler::compileRoutes,
                compiler::compileCluster,
                compiler::compileEndpoints,
                compiler::compileSecret);
    }
}
