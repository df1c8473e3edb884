package dev.riser.control.signals;

import dev.riser.xds.telemetry.EdgeSignals;
import dev.riser.xds.telemetry.Peer;
import dev.riser.xds.telemetry.ResponseSignals;
import dev.riser.xds.telemetry.SignalReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * One hour of golden signals in slices of ten seconds. Memory is bounded twice: at most {@code mostEdges} edges are told
 * apart (whatever comes beyond is counted in one overflow edge), and all slices together stay below {@code mostBytes}
 * (beyond it the oldest slices go first, so the history gets shorter, never wrong). With the defaults that is 5,000
 * edges and 96 MiB; one edge with requests in a slice takes about half a kilobyte.
 *
 * <p>Thread-safe; every method holds the store's lock for as long as it takes.
 */
public final class SignalStore {
    /** Length of a slice. */
    public static final Duration SLICE = Duration.ofSeconds(10);

    /** How long slices are kept. */
    public static final Duration HISTORY = Duration.ofHours(1);

    public static final int DEFAULT_MOST_EDGES = 5000;
    public static final long DEFAULT_MOST_BYTES = 96L * 1024 * 1024;

    private static final long SLICE_MILLIS = SLICE.toMillis();
    private static final long SLICES = HISTORY.dividedBy(SLICE);

    /** A report that says it is newer than our clock, or older than this, has a wrong clock: it counts as of now. */
    private static final long LATEST_REPORT_MILLIS = 60_000;

    /** Longest text of a report that we keep; Kubernetes' longest host name has 253 characters. */
    private static final int LONGEST_TEXT = 512;

    private final InstantSource clock;
    private final int mostEdges;
    private final long mostBytes;

    /** Oldest first; at most {@link #SLICES}; gaps where nothing was reported. */
    private final Deque<Slice> slices = new ArrayDeque<>();

    /** Every edge of some slice, with the number of slices it is in. */
    private final Map<EdgeKey, Integer> edges = new HashMap<>();

    private long bytes;
    private long overflowed;
    private long malformed;
    private long newestReportMillis;

    public SignalStore(InstantSource clock) {
        this(clock, DEFAULT_MOST_EDGES, DEFAULT_MOST_BYTES);
    }

    /**
     * @param clock the time of day
     * @param mostEdges edges told apart, at least 1
     * @param mostBytes approximate memory for all slices
     */
    public SignalStore(InstantSource clock, int mostEdges, long mostBytes) {
        this.clock = clock;
        this.mostEdges = mostEdges;
        this.mostBytes = mostBytes;
    }

    /**
     * How full the store is.
     *
     * @param edges edges told apart now
     * @param bytes approximate memory
     * @param overflowed edge reports counted in the overflow edge since start
     * @param malformed edge reports dropped since start because they could not be read
     */
    public record Fill(int edges, long bytes, long overflowed, long malformed) {}

    /** Adds what a proxy reported. Parts that cannot be read are dropped and counted. */
    public synchronized void add(SignalReport report) {
        long now = clock.millis();
        long end = report.getEndMillis();
        if (end > now || end < now - LATEST_REPORT_MILLIS) {
            end = now;
        }
        newestReportMillis = Math.max(newestReportMillis, end);
        expire(now);
        // The last millisecond of the interval, so that a report made on the stroke belongs to the slice it was counted
        // in.
        Slice slice = slice(Math.floorDiv(end - 1, SLICE_MILLIS));
        for (EdgeSignals edge : report.getEdgesList()) {
            try {
                put(slice, key(edge), counted(edge));
            } catch (IOException | IllegalArgumentException unreadable) {
                malformed++;
            }
        }
        while (bytes > mostBytes && slices.size() > 1) {
            drop(slices.removeFirst());
        }
    }

    public synchronized Fill fill() {
        return new Fill(edges.size(), bytes, overflowed, malformed);
    }

    /**
     * The span that a window of this length covers now: whole slices, and the newest one as far as reports have come, so
     * that rates are not diluted by time that nobody has reported on yet.
     */
    synchronized Span span(Duration window) {
        long now = clock.millis();
        long end = newestReportMillis > now - 2 * SLICE_MILLIS ? Math.min(now, newestReportMillis) : now;
        long last = Math.floorDiv(end - 1, SLICE_MILLIS);
        long count = Math.clamp(Math.ceilDiv(window.toMillis(), SLICE_MILLIS), 1, SLICES);
        double seconds = ((count - 1) * SLICE_MILLIS + (end - last * SLICE_MILLIS)) / 1000.0;
        return new Span(last - count + 1, last, seconds);
    }

    /** Slices from first to last, and the seconds they cover. */
    record Span(long first, long last, double seconds) {}

    /** Shows every edge of the span, slice by slice. The store is locked meanwhile. */
    synchronized void forEach(Span span, SliceVisitor visitor) {
        expire(clock.millis());
        for (Slice slice : slices) {
            if (slice.index >= span.first() && slice.index <= span.last()) {
                slice.cells.forEach((key, counted) -> visitor.visit(slice.index, key, counted));
            }
        }
    }

    /** Sees one edge in one slice. */
    @FunctionalInterface
    interface SliceVisitor {
        void visit(long slice, EdgeKey key, Counted counted);
    }

    /** As {@link #forEach(Span, SliceVisitor)} where the slice does not matter. */
    void forEach(Span span, BiConsumer<EdgeKey, Counted> visitor) {
        forEach(span, (slice, key, counted) -> visitor.accept(key, counted));
    }

    private void put(Slice slice, EdgeKey key, Counted counted) {
        EdgeKey kept = key;
        if (!edges.containsKey(key) && edges.size() >= mostEdges) {
            kept = EdgeKey.OVERFLOW;
            overflowed++;
        }
        Counted before = slice.cells.get(kept);
        Counted after = before == null ? counted : before.plus(counted);
        slice.cells.put(kept, after);
        bytes += after.footprint() - (before == null ? 0 : before.footprint());
        if (before == null) {
            edges.merge(kept, 1, Integer::sum);
        }
    }

    private Slice slice(long index) {
        Slice newest = slices.peekLast();
        if (newest == null || newest.index < index) {
            Slice made = new Slice(index);
            slices.addLast(made);
            return made;
        }
        List<Slice> newer = new ArrayList<>();
        while (true) {
            Slice last = slices.peekLast();
            if (last == null || last.index < index) {
                last = new Slice(index);
                slices.addLast(last);
            }
            if (last.index == index) {
                newer.reversed().forEach(slices::addLast);
                return last;
            }
            newer.add(slices.removeLast());
        }
    }

    private void expire(long now) {
        long oldest = Math.floorDiv(now - 1, SLICE_MILLIS) - SLICES + 1;
        Iterator<Slice> each = slices.iterator();
        while (each.hasNext()) {
            Slice slice = each.next();
            if (slice.index >= oldest) {
                return;
            }
            each.remove();
            drop(slice);
        }
    }

    private void drop(Slice slice) {
        slice.cells.forEach((key, counted) -> {
            bytes -= counted.footprint();
            edges.computeIfPresent(key, (same, uses) -> uses == 1 ? null : uses - 1);
        });
    }

    private static EdgeKey key(EdgeSignals edge) {
        Reporter reporter = switch (edge.getReporter()) {
            case SOURCE -> Reporter.SOURCE;
            case DESTINATION -> Reporter.DESTINATION;
            case REPORTER_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("an edge without a reporter");
        };
        return new EdgeKey(
                reporter,
                peer(edge.getSource()),
                peer(edge.getDestination()),
                text(edge.getDestinationService()),
                text(edge.getDestinationServiceNamespace()),
                text(edge.getProtocol()),
                edge.getMutualTls());
    }

    private static EdgePeer peer(Peer peer) {
        return new EdgePeer(
                text(peer.getNamespace()),
                text(peer.getWorkload()),
                text(peer.getInstance()),
                text(peer.getVersion()),
                text(peer.getPrincipal()));
    }

    private static String text(String given) {
        if (given.length() > LONGEST_TEXT) {
            throw new IllegalArgumentException("a text of " + given.length() + " characters");
        }
        return given;
    }

    private static Counted counted(EdgeSignals edge) throws IOException {
        long requests = 0;
        long successes = 0;
        long sent = edge.getTcp().getSentBytes();
        long received = edge.getTcp().getReceivedBytes();
        long[] classes = new long[Counted.CLASSES];
        LatencySketch latency = new LatencySketch();
        for (ResponseSignals response : edge.getResponsesList()) {
            long count = response.getRequests();
            requests += count;
            if (Success.of(response.getResponseCode(), response.getGrpcStatus())) {
                successes += count;
            }
            classes[Math.clamp(response.getResponseCode() / 100, 0, Counted.CLASSES - 1)] += count;
            sent += response.getRequestBytes();
            received += response.getResponseBytes();
            if (!response.getLatencySketch().isEmpty()) {
                latency.merge(LatencySketch.read(response.getLatencySketch().toByteArray()));
            }
        }
        return new Counted(
                requests,
                successes,
                classes,
                sent,
                received,
                edge.getTcp().getConnectionsOpened(),
                edge.getTcp().getConnectionsClosed(),
                edge.getTcp().getConnectionsActive(),
                latency.packed());
    }

    /** When the slice of that number began. */
    static Instant startOf(long slice) {
        return Instant.ofEpochMilli(slice * SLICE_MILLIS);
    }

    private static final class Slice {
        private final long index;
        private final Map<EdgeKey, Counted> cells = new HashMap<>();

        private Slice(long index) {
            this.index = index;
        }
    }
}
