package dev.riser.proxy.telemetry;

import dev.riser.base.FailureReason;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds Istio's labels. They differ from Istio's in one value: {@code connection_security_policy} says what was used at
 * the source too, where Istio says {@code unknown}, because our source verifies its peer itself.
 */
final class StandardLabels {
    private static final String UNKNOWN = "unknown";

    private final Set<String> omitted;

    StandardLabels(Set<String> omitted) {
        this.omitted = omitted;
    }

    Labels exchange(EdgeKey edge, int responseCode, int grpcStatus, @Nullable FailureReason failure) {
        Builder builder = edge(edge, failure);
        builder.add("response_code", Integer.toString(responseCode));
        builder.add(
                "grpc_response_status",
                grpcStatus == ExchangeRecord.NO_GRPC_STATUS ? "" : Integer.toString(grpcStatus));
        return builder.build();
    }

    Labels connection(EdgeKey edge, @Nullable FailureReason failure) {
        return edge(edge, failure).build();
    }

    private Builder edge(EdgeKey edge, @Nullable FailureReason failure) {
        Builder builder = new Builder();
        builder.add("reporter", edge.direction().reporter());
        builder.peer("source_", edge.source());
        builder.peer("destination_", edge.destination());
        builder.add("destination_service", known(edge.service().host()));
        builder.add("destination_service_name", known(edge.service().name()));
        builder.add("destination_service_namespace", known(edge.service().namespace()));
        builder.add("request_protocol", edge.protocol().label());
        builder.add("response_flags", failure == null ? "-" : failure.responseFlag());
        builder.add("connection_security_policy", edge.mutualTls() ? "mutual_tls" : "none");
        return builder;
    }

    private static String known(String text) {
        return text.isEmpty() ? UNKNOWN : text;
    }

    private final class Builder {
        private final List<String> names = new ArrayList<>(26);
        private final List<String> values = new ArrayList<>(26);

        void add(String name, String value) {
            if (!omitted.contains(name)) {
                names.add(name);
                values.add(value);
            }
        }

        void peer(String prefix, PeerDescriptor peer) {
            add(prefix + "workload", known(peer.workload()));
            add(prefix + "workload_namespace", known(peer.namespace()));
            add(prefix + "principal", known(peer.principal()));
            add(prefix + "app", known(peer.app()));
            add(prefix + "version", known(peer.version()));
            add(prefix + "canonical_service", known(peer.service()));
            add(prefix + "canonical_revision", peer.version().isEmpty() ? "latest" : peer.version());
        }

        Labels build() {
            return Labels.of(names, values);
        }
    }
}
