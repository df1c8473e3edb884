package dev.riser.model;

import java.util.List;
import java.util.Map;

/**
 * Istio's {@code AuthorizationPolicy}.
 *
 * @param selector labels of the workloads it applies to; empty means the whole namespace, or the whole mesh in the root
 *     namespace
 * @param rules of which one must hold; without rules nothing matches, so that ALLOW refuses everything
 */
public record AuthorizationPolicy(
        ObjectKey key,
        Map<String, String> labels,
        Origin origin,
        Map<String, String> selector,
        Action action,
        List<Rule> rules)
        implements MeshObject {

    public AuthorizationPolicy {
        labels = Map.copyOf(labels);
        selector = Map.copyOf(selector);
        rules = List.copyOf(rules);
    }

    /** What follows when a rule holds. */
    public enum Action {
        ALLOW,
        DENY,
        /** Nothing, but it is written down. */
        AUDIT
    }

    /**
     * One rule: any source, any operation, all conditions. An empty list sets no condition.
     *
     * @param index its place in the list, counted from 0
     */
    public record Rule(int index, int line, List<Source> from, List<Operation> to, List<Condition> when) {
        public Rule {
            from = List.copyOf(from);
            to = List.copyOf(to);
            when = List.copyOf(when);
        }
    }

    /**
     * Who calls. Every list that is not empty must hold; inside a list one entry is enough, inside a {@code not} list
     * none may hold.
     *
     * @param principals {@code <trust domain>/ns/<namespace>/sa/<service account>}
     * @param serviceAccounts {@code <namespace>/<service account>}, the namespace always filled in
     */
    public record Source(
            List<ValuePattern> principals,
            List<ValuePattern> notPrincipals,
            List<ValuePattern> namespaces,
            List<ValuePattern> notNamespaces,
            List<String> serviceAccounts,
            List<String> notServiceAccounts,
            List<IpBlock> ipBlocks,
            List<IpBlock> notIpBlocks) {
        public Source {
            principals = List.copyOf(principals);
            notPrincipals = List.copyOf(notPrincipals);
            namespaces = List.copyOf(namespaces);
            notNamespaces = List.copyOf(notNamespaces);
            serviceAccounts = List.copyOf(serviceAccounts);
            notServiceAccounts = List.copyOf(notServiceAccounts);
            ipBlocks = List.copyOf(ipBlocks);
            notIpBlocks = List.copyOf(notIpBlocks);
        }
    }

    /** What is called. Lists combine as in {@link Source}; {@code ports} are the workload's. */
    public record Operation(
            List<ValuePattern> hosts,
            List<ValuePattern> notHosts,
            List<Integer> ports,
            List<Integer> notPorts,
            List<ValuePattern> methods,
            List<ValuePattern> notMethods,
            List<ValuePattern> paths,
            List<ValuePattern> notPaths) {
        public Operation {
            hosts = List.copyOf(hosts);
            notHosts = List.copyOf(notHosts);
            ports = List.copyOf(ports);
            notPorts = List.copyOf(notPorts);
            methods = List.copyOf(methods);
            notMethods = List.copyOf(notMethods);
            paths = List.copyOf(paths);
            notPaths = List.copyOf(notPaths);
        }

        /** Whether only a request, and not a mere connection, can be judged by this. */
        public boolean needsHttp() {
            return !hosts.isEmpty()
                    || !notHosts.isEmpty()
                    || !methods.isEmpty()
                    || !notMethods.isEmpty()
                    || !paths.isEmpty()
                    || !notPaths.isEmpty();
        }
    }

    /**
     * A condition on one attribute. Values are checked by the reader: literals or blocks for addresses ({@link
     * IpBlock#parse}), numbers for ports, {@link ValuePattern#of} for the rest.
     *
     * @param header the header's name with {@link Attribute#REQUEST_HEADER}, else empty
     * @param values of which one must hold; empty sets no condition
     * @param notValues of which none may hold
     */
    public record Condition(Attribute attribute, String header, List<String> values, List<String> notValues, int line) {
        public Condition {
            values = List.copyOf(values);
            notValues = List.copyOf(notValues);
        }
    }

    /** What a condition looks at. */
    public enum Attribute {
        REQUEST_HEADER,
        SOURCE_IP,
        SOURCE_NAMESPACE,
        SOURCE_PRINCIPAL,
        DESTINATION_IP,
        DESTINATION_PORT,
        CONNECTION_SNI
    }
}
