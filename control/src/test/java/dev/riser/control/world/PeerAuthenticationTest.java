package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.model.PeerAuthentication.Mode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerAuthenticationTest {
    private static final String POLICIES = """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: mesh, namespace: istio-system}
            spec: {mtls: {mode: PERMISSIVE}}
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: ns, namespace: closed}
            spec: {mtls: {mode: STRICT}}
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: ns, namespace: prod}
            spec: {mtls: {mode: UNSET}}
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: workload, namespace: prod}
            spec:
              selector: {matchLabels: {app: shop}}
              mtls: {mode: STRICT}
              portLevelMtls: {8080: {mode: DISABLE}, 8081: {mode: UNSET}}
            """;

    @ParameterizedTest
    @CsvSource({
        "prod, shop, 8080, DISABLE",
        "prod, shop, 8081, STRICT",
        "prod, shop, 9000, STRICT",
        "prod, cart, 8080, PERMISSIVE",
        "closed, shop, 8080, STRICT",
        "other, shop, 8080, PERMISSIVE",
    })
    void theNarrowestPolicyThatSaysSomethingWins(String namespace, String app, int port, Mode expected) {
        MeshWorld world = new Scenario().objects(POLICIES).world();

        assertThat(world.peerAuthentication(namespace, Map.of("app", app), port))
                .isEqualTo(expected);
    }

    @Test
    void withoutAnyPolicyMutualTlsIsDemanded() {
        assertThat(new Scenario().world().peerAuthentication("prod", Map.of(), 80))
                .isEqualTo(Mode.STRICT);
    }
}
