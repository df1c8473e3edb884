package dev.riser.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.control.translate.ResourceNames.CalledAddress;
import dev.riser.control.translate.ResourceNames.InboundCluster;
import dev.riser.control.translate.ResourceNames.OutboundCluster;
import dev.riser.control.translate.ResourceNames.RoutedHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceNamesTest {

    @Test
    void namesAreReadBackAsTheyWereWritten() {
        OutboundCluster outbound = new OutboundCluster(8000, "v1", "a.b.svc.cluster.local");
        InboundCluster inbound = new InboundCluster(8000);
        CalledAddress called = new CalledAddress("fd00:90::7", 8000);
        RoutedHost routed = new RoutedHost("product.prod.svc.cluster.local", 8000);

        assertThat(outbound.name()).isEqualTo("outbound|8000|v1|a.b.svc.cluster.local");
        assertThat(inbound.name()).isEqualTo("inbound|8000||");
        assertThat(called.name()).isEqualTo("fd00:90::7_8000");
        assertThat(routed.name()).isEqualTo("product.prod.svc.cluster.local:8000");
        assertThat(OutboundCluster.parse(outbound.name())).contains(outbound);
        assertThat(InboundCluster.parse(inbound.name())).contains(inbound);
        assertThat(CalledAddress.parse(called.name())).contains(called);
        assertThat(RoutedHost.parse(routed.name())).contains(routed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "|||",
                "outbound|x||h",
                "outbound|70000||h",
                "inbound|0||",
                "inbound|||",
                "host:",
                "host:99999",
                "10.0.0_80",
                "name_80",
                "_",
                "_80",
                "10.0.0.1_",
                ":",
                "outbound|1|2"
            })
    void whatIsNoNameIsReadAsNone(String text) {
        assertThat(OutboundCluster.parse(text)).isEmpty();
        assertThat(InboundCluster.parse(text)).isEmpty();
        assertThat(CalledAddress.parse(text)).isEmpty();
        assertThat(RoutedHost.parse(text)).isEmpty();
    }
}
