package dev.riser.xds.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.xds.telemetry.GoldenSignalsGrpc;
import dev.riser.xds.telemetry.ReportSummary;
import dev.riser.xds.telemetry.SignalReport;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignalReporterTest {
    private final ManualLoop loop = new ManualLoop();
    private final List<Long> received = new ArrayList<>();
    private final List<StreamObserver<ReportSummary>> streams = new ArrayList<>();
    private boolean away;
    private boolean ended;
    private long reports;
    private Server server;
    private ManagedChannel channel;
    private SignalReporter reporter;

    @BeforeEach
    void connect() throws Exception {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new Receiving())
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        reporter = new SignalReporter(
                () -> channel,
                () -> List.of(SignalReport.newBuilder().setEndMillis(++reports).build()),
                loop,
                RetryDelay.standard(new Random(5)),
                10);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void reportsEveryTwoSecondsOnOneStream() {
        reporter.start();
        loop.advance(Duration.ofSeconds(7));

        assertThat(received).containsExactly(1L, 2L, 3L);
        assertThat(streams).hasSize(1);
        assertThat(reporter.sent()).isEqualTo(3);
        assertThat(reporter.dropped()).isZero();
    }

    @Test
    void whatWasCountedDuringAShortOutageArrivesAfterIt() {
        reporter.start();
        loop.advance(Duration.ofSeconds(3));
        away = true;
        streams.getLast().onError(Status.UNAVAILABLE.asRuntimeException());
        loop.advance(Duration.ofSeconds(10));
        away = false;

        loop.advance(Duration.ofSeconds(3));

        assertThat(received).containsExactlyElementsOf(upTo(reports));
        assertThat(reporter.dropped()).isZero();
    }

    @Test
    void beyondTheBoundTheOldestAreDroppedAndCounted() {
        away = true;
        reporter.start();
        loop.advance(Duration.ofSeconds(50));
        assertThat(reports).isEqualTo(25);
        assertThat(reporter.dropped()).isEqualTo(15);
        away = false;

        loop.advance(Duration.ofMillis(1900));

        assertThat(received)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(16, 25).boxed().toList());
    }

    @Test
    void closingSendsTheRestAndEndsTheStream() {
        reporter.start();
        loop.advance(Duration.ofSeconds(2));

        reporter.close();
        loop.advance(Duration.ofMinutes(1));

        assertThat(received).containsExactly(1L, 2L);
        assertThat(ended).isTrue();
        assertThat(streams).hasSize(1);
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    private final class Receiving extends GoldenSignalsGrpc.GoldenSignalsImplBase {
        @Override
        public StreamObserver<SignalReport> report(StreamObserver<ReportSummary> responses) {
            boolean refused = away;
            if (refused) {
                responses.onError(Status.UNAVAILABLE.asRuntimeException());
            } else {
                streams.add(responses);
            }
            return new StreamObserver<>() {
                @Override
                public void onNext(SignalReport report) {
                    if (!refused) {
                        received.add(report.getEndMillis());
                    }
                }

                @Override
                public void onError(Throwable failure) {
                    ended = true;
                }

                @Override
                public void onCompleted() {
                    ended = true;
                    if (!refused) {
                        responses.onNext(ReportSummary.getDefaultInstance());
                        responses.onCompleted();
                    }
                }
            };
        }
    }
}
