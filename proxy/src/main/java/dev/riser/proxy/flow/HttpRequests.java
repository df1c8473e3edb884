package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.http.HttpLimits;
import dev.riser.proxy.http.RequestHandler;
import dev.riser.proxy.http.RequestHead;
import dev.riser.proxy.http.ServerStream;
import dev.riser.proxy.snapshot.HttpConnection;
import dev.riser.proxy.telemetry.AccessLog;
import dev.riser.proxy.telemetry.Answerer;
import dev.riser.proxy.telemetry.Direction;
import dev.riser.proxy.telemetry.ExchangeRecord;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The requests of one downstream connection. Confined to its event loop. */
final class HttpRequests implements RequestHandler, ServedConnection {
    private final WorkloadTraffic traffic;
    private final DownstreamConnection connection;
    private HttpConnection http;
    private List<AccessLog> accessLogs;
    private Runnable drain = () -> {};
    private final Set<HttpExchange> active = Collections.newSetFromMap(new IdentityHashMap<>(4));

    HttpRequests(WorkloadTraffic traffic, DownstreamConnection connection, HttpConnection http) {
        this.traffic = traffic;
        this.connection = connection;
        this.http = http;
        this.accessLogs = traffic.accessLogs().of(http.accessLogs());
        watchIdleStreams();
    }

    List<AccessLog> accessLogs() {
        return accessLogs;
    }

    HttpLimits limits() {
        long idle = http.idleTimeout().toNanos();
        long head = http.requestHeadersTimeout().toNanos();
        HttpLimits base = HttpLimits.DEFAULT;
        return new HttpLimits(
                http.maxRequestHeadersKilobytes() * 1024,
                (int) Math.min(base.concurrentStreams(), http.http2().maxConcurrentStreams()),
                Math.min(base.streamWindow(), http.http2().initialStreamWindow()),
                Math.min(base.connectionWindow(), http.http2().initialConnectionWindow()),
                idle > 0 ? idle : Long.MAX_VALUE / 2,
                head > 0 ? head : base.headNanos());
    }

    void drainBy(Runnable how) {
        drain = how;
        traffic.drainBy(connection.channel(), how);
        traffic.serve(this);
    }

    @Override
    public DownstreamConnection connection() {
        return connection;
    }

    @Override
    public void revised() {
        if (connection.chain().terminal() instanceof HttpConnection now) {
            http = now;
            accessLogs = traffic.accessLogs().of(now.accessLogs());
        } else {
            drain.run();
        }
    }

    @Override
    public void forbidden() {
        drain.run();
    }

    @Override
    public void onRequest(ServerStream stream, RequestHead head, boolean end) {
        exchange(stream, head, end).begin();
    }

    HttpExchange exchange(ServerStream stream, RequestHead head, boolean end) {
        HttpExchange exchange = new HttpExchange(traffic, connection, http, this, stream, head, end);
        active.add(exchange);
        return exchange;
    }

    void ended(HttpExchange exchange) {
        active.remove(exchange);
    }

    @Override
    public void onRefused(int status, String why) {
        ExchangeRecord record = connection.loop().takeRecord();
        HttpExchange.describe(record, connection);
        record.direction = connection.inbound() ? Direction.INBOUND : Direction.OUTBOUND;
        record.responseCode = status;
        record.failure = status == 431 ? FailureReason.HEADERS_TOO_LARGE : FailureReason.BAD_REQUEST;
        record.failureDetail = why;
        record.answeredBy = Answerer.PROXY;
        record.endNanos = record.startNanos;
        connection.loop().telemetry().record(record, accessLogs);
        connection.loop().giveBack(record);
    }

    /** One timer a connection instead of one a request: a stream is idle for between one and one and a half times the limit. */
    private void watchIdleStreams() {
        long limit = http.streamIdleTimeout().toNanos();
        if (limit <= 0) {
            return;
        }
        connection
                .channel()
                .eventLoop()
                .schedule(
                        () -> {
                            if (!connection.channel().isActive()) {
                                return;
                            }
                            long now = System.nanoTime();
                            for (HttpExchange exchange : List.copyOf(active)) {
                                exchange.endIfIdle(now, limit);
                            }
                            watchIdleStreams();
                        },
                        limit / 2 + 1,
                        TimeUnit.NANOSECONDS);
    }
}
