package dev.riser.control.registry;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a workload asks for when it starts.
 *
 * @param namespace its namespace, a DNS label
 * @param name its workload's name, shared by its copies, a DNS label
 * @param services names of the Services that it serves although no selector says so; may be empty
 * @param labels its labels
 * @param ports where it listens
 * @param serviceAccount the name its identity is made from
 * @param meshed whether a proxy stands beside it
 */
public record Registration(
        String namespace,
        String name,
        List<String> services,
        Map<String, String> labels,
        List<Port> ports,
        String serviceAccount,
        boolean meshed) {
    /** By the rules of Kubernetes for namespaces and names of Services (RFC 1123 labels). */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    /** By the rules of Kubernetes for service accounts (RFC 1123 subdomains). */
    private static final Pattern SUBDOMAIN = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

    private static final int MOST_LABELS = 100;
    private static final int LONGEST_LABEL = 317;
    private static final int MOST_PORTS = 100;

    /** @throws IllegalArgumentException saying which field is wrong, what was found and what is allowed */
    public Registration {
        services = List.copyOf(services);
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        ports = List.copyOf(ports);
        check(LABEL, "namespace", namespace);
        check(LABEL, "name", name);
        check(SUBDOMAIN, "serviceAccount", serviceAccount);
        for (String service : services) {
            check(LABEL, "service", service);
        }
        if (labels.size() > MOST_LABELS) {
            throw new IllegalArgumentException(
                    "labels: found %d, at most %d are allowed".formatted(labels.size(), MOST_LABELS));
        }
        labels.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > LONGEST_LABEL || value.length() > 63) {
                throw new IllegalArgumentException(
                        "labels: keys of 1 to %d characters and values of at most 63 are allowed; found %s=%s"
                                .formatted(LONGEST_LABEL, key, value));
            }
        });
        if (ports.size() > MOST_PORTS) {
            throw new IllegalArgumentException(
                    "ports: found %d, at most %d are allowed".formatted(ports.size(), MOST_PORTS));
        }
        Set<Integer> numbers = new HashSet<>();
        for (Port port : ports) {
            if (!numbers.add(port.port())) {
                throw new IllegalArgumentException("ports: %d stands there twice".formatted(port.port()));
            }
        }
    }

    /**
     * One port.
     *
     * @param port the number
     * @param name its name, empty where none
     * @param protocol the protocol's word, such as {@code http}; empty where the name says it, or nobody
     */
    public record Port(int port, String name, String protocol) {
        /** @throws IllegalArgumentException where the number is no port */
        public Port {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("ports: found %d, 1 to 65535 are allowed".formatted(port));
            }
        }
    }

    private static void check(Pattern pattern, String field, String value) {
        if (!pattern.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "%s: found \"%s\", allowed are lower case letters, digits and dashes, as in Kubernetes"
                            .formatted(field, value.length() > 80 ? value.substring(0, 80) + "…" : value));
        }
    }
}
