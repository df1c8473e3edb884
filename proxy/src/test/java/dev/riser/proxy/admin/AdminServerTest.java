package dev.riser.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
    private final FakeView view = new FakeView();

    private String send(AdminServer.Pages pages, String head) {
        EmbeddedChannel channel = new EmbeddedChannel(AdminServer.initializer(view, pages));
        channel.writeInbound(Unpooled.copiedBuffer(head.replace("\n", "\r\n") + "\r\n\r\n", StandardCharsets.US_ASCII));
        channel.runPendingTasks();
        StringBuilder response = new StringBuilder();
        for (ByteBuf each = channel.readOutbound(); each != null; each = channel.readOutbound()) {
            response.append(each.toString(StandardCharsets.UTF_8));
            each.release();
        }
        channel.finishAndReleaseAll();
        return response.toString();
    }

    private String get(AdminServer.Pages pages, String path) {
        return send(pages, "GET " + path + " HTTP/1.1\nHost: localhost:15000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/ready | LIVE",
                "/healthz/ready | LIVE",
                "/metrics | riser_workloads 1.0",
                "/stats/prometheus | riser_workloads 1.0",
                "/stats | requests: 1",
                "/config_dump | {\"configs\":[]}",
                "/certs | {\"certificates\":[]}",
                "/listeners | virtualInbound::0.0.0.0:15006",
                "/workloads | \"identity\":\"spiffe://cluster.local/ns/prod/sa/cart\"",
                "/help | POST /drain"
            })
    void pageShowsItsPartOfTheView(String path, String expected) {
        assertThat(get(AdminServer.Pages.ADMIN, path))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(expected);
    }

    @Test
    void metricsCarryPrometheussType() {
        assertThat(get(AdminServer.Pages.METRICS, "/metrics"))
                .contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n")
                .endsWith("\r\n\r\nriser_workloads 1.0\n");
    }

    @Test
    void processThatIsNotReadySaysWhy() {
        view.readiness = new AdminView.Readiness.NotReady("waiting for the first certificate");

        assertThat(get(AdminServer.Pages.HEALTH, "/ready"))
                .startsWith("HTTP/1.1 503 ")
                .endsWith("waiting for the first certificate\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/config_dump", "/certs", "/stats", "/workloads", "/help", "/drain"})
    void serversForOthersShowNothingOfTheConfiguration(String path) {
        assertThat(get(AdminServer.Pages.METRICS, path)).startsWith("HTTP/1.1 404 ");
        assertThat(get(AdminServer.Pages.HEALTH, path)).startsWith("HTTP/1.1 404 ");
        assertThat(send(AdminServer.Pages.METRICS, "POST /quitquitquit HTTP/1.1\nHost: localhost"))
                .startsWith("HTTP/1.1 404 ");
        assertThat(view.done).isEmpty();
    }

    @Test
    void healthServerHasNoMetrics() {
        assertThat(get(AdminServer.Pages.HEALTH, "/metrics")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void changesAreMadeByPostAlone() {
        assertThat(get(AdminServer.Pages.ADMIN, "/drain")).startsWith("HTTP/1.1 405 ");
        assertThat(get(AdminServer.Pages.ADMIN, "/quitquitquit")).startsWith("HTTP/1.1 405 ");
        assertThat(view.done).isEmpty();

        assertThat(send(AdminServer.Pages.ADMIN, "POST /drain HTTP/1.1\nHost: 127.0.0.1:15000"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(send(AdminServer.Pages.ADMIN, "POST /quitquitquit HTTP/1.1\nHost: [::1]:15000"))
                .startsWith("HTTP/1.1 200 ");

        assertThat(view.done).containsExactly("drain", "quit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /quitquitquit HTTP/1.1\nHost: rebound.example.com",
                "POST /quitquitquit HTTP/1.1\nHost: 127.0.0.1:15000\nOrigin: http://evil.example",
                "GET /config_dump HTTP/1.1\nHost: rebound.example.com:15000"
            })
    void pageInABrowserReachesNothing(String head) {
        assertThat(send(AdminServer.Pages.ADMIN, head)).startsWith("HTTP/1.1 403 ");
        assertThat(view.done).isEmpty();
    }

    @Test
    void logLevelIsSetByPost() {
        Logger root = Logger.getLogger("");
        Level before = root.getLevel();
        Handler[] handlers = root.getHandlers();
        Level[] handlerLevels = new Level[handlers.length];
        for (int index = 0; index < handlers.length; index++) {
            handlerLevels[index] = handlers[index].getLevel();
        }
        try {
            assertThat(send(AdminServer.Pages.ADMIN, "POST /logging?level=error HTTP/1.1\nHost: localhost"))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(root.getLevel()).isEqualTo(Level.SEVERE);
            assertThat(send(AdminServer.Pages.ADMIN, "POST /logging?level=loud HTTP/1.1\nHost: localhost"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("'loud' is none of trace, debug");
        } finally {
            root.setLevel(before);
            for (int index = 0; index < handlers.length; index++) {
                handlers[index].setLevel(handlerLevels[index]);
            }
        }
    }

    @Test
    void pageThatFailsIsAnErrorAndNotASilence() {
        view.metrics = CompletableFuture.failedFuture(new IllegalStateException("loop has ended"));

        assertThat(get(AdminServer.Pages.METRICS, "/metrics"))
                .startsWith("HTTP/1.1 500 ")
                .contains("loop has ended");
    }

    @Test
    void headHasTheLengthAndNoBody() {
        assertThat(send(AdminServer.Pages.HEALTH, "HEAD /ready HTTP/1.1\nHost: x"))
                .startsWith("HTTP/1.1 200 ")
                .contains("content-length: 5\r\n")
                .endsWith("\r\n\r\n");
    }
}
