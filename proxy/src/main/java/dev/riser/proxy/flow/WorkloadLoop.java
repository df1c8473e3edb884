package dev.riser.proxy.flow;

import dev.riser.proxy.telemetry.ExchangeRecord;
import dev.riser.proxy.telemetry.Telemetry;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/**
 * What one workload has on one event loop, so that the hot path shares nothing: pools, observers, randomness, records to
 * use again. Confined to that loop.
 */
final class WorkloadLoop {
    private static final int MOST_KEPT = 256;

    private final EventLoop eventLoop;
    private final UpstreamPools pools;
    private final Telemetry telemetry;
    private final SplittableRandom random;
    private final ArrayDeque<ExchangeRecord> spare = new ArrayDeque<>();
    private final RequestIds requestIds;
    private final long idBase;
    private long connections;

    WorkloadLoop(
            WorkloadTraffic traffic, EventLoop eventLoop, Telemetry telemetry, SplittableRandom random, int number) {
        this.eventLoop = eventLoop;
        this.pools = new UpstreamPools(traffic, eventLoop);
        this.telemetry = telemetry;
        this.random = random;
        this.requestIds = new RequestIds(random);
        this.idBase = (long) number << 48;
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    UpstreamPools pools() {
        return pools;
    }

    Telemetry telemetry() {
        return telemetry;
    }

    SplittableRandom random() {
        return random;
    }

    RequestIds requestIds() {
        return requestIds;
    }

    long nextConnectionId() {
        return idBase + ++connections;
    }

    ExchangeRecord takeRecord() {
        ExchangeRecord record = spare.poll();
        return record == null ? new ExchangeRecord() : record;
    }

    void giveBack(ExchangeRecord record) {
        if (spare.size() < MOST_KEPT) {
            record.reset();
            spare.push(record);
        }
    }
}
