package dev.riser.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.riser.cli.failure.CommandFailure;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UncapturedTest {
    private static final Uncaptured WORKLOAD = new Uncaptured(
            "127.88.0.2",
            List.of(
                    WorkloadRequest.Upstream.parse("redis:6379"),
                    WorkloadRequest.Upstream.parse("order-db.prod:5432")));

    @Test
    void the_program_finds_its_proxy_and_its_upstreams_in_the_environment() {
        assertThat(WORKLOAD.environment())
                .containsEntry("http_proxy", "http://127.88.0.2:15001")
                .containsEntry("grpc_proxy", "http://127.88.0.2:15001")
                .containsEntry("no_proxy", "localhost,127.0.0.1,::1")
                .containsEntry("REDIS_SERVICE_HOST", "127.88.0.2")
                .containsEntry("REDIS_SERVICE_PORT", "15200")
                .containsEntry("ORDER_DB_SERVICE_PORT", "15201");
    }

    @Test
    void the_proxy_listens_where_the_environment_says() {
        assertThat(WORKLOAD.entrances())
                .containsExactly(
                        new Uncaptured.Entrance("127.88.0.2", 15001, ""),
                        new Uncaptured.Entrance("127.88.0.2", 15200, "redis:6379"),
                        new Uncaptured.Entrance("127.88.0.2", 15201, "order-db.prod:5432"));
    }

    @Test
    void says_what_the_mesh_does_not_see() {
        assertThat(WORKLOAD.notice(List.of(new WorkloadRequest.Port(8000, ""))))
                .contains("only what the program sends through http_proxy=http://127.88.0.2:15001")
                .contains("who connects to port 8000 of this machine itself passes the mesh by");
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis", "redis:", ":6379", "redis:0", "redis:65536", "-redis:1", "a b:1"})
    void an_upstream_that_is_none_is_refused(String text) {
        assertThatThrownBy(() -> WorkloadRequest.Upstream.parse(text))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("HOST:PORT");
    }
}
