package dev.riser.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.control.world.AccessLogging;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import org.junit.jupiter.api.Test;

class AccessLogsTest {
    private static final Listener LISTENER = Listener.newBuilder()
            .addFilterChains(FilterChain.newBuilder()
                    .addFilters(
                            Filter.newBuilder().setTypedConfig(Wire.any(HttpConnectionManager.getDefaultInstance()))))
            .setDefaultFilterChain(FilterChain.newBuilder()
                    .addFilters(Filter.newBuilder().setTypedConfig(Wire.any(TcpProxy.getDefaultInstance()))))
            .build();

    @Test
    void offLeavesTheListenerAsItIs() {
        assertThat(AccessLogs.added(LISTENER, AccessLogging.OFF)).isSameAs(LISTENER);
    }

    @Test
    void everyChainGetsTheLog() throws Exception {
        Listener logged = AccessLogs.added(LISTENER, AccessLogging.JSON);

        HttpConnectionManager http =
                logged.getFilterChains(0).getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
        TcpProxy tcp =
                logged.getDefaultFilterChain().getFilters(0).getTypedConfig().unpack(TcpProxy.class);
        assertThat(http.getAccessLogList()).hasSize(1).isEqualTo(tcp.getAccessLogList());
        FileAccessLog file = http.getAccessLog(0).getTypedConfig().unpack(FileAccessLog.class);
        assertThat(file.getPath()).isEqualTo("/dev/stdout");
        assertThat(file.getLogFormat()
                        .getJsonFormat()
                        .getFieldsOrThrow("response_flags")
                        .getStringValue())
                .isEqualTo("%RESPONSE_FLAGS%");
    }

    @Test
    void textIsOneLine() throws Exception {
        Listener logged = AccessLogs.added(LISTENER, AccessLogging.TEXT);

        HttpConnectionManager http =
                logged.getFilterChains(0).getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
        String format = http.getAccessLog(0)
                .getTypedConfig()
                .unpack(FileAccessLog.class)
                .getLogFormat()
                .getTextFormatSource()
                .getInlineString();
        assertThat(format).startsWith("%START_TIME% %REQ(:METHOD)%").endsWith("\n");
        assertThat(format.lines()).hasSize(1);
    }
}
