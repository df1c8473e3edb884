package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import dev.riser.base.Ticker;
import dev.riser.proxy.telemetry.SeriesRegistry.Entry;
import io.netty.util.concurrent.EventExecutor;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The observers of one workload on one event loop; every method belongs to that loop. In steady state (edges and response
 * kinds seen before) counting allocates nothing and takes no lock. Made by {@link WorkloadTelemetry#forLoop}.
 */
public final class Telemetry {
    /** Kinds of responses an edge may have before further ones are counted by their class (200, 400, 500). */
    private static final int MOST_RESPONSE_KINDS = 32;

    /** How long an edge without traffic is kept. */
    private static final long EDGE_IDLE_NANOS = 300_000_000_000L;

    private final EventExecutor loop;
    private final Ticker ticker;
    private final SeriesBudget budget;
    private final MetricSettings settings;
    private final StandardLabels labels;
    private final ProxyMetrics proxyMetrics;
    private final Tracer tracer;
    private final AccessLogLoop accessLogLoop;
    private List<AccessLog> accessLogs;

    private final EdgeTable edges = new EdgeTable();
    private final Map<Labels, MetricSeries> exchangeSeries = new HashMap<>();
    private final Map<Labels, MetricSeries> connectionSeries = new HashMap<>();
    private final @Nullable EdgeSeries[] overflowEdges =
            new @Nullable EdgeSeries[Direction.values().length * EdgeProtocol.values().length];
    private final long[] failures = new long[FailureReason.values().length * Direction.values().length];
    private final ExchangeRecord connectionLine = new ExchangeRecord();
    private @Nullable ConnectionRecord firstOpen;
    private long overflowed;

    Telemetry(
            EventExecutor loop,
            Ticker ticker,
            SeriesBudget budget,
            MetricSettings settings,
            ProxyMetrics proxyMetrics,
            Tracer tracer,
            List<AccessLog> accessLogs) {
        this.loop = loop;
        this.ticker = ticker;
        this.budget = budget;
        this.settings = settings;
        this.labels = new StandardLabels(settings.omittedLabels());
        this.proxyMetrics = proxyMetrics;
        this.tracer = tracer;
        this.accessLogs = accessLogs;
        this.accessLogLoop = new AccessLogLoop();
    }

    /** Counts a finished exchange, writes its line to the workload's own access logs, and its span. */
    public void record(ExchangeRecord exchange) {
        record(exchange, accessLogs);
    }

    /**
     * Counts a finished exchange, writes its access log lines, and its span. The record may be reset after the call.
     *
     * @param logs where lines go, as the listener's configuration says
     */
    public void record(ExchangeRecord exchange, List<AccessLog> logs) {
        assert loop.inEventLoop();
        long durationNanos = Math.max(0, exchange.endNanos - exchange.startNanos);
        FailureReason failure = exchange.failure;
        EdgeSeries edge = edge(
                exchange.direction,
                exchange.source,
                exchange.destination,
                exchange.service,
                exchange.grpc ? EdgeProtocol.GRPC : EdgeProtocol.HTTP,
                exchange.mutualTls,
                exchange.routeName,
                exchange.routeOrigin);
        ResponseSeries responses =
                responses(edge, exchange.responseCode, exchange.grpcStatus, failure, exchange.answeredBy);
        responses.count(durationNanos, exchange.bytesReceived, exchange.bytesSent);
        if (responses.metric.overflow) {
            overflowed++;
        }
        if (failure != null) {
            failures[failure.ordinal() * 2 + exchange.direction.ordinal()]++;
        }
        if (!exchange.deniedBy.isEmpty()) {
            proxyMetrics.policyDenied(exchange.deniedBy);
        }
        for (int index = 0; index < logs.size(); index++) {
            accessLogLoop.write(logs.get(index), exchange, loop);
        }
        if (exchange.trace.ours() && exchange.trace.sampled()) {
            tracer.export(exchange);
        }
    }

    /** Counts an opaque connection as opened; its peers, service and route must not change after this. */
    public void connectionOpened(ConnectionRecord connection) {
        assert loop.inEventLoop();
        EdgeSeries edge = edge(
                connection.direction,
                connection.source,
                connection.destination,
                connection.service,
                EdgeProtocol.TCP,
                connection.mutualTls,
                connection.routeName,
                connection.routeOrigin);
        connection.edge = edge;
        edge.opened++;
        edge.active++;
        MetricSeries series = connections(edge, null).metric;
        series.values[SeriesKind.OPENED]++;
        if (series.overflow) {
            overflowed++;
        }
        link(connection);
    }

    /**
     * Counts the end of a connection and its bytes, and writes its line to the workload's own access logs. A connection
     * that failed before it could be counted as opened is counted as both.
     */
    public void connectionClosed(ConnectionRecord connection) {
        connectionClosed(connection, accessLogs);
    }

    /**
     * As {@link #connectionClosed(ConnectionRecord)}.
     *
     * @param logs where lines go, as the listener's configuration says
     */
    public void connectionClosed(ConnectionRecord connection, List<AccessLog> logs) {
        assert loop.inEventLoop();
        if (connection.edge == null) {
            connectionOpened(connection);
        }
        progress(connection);
        EdgeSeries edge = connection.edge;
        if (edge == null) {
            return;
        }
        unlink(connection);
        connection.edge = null;
        edge.active--;
        edge.closed++;
        FailureReason failure = connection.failure;
        connections(edge, failure).metric.values[SeriesKind.CLOSED]++;
        if (failure != null) {
            failures[failure.ordinal() * 2 + connection.direction.ordinal()]++;
        }
        if (!connection.deniedBy.isEmpty()) {
            proxyMetrics.policyDenied(connection.deniedBy);
        }
        if (!logs.isEmpty()) {
            connection.copyTo(connectionLine);
            for (int index = 0; index < logs.size(); index++) {
                accessLogLoop.write(logs.get(index), connectionLine, loop);
            }
            connectionLine.reset();
        }
    }

    void accessLogs(List<AccessLog> logs) {
        accessLogs = logs;
    }

    private void progress(ConnectionRecord connection) {
        EdgeSeries edge = connection.edge;
        if (edge == null) {
            return;
        }
        long received = connection.bytesReceived - connection.countedReceived;
        long sent = connection.bytesSent - connection.countedSent;
        if ((received | sent) == 0) {
            return;
        }
        connection.countedReceived += received;
        connection.countedSent += sent;
        edge.received += received;
        edge.sent += sent;
        long[] values = connections(edge, null).metric.values;
        values[SeriesKind.RECEIVED] += received;
        values[SeriesKind.SENT] += sent;
    }

    private void progressAll() {
        for (ConnectionRecord each = firstOpen; each != null; each = each.next) {
            progress(each);
        }
    }

    private void link(ConnectionRecord connection) {
        ConnectionRecord first = firstOpen;
        connection.next = first;
        connection.previous = null;
        if (first != null) {
            first.previous = connection;
        }
        firstOpen = connection;
    }

    private void unlink(ConnectionRecord connection) {
        ConnectionRecord previous = connection.previous;
        ConnectionRecord next = connection.next;
        if (previous == null) {
            firstOpen = next;
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        connection.previous = null;
        connection.next = null;
    }

    private EdgeSeries edge(
            Direction direction,
            PeerDescriptor source,
            PeerDescriptor destination,
            DestinationService service,
            EdgeProtocol protocol,
            boolean mutualTls,
            String routeName,
            String routeOrigin) {
        EdgeSeries edge =
                edges.find(direction, source, destination, service, protocol, mutualTls, routeName, routeOrigin);
        if (edge != null) {
            return edge;
        }
        if (edges.size() >= settings.seriesBudget()) {
            int index = direction.ordinal() * EdgeProtocol.values().length + protocol.ordinal();
            EdgeSeries overflow = overflowEdges[index];
            if (overflow == null) {
                overflow = new EdgeSeries(EdgeKey.overflow(direction, protocol), true, ticker.nanos());
                overflowEdges[index] = overflow;
            }
            return overflow;
        }
        EdgeSeries added = new EdgeSeries(
                new EdgeKey(direction, source, destination, service, protocol, mutualTls, routeName, routeOrigin),
                false,
                ticker.nanos());
        edges.add(added);
        return added;
    }

    private ResponseSeries responses(
            EdgeSeries edge, int code, int grpcStatus, @Nullable FailureReason failure, Answerer answeredBy) {
        if (edge.overflow) {
            return responsesByClass(edge, code);
        }
        List<ResponseSeries> known = edge.responses;
        for (int index = 0; index < known.size(); index++) {
            ResponseSeries each = known.get(index);
            if (each.matches(code, grpcStatus, failure, answeredBy)) {
                return current(edge, each);
            }
        }
        if (known.size() >= MOST_RESPONSE_KINDS) {
            return responsesByClass(edge, code);
        }
        return addResponses(edge, code, grpcStatus, failure, answeredBy);
    }

    private ResponseSeries responsesByClass(EdgeSeries edge, int code) {
        int rounded = code / 100 * 100;
        for (ResponseSeries each : edge.responses) {
            if (each.matches(rounded, ExchangeRecord.NO_GRPC_STATUS, null, Answerer.NOBODY)) {
                return current(edge, each);
            }
        }
        return addResponses(edge, rounded, ExchangeRecord.NO_GRPC_STATUS, null, Answerer.NOBODY);
    }

    private ResponseSeries addResponses(
            EdgeSeries edge, int code, int grpcStatus, @Nullable FailureReason failure, Answerer answeredBy) {
        ResponseSeries added = new ResponseSeries(
                code, grpcStatus, failure, answeredBy, exchangeSeries(edge, code, grpcStatus, failure));
        edge.responses.add(added);
        return added;
    }

    private ResponseSeries current(EdgeSeries edge, ResponseSeries series) {
        if (series.metric.settled) {
            series.metric = exchangeSeries(edge, series.responseCode, series.grpcStatus, series.failure);
        }
        return series;
    }

    private TcpSeries connections(EdgeSeries edge, @Nullable FailureReason failure) {
        for (int index = 0; index < edge.connections.size(); index++) {
            TcpSeries each = edge.connections.get(index);
            if (each.failure == failure) {
                if (each.metric.settled) {
                    each.metric = connectionSeries(edge, failure);
                }
                return each;
            }
        }
        TcpSeries added = new TcpSeries(failure, connectionSeries(edge, failure));
        edge.connections.add(added);
        return added;
    }

    private MetricSeries exchangeSeries(EdgeSeries edge, int code, int grpcStatus, @Nullable FailureReason failure) {
        EdgeKey overflow = EdgeKey.overflow(edge.key.direction(), edge.key.protocol());
        return series(
                SeriesKind.HTTP,
                exchangeSeries,
                labels.exchange(edge.key, code, grpcStatus, failure),
                labels.exchange(overflow, code / 100 * 100, ExchangeRecord.NO_GRPC_STATUS, null),
                edge.overflow);
    }

    private MetricSeries connectionSeries(EdgeSeries edge, @Nullable FailureReason failure) {
        EdgeKey overflow = EdgeKey.overflow(edge.key.direction(), edge.key.protocol());
        return series(
                SeriesKind.TCP,
                connectionSeries,
                labels.connection(edge.key, failure),
                labels.connection(overflow, null),
                edge.overflow);
    }

    private MetricSeries series(
            SeriesKind kind, Map<Labels, MetricSeries> known, Labels wanted, Labels overflow, boolean inOverflow) {
        if (!inOverflow) {
            MetricSeries series = known.get(wanted);
            if (series != null) {
                return series;
            }
            Entry entry = budget.take(kind, wanted);
            if (entry != null) {
                MetricSeries added = new MetricSeries(entry, false, ticker.nanos());
                known.put(wanted, added);
                return added;
            }
        }
        MetricSeries series = known.get(overflow);
        if (series == null) {
            series = new MetricSeries(budget.takeOverflow(kind, overflow), true, ticker.nanos());
            known.put(overflow, series);
        }
        return series;
    }

    /** Adds what this loop holds to the totals, and gives up series that have been idle for too long. */
    void collectMetrics(MetricTotals totals) {
        progressAll();
        long now = ticker.nanos();
        collect(exchangeSeries, totals, now);
        collect(connectionSeries, totals, now);
        totals.addFailures(failures);
        totals.addOverflowed(overflowed);
    }

    private void collect(Map<Labels, MetricSeries> all, MetricTotals totals, long now) {
        all.values().removeIf(series -> {
            if (series.idleNanos(now) > settings.idleExpiry().toNanos()) {
                settle(series, now);
                return true;
            }
            totals.add(series.entry, series.values);
            return false;
        });
    }

    private void settle(MetricSeries series, long now) {
        series.settled = true;
        budget.settle(series.entry, series.values, now, series.overflow);
    }

    /** Moves the increments since the call before into the report, and forgets edges without traffic. */
    void collectSignals(SignalIncrements increments) {
        progressAll();
        long now = ticker.nanos();
        boolean room = budget.hasRoom();
        EdgeSeries[] all = edges.edges();
        int kept = 0;
        for (EdgeSeries edge : all) {
            if (edge.used()) {
                edge.usedAtNanos = now;
                increments.take(edge);
            } else if (now - edge.usedAtNanos > EDGE_IDLE_NANOS) {
                continue;
            }
            if (room) {
                leaveOverflow(edge);
            }
            all[kept++] = edge;
        }
        if (kept < all.length) {
            edges.retain(all, kept);
        }
        for (EdgeSeries edge : overflowEdges) {
            if (edge != null && edge.used()) {
                increments.take(edge);
            }
        }
    }

    private void leaveOverflow(EdgeSeries edge) {
        for (ResponseSeries each : edge.responses) {
            if (each.metric.overflow) {
                each.metric = exchangeSeries(edge, each.responseCode, each.grpcStatus, each.failure);
            }
        }
        for (TcpSeries each : edge.connections) {
            if (each.metric.overflow) {
                each.metric = connectionSeries(edge, each.failure);
            }
        }
    }

    /** Hands everything over to the process's totals; the loop's last act for this workload. */
    void settleAll() {
        progressAll();
        long now = ticker.nanos();
        exchangeSeries.values().forEach(series -> settle(series, now));
        connectionSeries.values().forEach(series -> settle(series, now));
        exchangeSeries.clear();
        connectionSeries.clear();
        proxyMetrics.settleFailures(failures, overflowed);
        Arrays.fill(failures, 0);
        overflowed = 0;
    }

    EventExecutor loop() {
        return loop;
    }
}
