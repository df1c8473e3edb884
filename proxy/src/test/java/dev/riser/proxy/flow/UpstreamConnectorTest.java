package dev.riser.proxy.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.snapshot.TlsSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpstreamConnectorTest {
    private static final List<String> WANTED = List.of("istio-http/1.1", "http/1.1");

    private static TlsSettings cluster(String... alpn) {
        return new TlsSettings(
                List.of(),
                null,
                List.of(alpn),
                TlsSettings.Version.AUTO,
                TlsSettings.Version.AUTO,
                List.of(),
                List.of());
    }

    @Test
    void aClusterThatNamesNoProtocolsLeavesThemToWhatIsCarried() {
        assertThat(UpstreamConnector.offered(cluster(), WANTED)).isEqualTo(WANTED);
    }

    @Test
    void aClusterThatNamesWhatIsCarriedAmongOthersLeavesTheChoice() {
        assertThat(UpstreamConnector.offered(cluster("istio-h2", "h2", "istio-http/1.1", "http/1.1"), WANTED))
                .isEqualTo(WANTED);
    }

    @Test
    void aClusterThatNamesOthersIsObeyed() {
        assertThat(UpstreamConnector.offered(cluster("istio-peer-exchange", "istio"), WANTED))
                .containsExactly("istio-peer-exchange", "istio");
    }
}
