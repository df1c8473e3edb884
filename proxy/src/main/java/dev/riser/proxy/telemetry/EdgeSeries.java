package dev.riser.proxy.telemetry;

import java.util.ArrayList;
import java.util.List;

/** What one event loop has counted on one edge. */
final class EdgeSeries {
    final EdgeKey key;
    final boolean overflow;
    final List<ResponseSeries> responses = new ArrayList<>(2);
    final List<TcpSeries> connections = new ArrayList<>(1);

    long opened;
    long closed;
    long sent;
    long received;
    long active;

    /** When a report last found something counted here. */
    long usedAtNanos;

    EdgeSeries(EdgeKey key, boolean overflow, long nowNanos) {
        this.key = key;
        this.overflow = overflow;
        this.usedAtNanos = nowNanos;
    }

    /** Whether anything was counted since the last report, or a connection is open. */
    boolean used() {
        if (active > 0 || (opened | closed | sent | received) != 0) {
            return true;
        }
        for (int index = 0; index < responses.size(); index++) {
            if (responses.get(index).requests != 0) {
                return true;
            }
        }
        return false;
    }
}
