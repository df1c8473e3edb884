package dev.riser.control.signals;

import java.util.Locale;
import java.util.Optional;

/** What a row of golden signals is about. */
public enum TargetKind {
    /** A workload with all its instances. */
    DEPLOY,
    /** A host that clients ask for. */
    SERVICE,
    NAMESPACE,
    /** One instance of a workload. */
    POD;

    /** Reads the word as users write it: singular, plural and kubectl's short forms. */
    public static Optional<TargetKind> parse(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "deploy", "deployment", "deployments", "workload", "workloads" -> Optional.of(DEPLOY);
            case "service", "services", "svc" -> Optional.of(SERVICE);
            case "namespace", "namespaces", "ns" -> Optional.of(NAMESPACE);
            case "pod", "pods", "po" -> Optional.of(POD);
            default -> Optional.empty();
        };
    }
}
