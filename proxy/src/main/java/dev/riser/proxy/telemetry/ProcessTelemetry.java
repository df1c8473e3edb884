package dev.riser.proxy.telemetry;

import dev.riser.base.Ticker;
import dev.riser.xds.telemetry.SignalReport;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Telemetry of a proxy process: its workloads, its own metrics, and the two collections, for Prometheus and for golden
 * signals. Collecting visits one event loop after the other with a task each, so that counters need no locks; only one
 * collection runs at a time. Safe on any thread.
 */
public final class ProcessTelemetry {
    /** How long the series of workloads that have left stay, so that a last scrape still sees them. */
    private static final Duration SETTLED_IDLE = Duration.ofMinutes(15);

    private final Ticker ticker;
    private final InstantSource clock;
    private final Executor formatting;
    private final SeriesRegistry registry = new SeriesRegistry();
    private final ProxyMetrics proxyMetrics = new ProxyMetrics();
    private final Set<WorkloadTelemetry> workloads = ConcurrentHashMap.newKeySet();
    private CompletableFuture<?> turn = CompletableFuture.completedFuture(null);

    /**
     * Telemetry without workloads yet.
     *
     * @param formatting runs the formatting of metrics, which takes milliseconds; not an event loop
     */
    public ProcessTelemetry(Ticker ticker, InstantSource clock, Executor formatting) {
        this.ticker = ticker;
        this.clock = clock;
        this.formatting = formatting;
    }

    /**
     * Telemetry for a workload that is being taken in.
     *
     * @param nodeId as in xDS {@code Node.id}
     */
    public WorkloadTelemetry workload(String nodeId, MetricSettings settings, Tracer tracer) {
        WorkloadTelemetry workload =
                new WorkloadTelemetry(this, nodeId, settings, registry, ticker, proxyMetrics, tracer, clock.millis());
        workloads.add(workload);
        return workload;
    }

    /** The process's own metrics. */
    public ProxyMetrics proxyMetrics() {
        return proxyMetrics;
    }

    /** Has the lines that a writer dropped counted in {@code riser_dropped_total{what="access log <name>"}}. */
    public void observe(AccessLogWriter writer) {
        proxyMetrics.drops("access log " + writer.name(), writer::dropped);
    }

    /** Has the spans that an exporter dropped counted in {@code riser_dropped_total{what="spans"}}. */
    public void observe(SpanExporter exporter) {
        proxyMetrics.drops("spans", exporter::dropped);
    }

    /** All metrics in Prometheus's text format 0.0.4. */
    public CompletionStage<String> prometheus() {
        return exclusively(() -> {
            MetricTotals totals = new MetricTotals();
            return onEveryLoop(workloads, each -> each.telemetry().collectMetrics(totals))
                    .thenApplyAsync(
                            done -> Exposition.text(
                                    totals, registry.settled(ticker.nanos(), SETTLED_IDLE.toNanos()), proxyMetrics),
                            formatting);
        });
    }

    /** One report for each workload that counted something since its last one. */
    public CompletionStage<List<SignalReport>> signalReports() {
        return exclusively(() -> {
            Map<WorkloadTelemetry, SignalIncrements> increments = new LinkedHashMap<>();
            for (WorkloadTelemetry workload : workloads) {
                increments.put(workload, new SignalIncrements());
            }
            return onEveryLoop(increments.keySet(), each -> {
                        SignalIncrements into = increments.get(each.workload());
                        if (into != null) {
                            each.telemetry().collectSignals(into);
                        }
                    })
                    .thenApply(done -> {
                        List<SignalReport> reports = new ArrayList<>();
                        increments.forEach((workload, counted) -> {
                            SignalReport report = report(workload, counted);
                            if (report.getEdgesCount() > 0) {
                                reports.add(report);
                            }
                        });
                        return reports;
                    });
        });
    }

    CompletionStage<SignalReport> close(WorkloadTelemetry workload) {
        return exclusively(() -> {
            workloads.remove(workload);
            SignalIncrements increments = new SignalIncrements();
            return onEveryLoop(List.of(workload), each -> {
                        each.telemetry().collectSignals(increments);
                        each.telemetry().settleAll();
                    })
                    .thenApply(done -> report(workload, increments));
        });
    }

    private SignalReport report(WorkloadTelemetry workload, SignalIncrements increments) {
        long now = clock.millis();
        SignalReport report = increments.report(workload.nodeId(), now, Math.max(0, now - workload.reportedMillis));
        workload.reportedMillis = now;
        return report;
    }

    private record Visit(WorkloadTelemetry workload, Telemetry telemetry) {}

    private static CompletableFuture<Void> onEveryLoop(
            Collection<WorkloadTelemetry> workloads, Consumer<Visit> visitor) {
        Map<EventExecutor, List<Visit>> visits = new LinkedHashMap<>();
        for (WorkloadTelemetry workload : workloads) {
            for (Telemetry telemetry : workload.loops()) {
                visits.computeIfAbsent(telemetry.loop(), missing -> new ArrayList<>())
                        .add(new Visit(workload, telemetry));
            }
        }
        CompletableFuture<Void> chain = CompletableFuture.completedFuture(null);
        for (Map.Entry<EventExecutor, List<Visit>> each : visits.entrySet()) {
            chain = chain.thenCompose(
                    before -> onLoop(each.getKey(), () -> each.getValue().forEach(visitor)));
        }
        return chain;
    }

    /** A loop that has ended counts nothing more and is passed over. */
    private static CompletableFuture<Void> onLoop(EventExecutor loop, Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                try {
                    task.run();
                    done.complete(null);
                } catch (RuntimeException failure) {
                    done.completeExceptionally(failure);
                }
            });
        } catch (RejectedExecutionException ended) {
            done.complete(null);
        }
        return done;
    }

    private synchronized <T> CompletionStage<T> exclusively(Supplier<CompletableFuture<T>> collection) {
        CompletableFuture<T> next = turn.handle((done, failure) -> null).thenCompose(before -> collection.get());
        turn = next;
        return next;
    }
}
