package dev.riser.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/** The edges of one workload on one event loop: an open-addressed table that is searched without allocating. */
final class EdgeTable {
    private @Nullable EdgeSeries[] slots = new @Nullable EdgeSeries[16];
    private int size;

    @Nullable
    EdgeSeries find(
            Direction direction,
            PeerDescriptor source,
            PeerDescriptor destination,
            DestinationService service,
            EdgeProtocol protocol,
            boolean mutualTls,
            String routeName,
            String routeOrigin) {
        int mask = slots.length - 1;
        int index = EdgeKey.hash(direction, source, destination, service, protocol, routeName) & mask;
        while (true) {
            EdgeSeries edge = slots[index];
            if (edge == null) {
                return null;
            }
            if (edge.key.matches(
                    direction, source, destination, service, protocol, mutualTls, routeName, routeOrigin)) {
                return edge;
            }
            index = (index + 1) & mask;
        }
    }

    /** Adds an edge that is not in the table yet. */
    void add(EdgeSeries edge) {
        if ((size + 1) * 2 > slots.length) {
            rebuild(slots.length * 2, edges());
        }
        place(edge);
        size++;
    }

    int size() {
        return size;
    }

    /** A copy, so that the table may change while it is walked. */
    EdgeSeries[] edges() {
        EdgeSeries[] edges = new EdgeSeries[size];
        int next = 0;
        for (EdgeSeries edge : slots) {
            if (edge != null) {
                edges[next++] = edge;
            }
        }
        return edges;
    }

    void retain(EdgeSeries[] edges, int count) {
        EdgeSeries[] kept = new EdgeSeries[count];
        System.arraycopy(edges, 0, kept, 0, count);
        int capacity = 16;
        while (capacity < count * 2 + 2) {
            capacity *= 2;
        }
        rebuild(capacity, kept);
        size = count;
    }

    private void rebuild(int capacity, EdgeSeries[] edges) {
        slots = new @Nullable EdgeSeries[capacity];
        for (EdgeSeries edge : edges) {
            place(edge);
        }
    }

    private void place(EdgeSeries edge) {
        int mask = slots.length - 1;
        int index = edge.key.tableHash() & mask;
        while (slots[index] != null) {
            index = (index + 1) & mask;
        }
        slots[index] = edge;
    }
}
