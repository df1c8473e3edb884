package dev.riser.control.signals;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.encoding.ByteArrayInput;
import com.datadoghq.sketch.ddsketch.encoding.GrowingByteArrayOutput;
import com.datadoghq.sketch.ddsketch.mapping.IndexMapping;
import com.datadoghq.sketch.ddsketch.mapping.LogarithmicMapping;
import com.datadoghq.sketch.ddsketch.store.CollapsingLowestDenseStore;
import com.datadoghq.sketch.ddsketch.store.Store;
import java.io.IOException;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * A mergeable distribution of latencies in milliseconds with one percent relative accuracy. Proxies send the DDSketch
 * library's own encoding with its index mapping. Not thread-safe.
 */
final class LatencySketch {
    private static final IndexMapping MAPPING = new LogarithmicMapping(0.01);

    /** Spans eighteen decades at one percent, and bounds what a hostile report can make us allocate. */
    private static final Supplier<Store> STORE = () -> new CollapsingLowestDenseStore(2048);

    /** Above the largest sketch of 2048 bins in either form. */
    static final int LARGEST_INPUT = 64 * 1024;

    private final DDSketch sketch;

    LatencySketch() {
        this(new DDSketch(MAPPING, STORE));
    }

    private LatencySketch(DDSketch sketch) {
        this.sketch = sketch;
    }

    /**
     * Reads what a proxy sent.
     *
     * @throws IOException when it is no sketch, or larger than any honest one
     */
    static LatencySketch read(byte[] sent) throws IOException {
        if (sent.length == 0) {
            return new LatencySketch();
        }
        if (sent.length > LARGEST_INPUT) {
            throw new IOException("a latency sketch of " + sent.length + " bytes exceeds " + LARGEST_INPUT);
        }
        try {
            DDSketch decoded = DDSketch.decode(ByteArrayInput.wrap(sent), STORE);
            return new LatencySketch(
                    decoded.getIndexMapping().equals(MAPPING) ? decoded : decoded.convert(MAPPING, STORE));
        } catch (RuntimeException malformed) {
            throw new IOException("not a latency sketch", malformed);
        }
    }

    /** Reads what {@link #packed()} wrote. */
    static LatencySketch unpack(byte[] packed) {
        LatencySketch result = new LatencySketch();
        result.mergePacked(packed);
        return result;
    }

    void mergePacked(byte[] packed) {
        if (packed.length == 0) {
            return;
        }
        try {
            sketch.decodeAndMergeWith(ByteArrayInput.wrap(packed));
        } catch (IOException impossible) {
            throw new IllegalStateException("a sketch that we packed ourselves cannot be read", impossible);
        }
    }

    void merge(LatencySketch other) {
        sketch.mergeWith(other.sketch);
    }

    /** The smallest form, readable by {@link #unpack} only. */
    byte[] packed() {
        if (sketch.isEmpty()) {
            return new byte[0];
        }
        GrowingByteArrayOutput output = GrowingByteArrayOutput.withDefaultInitialCapacity();
        try {
            sketch.encode(output, true);
        } catch (IOException impossible) {
            throw new IllegalStateException("writing to memory does not fail", impossible);
        }
        return output.trimmedCopy();
    }

    /** The latency below which {@code share} of the requests stayed, in milliseconds. */
    OptionalDouble quantile(double share) {
        return sketch.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(sketch.getValueAtQuantile(share));
    }
}
