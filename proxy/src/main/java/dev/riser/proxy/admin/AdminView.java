package dev.riser.proxy.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What the admin servers show, and the few things they may do. Called on the admin servers' event loop, so every method
 * returns at once; stages may complete on any thread.
 */
public interface AdminView {
    /** Whether all workloads are ready to carry traffic, and if not, the reason in one line. */
    Readiness readiness();

    /** One entry for each workload the process serves. */
    List<WorkloadSummary> workloads();

    /** Metrics in Prometheus's text format. */
    CompletionStage<String> prometheus();

    /** Counters of the process for people: {@code name: value}, one a line. */
    CompletionStage<String> stats();

    /** The configuration in force, as JSON; keys and tokens must already be replaced by {@code [redacted]}. */
    String configDump();

    /** Clusters with their endpoints and health, one line each, in Envoy's format. */
    String clusters();

    /** Certificates (never keys) as JSON. */
    String certificates();

    /** Listeners, {@code name::address}, one a line. */
    String listeners();

    /** Stops taking new connections and ends when the open ones have, or the drain time is over. */
    void drain();

    /** Ends the process in good order. */
    void quit();

    /** Whether the process is ready. */
    sealed interface Readiness {
        /** Ready to carry traffic. */
        record Ready() implements Readiness {}

        /** Not ready. */
        record NotReady(String reason) implements Readiness {}
    }

    /**
     * One workload.
     *
     * @param state {@code starting}, {@code ready}, {@code draining}
     */
    record WorkloadSummary(String id, String namespace, String name, String identity, String state) {}
}
