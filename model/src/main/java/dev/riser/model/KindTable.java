package dev.riser.model;

import dev.riser.base.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which kinds are read, and what is said about those that are not. */
final class KindTable {
    private static final List<String> NETWORKING =
            List.of("networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3");
    private static final List<String> SECURITY = List.of("security.istio.io/v1", "security.istio.io/v1beta1");
    private static final List<String> CORE = List.of("v1");

    /** API versions by kind, for kinds that are read. */
    private static final Map<String, List<String>> READ = read();

    private static final String TAKE_OUT = "take the object out of this configuration";
    private static final Map<String, String> NOT_READ = notRead();

    private KindTable() {}

    private static Map<String, List<String>> read() {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        kinds.put("Service", CORE);
        kinds.put("Namespace", CORE);
        kinds.put("ServiceAccount", CORE);
        kinds.put("VirtualService", NETWORKING);
        kinds.put("DestinationRule", NETWORKING);
        kinds.put("ServiceEntry", NETWORKING);
        kinds.put("WorkloadEntry", NETWORKING);
        kinds.put("PeerAuthentication", SECURITY);
        kinds.put("AuthorizationPolicy", SECURITY);
        return kinds;
    }

    private static Map<String, String> notRead() {
        Map<String, String> kinds = new LinkedHashMap<>();
        for (String kind : List.of(
                "Deployment",
                "StatefulSet",
                "DaemonSet",
                "ReplicaSet",
                "ReplicationController",
                "Pod",
                "Job",
                "CronJob")) {
            kinds.put(kind, "start the program with 'riser run', or describe it with a WorkloadEntry");
        }
        for (String kind : List.of(
                "ConfigMap",
                "Secret",
                "PersistentVolume",
                "PersistentVolumeClaim",
                "StorageClass",
                "Role",
                "RoleBinding",
                "ClusterRole",
                "ClusterRoleBinding",
                "CustomResourceDefinition",
                "HorizontalPodAutoscaler",
                "PodDisruptionBudget",
                "PriorityClass",
                "LimitRange",
                "ResourceQuota",
                "NetworkPolicy",
                "MutatingWebhookConfiguration",
                "ValidatingWebhookConfiguration",
                "Node",
                "Event",
                "Lease",
                "Certificate",
                "Issuer",
                "ClusterIssuer")) {
            kinds.put(kind, TAKE_OUT);
        }
        for (String kind : List.of("Endpoints", "EndpointSlice")) {
            kinds.put(kind, "endpoints come from 'riser run'; describe others with a ServiceEntry or WorkloadEntry");
        }
        return kinds;
    }

    static boolean isRead(String kind) {
        return READ.containsKey(kind);
    }

    static List<String> versions(String kind) {
        return READ.getOrDefault(kind, List.of());
    }

    static List<String> readKinds() {
        return List.copyOf(READ.keySet());
    }

    /** The message and the suggestion for a kind that is not read. */
    record Refusal(String message, String suggestion, boolean unknown) {}

    static Refusal refusal(String apiVersion, String kind) {
        if (kind.equals("Gateway")
                || kind.equals("Ingress")
                || kind.equals("IngressClass")
                || kind.equals("GatewayClass")) {
            return new Refusal("there is no gateway in this mesh yet, so the object has no effect", TAKE_OUT, false);
        }
        String plain = NOT_READ.get(kind);
        if (plain != null) {
            return new Refusal("the kind is not read here, so the object has no effect", plain, false);
        }
        boolean routing = apiVersion.startsWith("gateway.networking.k8s.io/");
        if (routing) {
            return new Refusal(
                    "the kind is known, but not supported by Riser", "write the routes as a VirtualService", false);
        }
        if (apiVersion.contains("istio.io/")) {
            return switch (kind) {
                case "RequestAuthentication",
                        "Sidecar",
                        "EnvoyFilter",
                        "Telemetry",
                        "WorkloadGroup",
                        "ProxyConfig",
                        "WasmPlugin",
                        "TrafficExtension" ->
                    new Refusal("the kind is known, but not supported by Riser", TAKE_OUT, false);
                default -> unknown(kind);
            };
        }
        return unknown(kind);
    }

    private static Refusal unknown(String kind) {
        List<String> candidates = new ArrayList<>(READ.keySet());
        Optional<String> near = Spelling.closest(kind, candidates);
        return new Refusal(
                "the kind is unknown",
                near.map(candidate -> "did you mean " + candidate + "?").orElse(TAKE_OUT),
                true);
    }
}
