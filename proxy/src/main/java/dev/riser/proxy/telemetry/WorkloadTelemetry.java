package dev.riser.proxy.telemetry;

import dev.riser.base.Ticker;
import dev.riser.xds.telemetry.SignalReport;
import io.netty.util.concurrent.EventExecutor;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Everything that is counted for one workload, over all event loops. Safe on any thread. */
public final class WorkloadTelemetry {
    private final ProcessTelemetry process;
    private final String nodeId;
    private final MetricSettings settings;
    private final SeriesBudget budget;
    private final Ticker ticker;
    private final ProxyMetrics proxyMetrics;
    private final Tracer tracer;
    private final Map<EventExecutor, Telemetry> loops = new ConcurrentHashMap<>();
    private volatile List<AccessLog> accessLogs = List.of();

    /** When the last report ended; used only while a collection has the turn. */
    long reportedMillis;

    WorkloadTelemetry(
            ProcessTelemetry process,
            String nodeId,
            MetricSettings settings,
            SeriesRegistry registry,
            Ticker ticker,
            ProxyMetrics proxyMetrics,
            Tracer tracer,
            long nowMillis) {
        this.process = process;
        this.nodeId = nodeId;
        this.settings = settings;
        this.budget = new SeriesBudget(registry, settings);
        this.ticker = ticker;
        this.proxyMetrics = proxyMetrics;
        this.tracer = tracer;
        this.reportedMillis = nowMillis;
    }

    /** The observers for one event loop; the same object for the same loop. */
    public Telemetry forLoop(EventExecutor loop) {
        return loops.computeIfAbsent(
                loop, missing -> new Telemetry(loop, ticker, budget, settings, proxyMetrics, tracer, accessLogs));
    }

    /** Sets the access logs for records that come without a listener's own. */
    public void accessLogs(List<AccessLog> logs) {
        List<AccessLog> copy = List.copyOf(logs);
        accessLogs = copy;
        loops.values().forEach(each -> each.loop().execute(() -> each.accessLogs(copy)));
    }

    /** Begins and continues traces for this workload. */
    public Tracer tracer() {
        return tracer;
    }

    /**
     * Ends the workload's telemetry: what it counted stays in the process's metrics, and what has not been reported yet
     * comes back as a last report. Call when no event loop records for it any more.
     */
    public CompletionStage<SignalReport> close() {
        return process.close(this);
    }

    String nodeId() {
        return nodeId;
    }

    Collection<Telemetry> loops() {
        return loops.values();
    }

    int series() {
        return budget.size();
    }
}
