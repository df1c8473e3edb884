package dev.riser.control.signals;

import java.util.OptionalDouble;

/** Adds up edges of one row, one line of a chart or one arrow of the graph. Not thread-safe. */
final class Totals {
    private long requests;
    private long successes;
    private long sentBytes;
    private long receivedBytes;
    private long opened;
    private long active;
    private final LatencySketch latency = new LatencySketch();

    void add(Counted counted) {
        requests += counted.requests();
        successes += counted.successes();
        sentBytes += counted.sentBytes();
        receivedBytes += counted.receivedBytes();
        opened += counted.opened();
        latency.mergePacked(counted.latency());
    }

    /** Adds connections that are open at the end of the span. */
    void addActive(long connections) {
        active += connections;
    }

    long requests() {
        return requests;
    }

    long opened() {
        return opened;
    }

    long active() {
        return active;
    }

    /** Requests where there are any, else connections: what a share is a share of. */
    long units() {
        return requests > 0 ? requests : opened;
    }

    OptionalDouble success() {
        return requests == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) successes / requests);
    }

    double requestsPerSecond(double seconds) {
        return requests / seconds;
    }

    double readPerSecond(double seconds) {
        return sentBytes / seconds;
    }

    double writePerSecond(double seconds) {
        return receivedBytes / seconds;
    }

    OptionalDouble quantile(double share) {
        return latency.quantile(share);
    }
}
