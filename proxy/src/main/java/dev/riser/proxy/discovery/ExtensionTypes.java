package dev.riser.proxy.discovery;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.TypeRegistry;
import io.envoyproxy.envoy.config.listener.v3.ApiListenerManager;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.maglev.v3.Maglev;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The extension messages that a file may hold inside {@code typed_config}. */
final class ExtensionTypes {
    /** By full name. A message's description is built when asked for, and building all of them takes long. */
    private static final Map<String, Supplier<Descriptor>> KNOWN = Map.ofEntries(
            Map.entry("envoy.config.listener.v3.ApiListenerManager", ApiListenerManager::getDescriptor),
            Map.entry("envoy.extensions.access_loggers.file.v3.FileAccessLog", FileAccessLog::getDescriptor),
            Map.entry("envoy.extensions.access_loggers.stream.v3.StderrAccessLog", StderrAccessLog::getDescriptor),
            Map.entry("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", StdoutAccessLog::getDescriptor),
            Map.entry("envoy.extensions.filters.http.cors.v3.Cors", Cors::getDescriptor),
            Map.entry("envoy.extensions.filters.http.cors.v3.CorsPolicy", CorsPolicy::getDescriptor),
            Map.entry("envoy.extensions.filters.http.fault.v3.HTTPFault", HTTPFault::getDescriptor),
            Map.entry("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", LocalRateLimit::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.http.rbac.v3.RBAC",
                    io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.http.rbac.v3.RBACPerRoute",
                    io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute::getDescriptor),
            Map.entry("envoy.extensions.filters.http.router.v3.Router", Router::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector", HttpInspector::getDescriptor),
            Map.entry("envoy.extensions.filters.listener.original_dst.v3.OriginalDst", OriginalDst::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol", ProxyProtocol::getDescriptor),
            Map.entry("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", TlsInspector::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                    HttpConnectionManager::getDescriptor),
            Map.entry(
                    "envoy.extensions.filters.network.rbac.v3.RBAC",
                    io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC::getDescriptor),
            Map.entry("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", TcpProxy::getDescriptor),
            Map.entry(
                    "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest",
                    LeastRequest::getDescriptor),
            Map.entry("envoy.extensions.load_balancing_policies.maglev.v3.Maglev", Maglev::getDescriptor),
            Map.entry("envoy.extensions.load_balancing_policies.random.v3.Random", Random::getDescriptor),
            Map.entry("envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash", RingHash::getDescriptor),
            Map.entry("envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin", RoundRobin::getDescriptor),
            Map.entry(
                    "envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate",
                    OmitCanaryHostsPredicate::getDescriptor),
            Map.entry(
                    "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig",
                    OmitHostMetadataConfig::getDescriptor),
            Map.entry(
                    "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
                    PreviousHostsPredicate::getDescriptor),
            Map.entry("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", RawBuffer::getDescriptor),
            Map.entry(
                    "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                    DownstreamTlsContext::getDescriptor),
            Map.entry(
                    "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", UpstreamTlsContext::getDescriptor),
            Map.entry(
                    "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig",
                    SPIFFECertValidatorConfig::getDescriptor),
            Map.entry("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", HttpProtocolOptions::getDescriptor),
            Map.entry(
                    "envoy.config.route.v3.FilterConfig",
                    io.envoyproxy.envoy.config.route.v3.FilterConfig::getDescriptor));

    private ExtensionTypes() {}

    /** Full names of all. */
    static Set<String> names() {
        return KNOWN.keySet();
    }

    /**
     * For reading JSON.
     *
     * @param urls the type URLs that may occur; one whose type this proxy does not have is left out
     */
    static TypeRegistry registry(Collection<String> urls) {
        TypeRegistry.Builder registry = TypeRegistry.newBuilder();
        for (String url : urls) {
            Supplier<Descriptor> known = KNOWN.get(url.substring(url.lastIndexOf('/') + 1));
            if (known != null) {
                registry.add(known.get());
            }
        }
        return registry.build();
    }
}
