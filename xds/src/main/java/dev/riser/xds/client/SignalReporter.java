package dev.riser.xds.client;

import dev.riser.xds.telemetry.GoldenSignalsGrpc;
import dev.riser.xds.telemetry.ReportSummary;
import dev.riser.xds.telemetry.SignalReport;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends what was counted to the control plane, every two seconds on one stream that is kept open. While there is no
 * stream, or it does not take more, reports wait; beyond a bound the oldest are dropped and counted. Runs on one loop;
 * {@link #dropped} and {@link #sent} may be read on any thread.
 */
public final class SignalReporter implements AutoCloseable {
    /** Between reports. */
    public static final Duration INTERVAL = Duration.ofSeconds(2);

    /** A minute and a half of one workload's reports. */
    public static final int WAITING_REPORTS = 45;

    private final Supplier<? extends Channel> channels;
    private final Supplier<List<SignalReport>> source;
    private final LoopScheduler loop;
    private final RetryDelay retryDelay;
    private final int bound;
    private final Queue<SignalReport> waiting = new ArrayDeque<>();
    private @Nullable Stream stream;
    private LoopScheduler.Task tick = LoopScheduler.Task.NONE;
    private LoopScheduler.Task retry = LoopScheduler.Task.NONE;
    private int failures;
    private volatile long dropped;
    private volatile long sent;
    private boolean closed;

    /**
     * @param channels asked for each new stream
     * @param source what was counted since it was asked before; called on the loop
     * @param bound most reports that wait
     */
    public SignalReporter(
            Supplier<? extends Channel> channels,
            Supplier<List<SignalReport>> source,
            LoopScheduler loop,
            RetryDelay retryDelay,
            int bound) {
        this.channels = channels;
        this.source = source;
        this.loop = loop;
        this.retryDelay = retryDelay;
        this.bound = bound;
    }

    /** Opens the stream and begins to report. */
    public void start() {
        loop.run(() -> {
            connect();
            tick = loop.schedule(INTERVAL, this::report);
        });
    }

    /** Reports given up because the control plane was away for too long. */
    public long dropped() {
        return dropped;
    }

    /** Reports handed to the stream. */
    public long sent() {
        return sent;
    }

    /** Sends what was counted last, and ends. */
    @Override
    public void close() {
        loop.run(() -> {
            if (closed) {
                return;
            }
            tick.cancel();
            retry.cancel();
            collect();
            drain();
            closed = true;
            Stream open = stream;
            stream = null;
            if (open != null) {
                open.requests.onCompleted();
            }
        });
    }

    private void report() {
        collect();
        drain();
        tick = loop.schedule(INTERVAL, this::report);
    }

    private void collect() {
        for (SignalReport report : source.get()) {
            waiting.add(report);
            if (waiting.size() > bound) {
                waiting.remove();
                dropped++;
            }
        }
    }

    private void drain() {
        Stream open = stream;
        while (open != null && open == stream && !waiting.isEmpty() && open.requests.isReady()) {
            open.requests.onNext(waiting.remove());
            sent++;
        }
    }

    private void connect() {
        if (closed) {
            return;
        }
        Stream opened = new Stream();
        stream = opened;
        try {
            ClientCalls.asyncClientStreamingCall(
                    channels.get().newCall(GoldenSignalsGrpc.getReportMethod(), CallOptions.DEFAULT.withExecutor(loop)),
                    opened);
        } catch (RuntimeException unusable) {
            lost(opened);
        }
    }

    private void lost(Stream ended) {
        if (stream != ended) {
            return;
        }
        stream = null;
        if (!closed) {
            failures = ended.served ? 1 : failures + 1;
            retry = loop.schedule(retryDelay.after(failures), this::connect);
        }
    }

    /** One stream's life. */
    private final class Stream implements ClientResponseObserver<SignalReport, ReportSummary> {
        private @Nullable ClientCallStreamObserver<SignalReport> requests;
        private boolean served;

        @Override
        public void beforeStart(ClientCallStreamObserver<SignalReport> observer) {
            requests = observer;
            observer.setOnReadyHandler(() -> {
                served = true;
                drain();
            });
        }

        @Override
        public void onNext(ReportSummary summary) {
            // Comes with the end of the stream.
        }

        @Override
        public void onError(Throwable failure) {
            lost(this);
        }

        @Override
        public void onCompleted() {
            lost(this);
        }
    }
}
