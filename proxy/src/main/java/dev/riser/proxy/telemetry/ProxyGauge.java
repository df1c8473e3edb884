package dev.riser.proxy.telemetry;

import java.util.List;

/** Values of the proxy itself that are read when metrics are collected. */
public enum ProxyGauge {
    /** Labels: cluster. */
    POOL_CONNECTIONS("riser_pool_connections", "Upstream connections open.", Merge.SUM, "cluster"),
    /** Labels: namespace, workload, direction ({@code inbound}, {@code outbound}). */
    CONNECTIONS_ACTIVE(
            "riser_connections_active",
            "Downstream connections open.",
            Merge.SUM,
            "namespace",
            "workload",
            "direction"),
    /** Labels: namespace, workload. Negative once the certificate has expired. */
    CERTIFICATE_EXPIRY(
            "riser_certificate_expiry_seconds",
            "Seconds until the workload's certificate expires.",
            Merge.LEAST,
            "namespace",
            "workload"),
    /** Labels: namespace, workload. */
    SNAPSHOT_AGE(
            "riser_snapshot_age_seconds",
            "Seconds since the configuration in force was compiled.",
            Merge.GREATEST,
            "namespace",
            "workload"),
    /** Labels: namespace, workload. 1 while the stream to the control plane is open. */
    DISCOVERY_CONNECTED(
            "riser_xds_connected", "Whether the control plane is connected.", Merge.LEAST, "namespace", "workload"),
    /** No labels. */
    WORKLOADS("riser_workloads", "Workloads served by this process.", Merge.SUM);

    /** What becomes of two values with the same labels. */
    enum Merge {
        SUM,
        LEAST,
        GREATEST;

        double merge(double left, double right) {
            return switch (this) {
                case SUM -> left + right;
                case LEAST -> Math.min(left, right);
                case GREATEST -> Math.max(left, right);
            };
        }
    }

    private final String metricName;
    private final String help;
    private final Merge merge;
    private final List<String> labelNames;

    ProxyGauge(String metricName, String help, Merge merge, String... labelNames) {
        this.metricName = metricName;
        this.help = help;
        this.merge = merge;
        this.labelNames = List.of(labelNames);
    }

    String metricName() {
        return metricName;
    }

    String help() {
        return help;
    }

    Merge merge() {
        return merge;
    }

    List<String> labelNames() {
        return labelNames;
    }
}
