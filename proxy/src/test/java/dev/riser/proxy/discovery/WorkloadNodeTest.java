package dev.riser.proxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadNodeTest {
    @Test
    void nodeSaysWhatTheControlPlaneExpects() {
        Node node = new WorkloadNode(
                        "prod",
                        "product",
                        "product-1",
                        "product-account",
                        Map.of("version", "v2"),
                        List.of(InetAddress.ofLiteral("10.88.0.7"), InetAddress.ofLiteral("fd88::7")),
                        List.of(8000, 8443),
                        "0.1.0")
                .toNode();

        assertThat(node.getId()).isEqualTo("sidecar~10.88.0.7~product-1.prod~prod.svc.cluster.local");
        Struct metadata = node.getMetadata();
        assertThat(metadata.getFieldsOrThrow("NAMESPACE").getStringValue()).isEqualTo("prod");
        assertThat(metadata.getFieldsOrThrow("WORKLOAD_NAME").getStringValue()).isEqualTo("product");
        assertThat(metadata.getFieldsOrThrow("INSTANCE").getStringValue()).isEqualTo("product-1");
        assertThat(metadata.getFieldsOrThrow("SERVICE_ACCOUNT").getStringValue())
                .isEqualTo("product-account");
        assertThat(metadata.getFieldsOrThrow("INSTANCE_IPS").getStringValue())
                .isEqualTo("10.88.0.7,fd88:0:0:0:0:0:0:7");
        assertThat(metadata.getFieldsOrThrow("INBOUND_PORTS").getStringValue()).isEqualTo("8000,8443");
        assertThat(metadata.getFieldsOrThrow("RISER_VERSION").getStringValue()).isEqualTo("0.1.0");
        assertThat(metadata.getFieldsOrThrow("LABELS")
                        .getStructValue()
                        .getFieldsOrThrow("version")
                        .getStringValue())
                .isEqualTo("v2");
    }
}
