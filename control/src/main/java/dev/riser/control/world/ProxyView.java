package dev.riser.control.world;

import dev.riser.model.AuthorizationPolicy;
import dev.riser.model.DestinationRule;
import dev.riser.model.HostNames;
import dev.riser.model.PeerAuthentication;
import dev.riser.model.PortProtocol;
import dev.riser.model.TrafficPolicy;
import dev.riser.model.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one proxy may see of a world. Every question honours {@code exportTo}. Immutable and cheap: nothing is copied; it
 * may be made anew for every world.
 */
public final class ProxyView {
    private final MeshWorld world;
    private final ProxyNode node;

    private ProxyView(MeshWorld world, ProxyNode node) {
        this.world = world;
        this.node = node;
    }

    /** The view of that proxy. */
    public static ProxyView of(MeshWorld world, ProxyNode node) {
        return new ProxyView(world, node);
    }

    /** The proxy. */
    public ProxyNode node() {
        return node;
    }

    /** What holds for the whole mesh. */
    public MeshSettings settings() {
        return world.settings();
    }

    /** Version of the world behind the view. */
    public long version() {
        return world.version();
    }

    /** Every host this proxy may call, one service each, by host. */
    public List<MeshService> services() {
        List<MeshService> visible = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (MeshService service : world.services()) {
            if (seen.add(service.host())) {
                service(service.host()).ifPresent(visible::add);
            }
        }
        return visible;
    }

    /** The service of that host. Where several namespaces declare it, the proxy's own namespace wins. */
    public Optional<MeshService> service(String host) {
        return nearest(world.services(host));
    }

    private Optional<MeshService> nearest(List<MeshService> candidates) {
        return candidates.stream()
                .filter(service -> service.visibleIn(node.namespace()))
                .min(Comparator.comparing(service -> service.namespace().equals(node.namespace()) ? 0 : 1));
    }

    /** Services that clients reach at that address and port, those with the address itself before those with a range. */
    public List<MeshService> servicesAt(String address, int port) {
        List<MeshService> exact = visible(world.servicesAt(address), port);
        if (!exact.isEmpty()) {
            return exact;
        }
        InetAddress literal = InetAddress.ofLiteral(address);
        return visible(
                world.servicesWithBlocks().stream()
                        .filter(service -> service.blocks().stream().anyMatch(block -> block.contains(literal)))
                        .toList(),
                port);
    }

    private List<MeshService> visible(List<MeshService> candidates, int port) {
        return candidates.stream()
                .filter(service -> service.port(port).isPresent())
                .filter(service -> service(service.host()).equals(Optional.of(service)))
                .toList();
    }

    /** Services that have an endpoint at that address, in canonical text. */
    public List<MeshService> servicesServedAt(String address) {
        return world.servicesServedAt(address).stream()
                .filter(service -> service(service.host()).equals(Optional.of(service)))
                .toList();
    }

    /** The full host name of a name in an object of that namespace. */
    public String resolve(String host, String namespace) {
        return world.resolve(host, namespace);
    }

    /** The VirtualService that routes a service for this proxy: the most specific host, then the first by name. */
    public Optional<VirtualService> virtualService(MeshService service) {
        VirtualService best = null;
        int bestLength = -1;
        for (VirtualService candidate : world.virtualServices()) {
            if (!candidate.visibleIn(node.namespace())) {
                continue;
            }
            for (String written : candidate.hosts()) {
                int length = specificity(world.resolve(written, candidate.namespace()), service.host());
                if (length > bestLength) {
                    best = candidate;
                    bestLength = length;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /** -1 where the pattern does not cover the host; the host itself beats every wildcard, a longer one a shorter one. */
    private static int specificity(String pattern, String host) {
        if (pattern.equals(host)) {
            return Integer.MAX_VALUE;
        }
        return HostNames.covers(pattern, host) ? pattern.length() : -1;
    }

    /**
     * The DestinationRule for a service: from the proxy's own namespace, else the service's, else a root namespace, as in
     * Istio. In each the most specific host counts; several rules for the same host are merged, and the first by name
     * wins where they differ.
     */
    public Optional<DestinationRule> destinationRule(MeshService service) {
        List<String> namespaces = new ArrayList<>();
        namespaces.add(node.namespace());
        namespaces.add(service.namespace());
        namespaces.addAll(world.settings().rootNamespaces());
        for (String namespace : namespaces) {
            Optional<DestinationRule> found = destinationRule(service, namespace);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<DestinationRule> destinationRule(MeshService service, String namespace) {
        List<DestinationRule> best = new ArrayList<>();
        int bestLength = -1;
        for (DestinationRule rule : world.destinationRules()) {
            if (!rule.namespace().equals(namespace)
                    || !rule.visibleIn(node.namespace())
                    || !Labels.covers(rule.workloadSelector(), node.labels())) {
                continue;
            }
            int length = specificity(world.resolve(rule.host(), rule.namespace()), service.host());
            if (length < 0) {
                continue;
            }
            if (length > bestLength) {
                best.clear();
                bestLength = length;
            }
            if (length == bestLength) {
                best.add(rule);
            }
        }
        return best.stream().reduce(ProxyView::merged);
    }

    private static DestinationRule merged(DestinationRule first, DestinationRule second) {
        List<DestinationRule.Subset> subsets = new ArrayList<>(first.subsets());
        second.subsets().stream()
                .filter(subset -> first.subset(subset.name()).isEmpty())
                .forEach(subsets::add);
        return new DestinationRule(
                first.key(),
                first.labels(),
                first.origin(),
                first.host(),
                first.trafficPolicy().equals(TrafficPolicy.NONE) ? second.trafficPolicy() : first.trafficPolicy(),
                subsets,
                first.workloadSelector(),
                first.exportTo());
    }

    /** Policies that guard this workload, in order of precedence. */
    public List<AuthorizationPolicy> authorizationPolicies() {
        return world.authorizationPolicies().stream()
                .filter(policy -> policy.namespace().equals(node.namespace())
                        || world.settings().rootNamespaces().contains(policy.namespace()))
                .filter(policy -> Labels.covers(policy.selector(), node.labels()))
                .toList();
    }

    /** What this workload demands of callers on one of its ports. */
    public PeerAuthentication.Mode peerAuthentication(int port) {
        return world.peerAuthentication(node.namespace(), node.labels(), port);
    }

    /** What an endpoint demands of callers on one of its own ports. */
    public PeerAuthentication.Mode peerAuthentication(ServiceEndpoint endpoint, int port) {
        return world.peerAuthentication(endpoint.namespace(), endpoint.labels(), port);
    }

    /**
     * Ports on which this workload listens and what is spoken there: those it names itself, those it was registered with,
     * and those that services send to. A declared protocol beats an undeclared one.
     */
    public Map<Integer, PortProtocol> inboundPorts() {
        Map<Integer, PortProtocol> ports = new TreeMap<>();
        node.inboundPorts().forEach(port -> ports.put(port, PortProtocol.AUTO));
        for (String address : node.addresses()) {
            world.instanceAt(address)
                    .ifPresent(
                            instance -> instance.ports().forEach(port -> add(ports, port.number(), port.protocol())));
            for (MeshService service : world.servicesServedAt(address)) {
                for (ServiceEndpoint endpoint : service.endpoints()) {
                    if (endpoint.address().equals(address)) {
                        endpoint.ports()
                                .forEach((port, target) -> service.port(port)
                                        .ifPresent(declared -> add(ports, target, declared.protocol())));
                    }
                }
            }
        }
        ports.keySet().removeIf(port -> reachedAt(port).isEmpty());
        return ports;
    }

    /**
     * Where connections to one of the workload's ports arrive: the port itself where they are redirected, else one of the
     * proxy's, which only a port that the workload was registered with has.
     */
    public OptionalInt reachedAt(int port) {
        if (settings().capture() == MeshSettings.Capture.REDIRECTION) {
            return OptionalInt.of(port);
        }
        return node.addresses().stream()
                .flatMap(address -> world.instanceAt(address).stream())
                .flatMap(instance -> instance.port(port).stream())
                .mapToInt(WorkloadPort::reachedAt)
                .findFirst();
    }

    private static void add(Map<Integer, PortProtocol> ports, int port, PortProtocol protocol) {
        if (protocol != PortProtocol.UDP) {
            ports.merge(port, protocol, (before, now) -> before == PortProtocol.AUTO ? now : before);
        }
    }

    /** Services of the mesh that this workload serves on one of its ports, by host. */
    public List<MeshService> servicesBehind(int port) {
        List<MeshService> behind = new ArrayList<>();
        for (String address : node.addresses()) {
            for (MeshService service : world.servicesServedAt(address)) {
                boolean serves = service.endpoints().stream()
                        .anyMatch(endpoint -> endpoint.address().equals(address)
                                && endpoint.ports().containsValue(port));
                if (serves && !behind.contains(service)) {
                    behind.add(service);
                }
            }
        }
        return behind;
    }
}
