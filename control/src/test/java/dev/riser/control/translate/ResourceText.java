package dev.riser.control.translate;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;

/** Resources as protobuf's JSON, packed messages included. */
final class ResourceText {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer()
            .usingTypeRegistry(TypeRegistry.newBuilder()
                    .add(Cors.getDescriptor())
                    .add(CorsPolicy.getDescriptor())
                    .add(HTTPFault.getDescriptor())
                    .add(Router.getDescriptor())
                    .add(HttpInspector.getDescriptor())
                    .add(OriginalDst.getDescriptor())
                    .add(TlsInspector.getDescriptor())
                    .add(HttpConnectionManager.getDescriptor())
                    .add(TcpProxy.getDescriptor())
                    .add(PreviousHostsPredicate.getDescriptor())
                    .add(RawBuffer.getDescriptor())
                    .add(DownstreamTlsContext.getDescriptor())
                    .add(UpstreamTlsContext.getDescriptor())
                    .add(HttpProtocolOptions.getDescriptor())
                    .add(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.getDescriptor())
                    .add(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor())
                    .build());

    private ResourceText() {}

    static String of(Message resource) {
        try {
            return PRINTER.print(resource);
        } catch (InvalidProtocolBufferException unknownType) {
            throw new IllegalArgumentException("a packed type is not registered", unknownType);
        }
    }
}
