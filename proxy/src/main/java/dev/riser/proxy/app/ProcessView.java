package dev.riser.proxy.app;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.riser.identity.WorkloadCredentials;
import dev.riser.proxy.admin.AdminView;
import dev.riser.proxy.balance.EndpointSet;
import dev.riser.proxy.discovery.CertificateRenewal;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.snapshot.CompiledListener;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.workload.Workload;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A process as its admin pages show it. Any thread. */
final class ProcessView implements AdminView {
    private final ProxyProcess process;

    ProcessView(ProxyProcess process) {
        this.process = process;
    }

    static WorkloadSummary summary(Workload workload) {
        var specification = workload.specification();
        return new WorkloadSummary(
                specification.id(),
                specification.namespace(),
                specification.name(),
                "spiffe://" + specification.trustDomain() + "/ns/" + specification.namespace() + "/sa/"
                        + specification.serviceAccount(),
                workload.state().name().toLowerCase(java.util.Locale.ROOT));
    }

    private List<Workload> sorted() {
        return process.workloads().values().stream()
                .sorted(Comparator.comparing(
                        workload -> workload.specification().id()))
                .toList();
    }

    @Override
    public Readiness readiness() {
        for (Workload workload : sorted()) {
            if (workload.state() == Workload.State.STARTING) {
                return new Readiness.NotReady(workload.specification() + " is starting");
            }
        }
        return new Readiness.Ready();
    }

    @Override
    public List<WorkloadSummary> workloads() {
        return sorted().stream().map(ProcessView::summary).toList();
    }

    @Override
    public CompletionStage<String> prometheus() {
        return process.telemetry().prometheus();
    }

    /** The sample lines of the metrics as {@code name: value}. */
    @Override
    public CompletionStage<String> stats() {
        return prometheus().thenApply(text -> {
            StringBuilder lines = new StringBuilder();
            text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                int space = line.lastIndexOf(' ');
                if (space > 0) {
                    lines.append(line, 0, space)
                            .append(": ")
                            .append(line.substring(space + 1))
                            .append('\n');
                }
            });
            return lines.toString();
        });
    }

    @Override
    public String configDump() {
        ListValue.Builder dumps = ListValue.newBuilder();
        for (Workload workload : sorted()) {
            ProxySnapshot snapshot = workload.snapshot();
            dumps.addValues(object(Struct.newBuilder()
                    .putFields("workload", text(workload.specification().id()))
                    .putFields("node", text(workload.nodeId()))
                    .putFields("version", number(snapshot.version()))
                    .putFields("listeners", listeners(snapshot))
                    .putFields("routes", names(snapshot.routeTables().keySet()))
                    .putFields("clusters", clusters(snapshot))
                    .putFields("endpoints", endpoints(snapshot))
                    .putFields("secrets", names(snapshot.secrets().keySet()))));
        }
        return json(Struct.newBuilder()
                .putFields("workloads", Value.newBuilder().setListValue(dumps).build()));
    }

    private static Value listeners(ProxySnapshot snapshot) {
        ListValue.Builder list = ListValue.newBuilder();
        for (CompiledListener listener : snapshot.listeners().values()) {
            ListValue.Builder chains = ListValue.newBuilder();
            listener.filterChains().forEach(chain -> chains.addValues(text(chain.toString())));
            list.addValues(object(Struct.newBuilder()
                    .putFields("name", text(listener.name()))
                    .putFields(
                            "address",
                            text(listener.address().host() + ":"
                                    + listener.address().port()))
                    .putFields("origin", text(listener.origin().text()))
                    .putFields(
                            "filter_chains",
                            Value.newBuilder().setListValue(chains).build())));
        }
        return Value.newBuilder().setListValue(list).build();
    }

    private static Value clusters(ProxySnapshot snapshot) {
        ListValue.Builder list = ListValue.newBuilder();
        for (CompiledCluster cluster : snapshot.clusters().values()) {
            list.addValues(object(Struct.newBuilder()
                    .putFields("name", text(cluster.name()))
                    .putFields("origin", text(cluster.origin().text()))
                    .putFields("balance", text(cluster.balance().policy().toString()))
                    .putFields("http", text(cluster.http().version().name()))));
        }
        return Value.newBuilder().setListValue(list).build();
    }

    private static Value endpoints(ProxySnapshot snapshot) {
        Struct.Builder sets = Struct.newBuilder();
        for (EndpointSet set : snapshot.endpointSets().values()) {
            ListValue.Builder list = ListValue.newBuilder();
            set.groups()
                    .forEach(group -> group.endpoints()
                            .forEach(endpoint -> list.addValues(text(endpoint.address() + " " + endpoint.health()))));
            sets.putFields(
                    set.clusterName(), Value.newBuilder().setListValue(list).build());
        }
        return object(sets);
    }

    private static Value names(java.util.Set<String> names) {
        ListValue.Builder list = ListValue.newBuilder();
        names.stream().sorted().forEach(name -> list.addValues(text(name)));
        return Value.newBuilder().setListValue(list).build();
    }

    @Override
    public String clusters() {
        StringBuilder lines = new StringBuilder();
        for (Workload workload : sorted()) {
            workload.traffic().describeClusters(lines, workload.specification().id());
        }
        return lines.toString();
    }

    @Override
    public String certificates() {
        ListValue.Builder list = ListValue.newBuilder();
        for (Workload workload : sorted()) {
            WorkloadCredentials own = workload.credentials().current();
            CertificateRenewal.Status status = workload.certificate();
            Struct.Builder entry = Struct.newBuilder()
                    .putFields("workload", text(workload.specification().id()))
                    .putFields("generations", number(status.generations()))
                    .putFields("next_renewal", text(status.next().toString()))
                    .putFields("last_failure", text(status.lastFailure()));
            if (own != null) {
                entry.putFields("identity", text(own.spiffeId().toString()))
                        .putFields("serial", text(own.leaf().getSerialNumber().toString(16)))
                        .putFields("not_after", text(own.notAfter().toString()));
            }
            list.addValues(object(entry));
        }
        return json(Struct.newBuilder()
                .putFields("certificates", Value.newBuilder().setListValue(list).build()));
    }

    @Override
    public String listeners() {
        StringBuilder lines = new StringBuilder();
        for (Workload workload : sorted()) {
            workload.listenerLines()
                    .forEach(line -> lines.append(workload.specification().id())
                            .append('/')
                            .append(line)
                            .append('\n'));
        }
        return lines.toString();
    }

    @Override
    public void drain() {
        process.stop();
    }

    @Override
    public void quit() {
        process.stop();
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static Value number(double number) {
        return Value.newBuilder().setNumberValue(number).build();
    }

    private static Value object(Struct.Builder struct) {
        return Value.newBuilder().setStructValue(struct).build();
    }

    private static String json(Struct.Builder struct) {
        try {
            return JsonFormat.printer().print(struct);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a struct is always JSON", e);
        }
    }
}
