package dev.riser.proxy.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one name for things that happen seldom. Bounded: label values can come from peers. Safe on any thread. */
final class CounterFamily {
    /** Combinations a family may have; further ones are counted under {@code overflow}. */
    private static final int MOST_COMBINATIONS = 500;

    private final MetricMetadata metadata;
    private final List<String> labelNames;
    private final Map<List<String>, LongAdder> counters = new ConcurrentHashMap<>();

    CounterFamily(String baseName, String help, String... labelNames) {
        this.metadata = new MetricMetadata(baseName, help);
        this.labelNames = List.of(labelNames);
    }

    void increment(String... labelValues) {
        add(1, labelValues);
    }

    void add(long count, String... labelValues) {
        List<String> key = List.of(labelValues);
        LongAdder counter = counters.get(key);
        if (counter == null) {
            counter = counters.computeIfAbsent(room(key), missing -> new LongAdder());
        }
        counter.add(count);
    }

    private List<String> room(List<String> key) {
        if (counters.size() < MOST_COMBINATIONS) {
            return key;
        }
        List<String> overflow = new ArrayList<>(key);
        overflow.replaceAll(value -> "overflow");
        return List.copyOf(overflow);
    }

    CounterSnapshot snapshot() {
        List<CounterDataPointSnapshot> points = new ArrayList<>();
        counters.forEach((values, counter) -> points.add(CounterDataPointSnapshot.builder()
                .labels(labelNames.isEmpty() ? Labels.EMPTY : Labels.of(labelNames, values))
                .value(counter.sum())
                .build()));
        return new CounterSnapshot(metadata, points);
    }
}
