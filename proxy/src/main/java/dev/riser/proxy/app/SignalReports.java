package dev.riser.proxy.app;

import dev.riser.proxy.telemetry.ProcessTelemetry;
import dev.riser.proxy.workload.Workload;
import dev.riser.xds.client.LoopScheduler;
import dev.riser.xds.client.RetryDelay;
import dev.riser.xds.client.SignalReporter;
import dev.riser.xds.telemetry.SignalReport;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Golden signals on their way to the control plane: collected for all workloads at once, handed to each one's own stream,
 * because a stream may only speak for the identity it was opened with. Any thread.
 */
final class SignalReports {
    private final ProcessTelemetry telemetry;
    private final Supplier<Collection<Workload>> workloads;
    private final EventLoopGroup loops;
    private final ScheduledExecutorService scheduler;
    private final Map<Workload, Outlet> outlets = new ConcurrentHashMap<>();

    private record Outlet(Queue<SignalReport> waiting, SignalReporter reporter) {}

    SignalReports(
            ProcessTelemetry telemetry,
            Supplier<Collection<Workload>> workloads,
            EventLoopGroup loops,
            ScheduledExecutorService scheduler) {
        this.telemetry = telemetry;
        this.workloads = workloads;
        this.loops = loops;
        this.scheduler = scheduler;
    }

    void start() {
        long interval = SignalReporter.INTERVAL.toMillis();
        scheduler.scheduleWithFixedDelay(this::collect, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void collect() {
        telemetry.signalReports().thenAccept(reports -> {
            for (Workload workload : workloads.get()) {
                for (SignalReport report : reports) {
                    if (report.getNodeId().equals(workload.nodeId())) {
                        outlet(workload).waiting().add(report);
                    }
                }
            }
        });
    }

    private Outlet outlet(Workload workload) {
        return outlets.computeIfAbsent(workload, missing -> {
            Queue<SignalReport> waiting = new ConcurrentLinkedQueue<>();
            SignalReporter reporter = new SignalReporter(
                    workload.controlPlane()::channel,
                    () -> taken(waiting),
                    LoopScheduler.of(loops.next()),
                    RetryDelay.standard(new SplittableRandom()),
                    SignalReporter.WAITING_REPORTS);
            reporter.start();
            return new Outlet(waiting, reporter);
        });
    }

    private static List<SignalReport> taken(Queue<SignalReport> waiting) {
        List<SignalReport> taken = new ArrayList<>();
        SignalReport report;
        while ((report = waiting.poll()) != null) {
            taken.add(report);
        }
        return taken;
    }

    /** Sends what a leaving workload counted last; completes when it was handed to its stream. */
    CompletionStage<Void> last(Workload workload) {
        return workload.telemetry().close().thenAccept(report -> {
            Outlet outlet = outlets.remove(workload);
            if (outlet != null) {
                if (report.getEdgesCount() > 0) {
                    outlet.waiting().add(report);
                }
                outlet.reporter().close();
            }
        });
    }
}
