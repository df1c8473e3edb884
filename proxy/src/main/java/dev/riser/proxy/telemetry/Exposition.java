package dev.riser.proxy.telemetry;

import dev.riser.proxy.telemetry.SeriesRegistry.Entry;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Turns totals into Prometheus's text format. */
final class Exposition {
    private static final double[] BOUNDS = Buckets.bounds();

    private Exposition() {}

    static String text(MetricTotals totals, Map<Entry, long[]> settled, ProxyMetrics proxyMetrics) {
        settled.forEach(totals::add);
        Map<Entry, long[]> series = totals.series();
        List<MetricSnapshot> snapshots = new ArrayList<>();
        for (StandardMetric metric : StandardMetric.values()) {
            MetricSnapshot snapshot = snapshot(metric, series);
            if (!snapshot.getDataPoints().isEmpty()) {
                snapshots.add(snapshot);
            }
        }
        for (MetricSnapshot snapshot : proxyMetrics.snapshots(totals, series.size())) {
            if (!snapshot.getDataPoints().isEmpty()) {
                snapshots.add(snapshot);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(16_384);
        try {
            PrometheusTextFormatWriter.create().write(bytes, new MetricSnapshots(snapshots));
        } catch (IOException impossible) {
            throw new UncheckedIOException("a byte array cannot fail to be written", impossible);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static MetricSnapshot snapshot(StandardMetric metric, Map<Entry, long[]> series) {
        return switch (metric) {
            case REQUESTS -> counter(metric, SeriesKind.HTTP, SeriesKind.REQUESTS, series);
            case REQUEST_DURATION ->
                histogram(metric, SeriesKind.DURATION_SUM_NANOS, 1e6, SeriesKind.DURATION_BUCKETS, series);
            case REQUEST_BYTES ->
                histogram(metric, SeriesKind.REQUEST_BYTES_SUM, 1, SeriesKind.REQUEST_BYTES_BUCKETS, series);
            case RESPONSE_BYTES ->
                histogram(metric, SeriesKind.RESPONSE_BYTES_SUM, 1, SeriesKind.RESPONSE_BYTES_BUCKETS, series);
            case TCP_OPENED -> counter(metric, SeriesKind.TCP, SeriesKind.OPENED, series);
            case TCP_CLOSED -> counter(metric, SeriesKind.TCP, SeriesKind.CLOSED, series);
            case TCP_SENT -> counter(metric, SeriesKind.TCP, SeriesKind.SENT, series);
            case TCP_RECEIVED -> counter(metric, SeriesKind.TCP, SeriesKind.RECEIVED, series);
        };
    }

    private static MetricSnapshot counter(StandardMetric metric, SeriesKind kind, int slot, Map<Entry, long[]> series) {
        List<CounterDataPointSnapshot> points = new ArrayList<>();
        series.forEach((entry, values) -> {
            if (entry.kind() == kind && entry.captured().contains(metric)) {
                points.add(CounterDataPointSnapshot.builder()
                        .labels(entry.labels())
                        .value(values[slot])
                        .build());
            }
        });
        return new CounterSnapshot(new MetricMetadata(metric.baseName(), metric.help()), points);
    }

    private static MetricSnapshot histogram(
            StandardMetric metric, int sumSlot, double sumUnit, int bucketSlot, Map<Entry, long[]> series) {
        List<HistogramDataPointSnapshot> points = new ArrayList<>();
        series.forEach((entry, values) -> {
            if (entry.kind() == SeriesKind.HTTP && entry.captured().contains(metric)) {
                points.add(HistogramDataPointSnapshot.builder()
                        .labels(entry.labels())
                        .sum(values[sumSlot] / sumUnit)
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(
                                BOUNDS, Arrays.copyOfRange(values, bucketSlot, bucketSlot + Buckets.COUNT)))
                        .build());
            }
        });
        return new HistogramSnapshot(new MetricMetadata(metric.baseName(), metric.help()), points);
    }
}
