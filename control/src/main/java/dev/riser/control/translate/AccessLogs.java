package dev.riser.control.translate;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.riser.control.world.AccessLogging;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.LinkedHashMap;
import java.util.Map;

/** Puts the mesh's access log into every chain of a listener. Pure. */
final class AccessLogs {
    private static final String NAME = "envoy.access_loggers.file";

    /** Facts by the names under which the JSON form has them; the text form has their values in this order. */
    private static final Map<String, String> FACTS = facts();

    private AccessLogs() {}

    private static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("start_time", "%START_TIME%");
        facts.put("method", "%REQ(:METHOD)%");
        facts.put("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%");
        facts.put("protocol", "%PROTOCOL%");
        facts.put("response_code", "%RESPONSE_CODE%");
        facts.put("response_flags", "%RESPONSE_FLAGS%");
        facts.put("response_code_details", "%RESPONSE_CODE_DETAILS%");
        facts.put("bytes_received", "%BYTES_RECEIVED%");
        facts.put("bytes_sent", "%BYTES_SENT%");
        facts.put("duration", "%DURATION%");
        facts.put("user_agent", "%REQ(USER-AGENT)%");
        facts.put("request_id", "%REQ(X-REQUEST-ID)%");
        facts.put("authority", "%REQ(:AUTHORITY)%");
        facts.put("upstream_host", "%UPSTREAM_HOST%");
        facts.put("upstream_cluster", "%UPSTREAM_CLUSTER%");
        facts.put("downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%");
        facts.put("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%");
        facts.put("requested_server_name", "%REQUESTED_SERVER_NAME%");
        facts.put("route_name", "%ROUTE_NAME%");
        facts.put("downstream_peer_uri_san", "%DOWNSTREAM_PEER_URI_SAN%");
        return facts;
    }

    static Listener added(Listener listener, AccessLogging logging) {
        if (logging == AccessLogging.OFF) {
            return listener;
        }
        AccessLog log = log(logging);
        Listener.Builder builder = listener.toBuilder();
        builder.getFilterChainsBuilderList().forEach(chain -> add(chain, log));
        if (builder.hasDefaultFilterChain()) {
            add(builder.getDefaultFilterChainBuilder(), log);
        }
        return builder.build();
    }

    private static void add(FilterChain.Builder chain, AccessLog log) {
        for (Filter.Builder filter : chain.getFiltersBuilderList()) {
            Any config = filter.getTypedConfig();
            try {
                if (config.is(HttpConnectionManager.class)) {
                    filter.setTypedConfig(Wire.any(config.unpack(HttpConnectionManager.class).toBuilder()
                            .addAccessLog(log)
                            .build()));
                } else if (config.is(TcpProxy.class)) {
                    filter.setTypedConfig(Wire.any(config.unpack(TcpProxy.class).toBuilder()
                            .addAccessLog(log)
                            .build()));
                }
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException("a filter that this package made cannot be read", e);
            }
        }
    }

    private static AccessLog log(AccessLogging logging) {
        SubstitutionFormatString.Builder format = SubstitutionFormatString.newBuilder();
        if (logging == AccessLogging.JSON) {
            Struct.Builder fields = Struct.newBuilder();
            FACTS.forEach((name, operator) -> fields.putFields(
                    name, Value.newBuilder().setStringValue(operator).build()));
            format.setJsonFormat(fields);
        } else {
            format.setTextFormatSource(
                    DataSource.newBuilder().setInlineString(String.join(" ", FACTS.values()) + "\n"));
        }
        return AccessLog.newBuilder()
                .setName(NAME)
                .setTypedConfig(Wire.any(FileAccessLog.newBuilder()
                        .setPath("/dev/stdout")
                        .setLogFormat(format)
                        .build()))
                .build();
    }
}
