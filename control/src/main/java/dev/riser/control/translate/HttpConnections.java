package dev.riser.control.translate;

import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.time.Duration;
import java.util.List;

/** HTTP connection managers, one for each way. */
final class HttpConnections {
    static final String MANAGER = "envoy.filters.network.http_connection_manager";
    static final String FAULT = "envoy.filters.http.fault";
    static final String CORS = "envoy.filters.http.cors";
    private static final String ROUTER = "envoy.filters.http.router";

    private HttpConnections() {}

    /** Routes come by name. */
    static Filter outbound(String statPrefix, String routeConfiguration) {
        return filter(withOutboundFilters(base(statPrefix)
                .setRds(Rds.newBuilder().setConfigSource(Wire.ads()).setRouteConfigName(routeConfiguration))));
    }

    /** Routes stand in the listener. */
    static Filter outbound(String statPrefix, RouteConfiguration routes) {
        return filter(withOutboundFilters(base(statPrefix).setRouteConfig(routes)));
    }

    static Filter inbound(String statPrefix, RouteConfiguration routes, List<HttpFilter> guards) {
        HttpConnectionManager.Builder manager = base(statPrefix).setRouteConfig(routes);
        guards.forEach(manager::addHttpFilters);
        return filter(manager.addHttpFilters(router()));
    }

    private static HttpConnectionManager.Builder withOutboundFilters(HttpConnectionManager.Builder manager) {
        return manager.addHttpFilters(
                        HttpFilter.newBuilder().setName(CORS).setTypedConfig(Wire.any(Cors.getDefaultInstance())))
                .addHttpFilters(
                        HttpFilter.newBuilder().setName(FAULT).setTypedConfig(Wire.any(HTTPFault.getDefaultInstance())))
                .addHttpFilters(router());
    }

    private static HttpConnectionManager.Builder base(String statPrefix) {
        return HttpConnectionManager.newBuilder()
                .setCodecType(HttpConnectionManager.CodecType.AUTO)
                .setStatPrefix(statPrefix)
                .setServerName("riser")
                .setNormalizePath(BoolValue.of(true))
                .setHttpProtocolOptions(Http1ProtocolOptions.newBuilder().setAcceptHttp10(true))
                // Streams of gRPC and WebSocket may be silent for hours; the application's own limits apply.
                .setStreamIdleTimeout(Wire.duration(Duration.ZERO))
                .addUpgradeConfigs(
                        HttpConnectionManager.UpgradeConfig.newBuilder().setUpgradeType("websocket"));
    }

    private static HttpFilter router() {
        return HttpFilter.newBuilder()
                .setName(ROUTER)
                .setTypedConfig(Wire.any(Router.getDefaultInstance()))
                .build();
    }

    private static Filter filter(HttpConnectionManager.Builder manager) {
        return Filter.newBuilder()
                .setName(MANAGER)
                .setTypedConfig(Wire.any(manager.build()))
                .build();
    }
}
