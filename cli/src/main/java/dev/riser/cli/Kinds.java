package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The words by which people name kinds. */
final class Kinds {
    /**
     * A kind of object.
     *
     * @param name as it stands in YAML
     * @param words lower case, the plural first
     */
    record Kind(String name, List<String> words) {}

    static final List<Kind> OBJECTS = List.of(
            new Kind("Service", List.of("services", "service", "svc")),
            new Kind("Namespace", List.of("namespaces", "namespace", "ns")),
            new Kind("ServiceAccount", List.of("serviceaccounts", "serviceaccount", "sa")),
            new Kind("VirtualService", List.of("virtualservices", "virtualservice", "vs")),
            new Kind("DestinationRule", List.of("destinationrules", "destinationrule", "dr")),
            new Kind("ServiceEntry", List.of("serviceentries", "serviceentry", "se")),
            new Kind("WorkloadEntry", List.of("workloadentries", "workloadentry", "we")),
            new Kind("PeerAuthentication", List.of("peerauthentications", "peerauthentication", "pa")),
            new Kind("AuthorizationPolicy", List.of("authorizationpolicies", "authorizationpolicy", "ap")));

    private Kinds() {}

    /** The kind's name in YAML for any of its words. */
    static String object(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        for (Kind kind : OBJECTS) {
            if (kind.words().contains(lower)) {
                return kind.name();
            }
        }
        throw CommandFailure.usage("'%s' is not a kind of object; allowed: %s".formatted(word, known()));
    }

    static String known() {
        return OBJECTS.stream().map(kind -> String.join("|", kind.words())).collect(Collectors.joining(", "));
    }

    /** What golden signals can be asked for, as the API calls it. */
    static String measured(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "deploy", "deployment", "deployments" -> "deploy";
            case "service", "services", "svc" -> "service";
            case "namespace", "namespaces", "ns" -> "namespace";
            case "pod", "pods", "po" -> "pod";
            default ->
                throw CommandFailure.usage(
                        "golden signals are kept for deploy, service, namespace and pod; '%s' is none of them"
                                .formatted(word));
        };
    }

    /** {@code deploy/frontend} or {@code deploy/frontend.prod}, as {@code --from} and {@code --to} take it. */
    static String measuredTarget(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return "deploy/" + text;
        }
        return measured(text.substring(0, slash)) + text.substring(slash);
    }
}
