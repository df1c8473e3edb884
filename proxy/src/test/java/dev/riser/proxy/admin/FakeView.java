package dev.riser.proxy.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A process with fixed pages that remembers what it was told to do. */
final class FakeView implements AdminView {
    final List<String> done = new ArrayList<>();
    Readiness readiness = new Readiness.Ready();
    CompletionStage<String> metrics = CompletableFuture.completedFuture("riser_workloads 1.0\n");

    @Override
    public Readiness readiness() {
        return readiness;
    }

    @Override
    public List<WorkloadSummary> workloads() {
        return List.of(new WorkloadSummary("w1", "prod", "cart", "spiffe://cluster.local/ns/prod/sa/cart", "ready"));
    }

    @Override
    public CompletionStage<String> prometheus() {
        return metrics;
    }

    @Override
    public CompletionStage<String> stats() {
        return CompletableFuture.completedFuture("requests: 1");
    }

    @Override
    public String configDump() {
        return "{\"configs\":[]}";
    }

    @Override
    public String clusters() {
        return "inbound|8000||::10.88.0.2:8000::health_flags::healthy";
    }

    @Override
    public String certificates() {
        return "{\"certificates\":[]}";
    }

    @Override
    public String listeners() {
        return "virtualInbound::0.0.0.0:15006";
    }

    @Override
    public void drain() {
        done.add("drain");
    }

    @Override
    public void quit() {
        done.add("quit");
    }
}
