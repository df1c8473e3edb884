package dev.riser.proxy.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.route.RouteTable;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.FilterConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.maglev.v3.Maglev;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;

/** Resources for tests, written as JSON. {@code TYPE/} stands for the customary start of type addresses. */
final class Resources {
    private static final JsonFormat.TypeRegistry TYPES = JsonFormat.TypeRegistry.newBuilder()
            .add(FilterConfig.getDescriptor())
            .add(FileAccessLog.getDescriptor())
            .add(StdoutAccessLog.getDescriptor())
            .add(Cors.getDescriptor())
            .add(CorsPolicy.getDescriptor())
            .add(HTTPFault.getDescriptor())
            .add(LocalRateLimit.getDescriptor())
            .add(RBAC.getDescriptor())
            .add(RBACPerRoute.getDescriptor())
            .add(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor())
            .add(Router.getDescriptor())
            .add(HttpInspector.getDescriptor())
            .add(OriginalDst.getDescriptor())
            .add(ProxyProtocol.getDescriptor())
            .add(TlsInspector.getDescriptor())
            .add(HttpConnectionManager.getDescriptor())
            .add(TcpProxy.getDescriptor())
            .add(LeastRequest.getDescriptor())
            .add(Maglev.getDescriptor())
            .add(RoundRobin.getDescriptor())
            .add(OmitCanaryHostsPredicate.getDescriptor())
            .add(PreviousHostsPredicate.getDescriptor())
            .add(RawBuffer.getDescriptor())
            .add(DownstreamTlsContext.getDescriptor())
            .add(UpstreamTlsContext.getDescriptor())
            .add(HttpProtocolOptions.getDescriptor())
            .build();

    private static final SnapshotCompiler COMPILER = new SnapshotCompiler();

    private Resources() {}

    static Compiled<CompiledListener> listener(String json) {
        return COMPILER.compileListener(parse(json, Listener.newBuilder()).build());
    }

    static Compiled<RouteTable> routes(String json) {
        return COMPILER.compileRoutes(
                parse(json, RouteConfiguration.newBuilder()).build());
    }

    static Compiled<CompiledCluster> cluster(String json) {
        return COMPILER.compileCluster(parse(json, Cluster.newBuilder()).build());
    }

    static Compiled<EndpointSet> endpoints(String json) {
        return COMPILER.compileEndpoints(
                parse(json, ClusterLoadAssignment.newBuilder()).build());
    }

    static Compiled<CompiledSecret> secret(String json) {
        return COMPILER.compileSecret(parse(json, Secret.newBuilder()).build());
    }

    private static <B extends Message.Builder> B parse(String json, B builder) {
        try {
            JsonFormat.parser().usingTypeRegistry(TYPES).merge(json.replace("TYPE/", "type.googleapis.com/"), builder);
        } catch (InvalidProtocolBufferException bad) {
            throw new IllegalArgumentException(json, bad);
        }
        return builder;
    }

    static <T> T accepted(Compiled<T> compiled) {
        return switch (compiled) {
            case Compiled.Accepted<T>(T value) -> value;
            case Compiled.Rejected<T>(Rejection rejection) -> throw new AssertionError(rejection.text());
        };
    }

    static List<String> reasons(Compiled<?> compiled) {
        return switch (compiled) {
            case Compiled.Accepted<?> accepted -> List.of();
            case Compiled.Rejected<?>(Rejection rejection) ->
                rejection.reasons().stream().map(Rejection.Reason::toString).toList();
        };
    }
}
