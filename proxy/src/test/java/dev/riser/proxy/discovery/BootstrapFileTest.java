package dev.riser.proxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class BootstrapFileTest {
    private static final String YAML = """
            node: {id: test, cluster: "say \\"hi\\"\\tthere"}
            admin:
              address: {socket_address: {address: 127.0.0.1, port_value: 15000}}
            stats_flush_interval: 5s
            static_resources:
              listeners:
              - name: tcp
                address: {socket_address: {address: 127.0.0.1, port_value: 0}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.tcp_proxy
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                      stat_prefix: tcp
                      cluster: backend
                      idle_timeout: 1.5s
            """;

    @Test
    void yamlAndJsonReadAlike() throws Exception {
        Bootstrap bootstrap = BootstrapFile.parse(YAML, "envoy.yaml").bootstrap();

        assertThat(bootstrap.getNode().getCluster()).isEqualTo("say \"hi\"\tthere");
        TcpProxy proxy = bootstrap
                .getStaticResources()
                .getListeners(0)
                .getFilterChains(0)
                .getFilters(0)
                .getTypedConfig()
                .unpack(TcpProxy.class);
        assertThat(proxy.getCluster()).isEqualTo("backend");
        assertThat(proxy.getIdleTimeout().getNanos()).isEqualTo(500_000_000);
        String json = com.google.protobuf.util.JsonFormat.printer()
                .usingTypeRegistry(ExtensionTypes.registry(ExtensionTypes.names()))
                .print(bootstrap);
        assertThat(BootstrapFile.parse(json, "envoy.json").bootstrap()).isEqualTo(bootstrap);
    }

    @Test
    void extensionsAreKnownByTheirOwnNames() {
        com.google.protobuf.TypeRegistry all = ExtensionTypes.registry(ExtensionTypes.names());

        assertThat(ExtensionTypes.names())
                .allSatisfy(name -> assertThat(all.find(name))
                        .isNotNull()
                        .extracting(com.google.protobuf.Descriptors.Descriptor::getFullName)
                        .isEqualTo(name));
    }

    @Test
    void fieldsWithoutEffectAreNamed() {
        assertThat(BootstrapFile.parse(YAML, "envoy.yaml").unused()).containsExactly("stats_flush_interval");
    }

    @Test
    void everythingThatCannotBeReadSaysWhy() {
        assertThatThrownBy(() -> BootstrapFile.parse("node: {idd: x}", "f")).hasMessageContaining("idd");
        assertThatThrownBy(() -> BootstrapFile.parse("node: {id: x", "f")).hasMessageContaining("f");
        assertThatThrownBy(() -> BootstrapFile.parse("node: {id: x}\nnode: {id: y}", "f"))
                .hasMessageContaining("duplicate key");
        assertThatThrownBy(() -> BootstrapFile.parse(YAML.replace("v3.TcpProxy", "v3.Unheard"), "f"))
                .hasMessageContaining("Unheard");
        assertThatThrownBy(() -> BootstrapFile.parse("- a", "f")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesAreReadAsBase64() {
        String inline = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});

        Bootstrap bootstrap = BootstrapFile.parse(
                        "static_resources: {secrets: [{name: s, generic_secret: {secret: {inline_bytes: \"%s\"}}}]}"
                                .formatted(inline),
                        "f")
                .bootstrap();

        assertThat(bootstrap
                        .getStaticResources()
                        .getSecrets(0)
                        .getGenericSecret()
                        .getSecret()
                        .getInlineBytes()
                        .toByteArray())
                .containsExactly(1, 2, 3);
    }
}
