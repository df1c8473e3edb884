package dev.riser.proxy.workload;

import dev.riser.base.Ticker;
import dev.riser.proxy.dns.Forwarder;
import dev.riser.proxy.flow.AccessLogs;
import dev.riser.proxy.telemetry.ProcessTelemetry;
import dev.riser.proxy.telemetry.Tracer;
import io.netty.channel.EventLoopGroup;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What workloads of one process share: threads, clocks, telemetry, the way to the machine's name servers. Nothing in it
 * belongs to one of them.
 *
 * @param loops serve all sockets
 * @param scheduler for work that is rare and must not wait for an event loop
 * @param blocking may block
 * @param random makes seeds; safe on any thread
 * @param accessLogs writers of log files
 * @param tracers makes a workload's tracer from what its spans say of it
 * @param forwarder asks the machine's name servers
 */
public record WorkloadResources(
        EventLoopGroup loops,
        ScheduledExecutorService scheduler,
        Executor blocking,
        Ticker ticker,
        InstantSource clock,
        RandomGenerator random,
        ProcessTelemetry telemetry,
        AccessLogs accessLogs,
        Function<Map<String, String>, Tracer> tracers,
        Forwarder forwarder) {}
