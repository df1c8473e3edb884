package dev.riser.control.world;

import dev.riser.base.Problem;
import dev.riser.model.AuthorizationPolicy;
import dev.riser.model.DestinationRule;
import dev.riser.model.HostNames;
import dev.riser.model.MeshObject;
import dev.riser.model.PeerAuthentication;
import dev.riser.model.VirtualService;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The mesh at one moment: every object in force, every host that can be called with who serves it, every running
 * instance. Immutable; any thread may read it.
 */
public final class MeshWorld {
    private final long version;
    private final MeshSettings settings;
    private final List<MeshObject> objects;
    private final Map<String, List<MeshService>> servicesByHost;
    private final Map<String, List<MeshService>> servicesByAddress;
    private final Map<String, List<MeshService>> servicesByEndpoint;
    private final List<MeshService> servicesWithBlocks;
    private final Map<String, WorkloadInstance> instances;
    private final Map<String, WorkloadInstance> instancesByAddress;
    private final List<VirtualService> virtualServices;
    private final List<DestinationRule> destinationRules;
    private final List<PeerAuthentication> peerAuthentications;
    private final List<AuthorizationPolicy> authorizationPolicies;
    private final List<Problem> problems;

    /** Takes lists in the order in which they take precedence. Made by {@link WorldBuilder}. */
    MeshWorld(
            long version,
            MeshSettings settings,
            List<MeshObject> objects,
            List<MeshService> services,
            List<WorkloadInstance> instances,
            List<VirtualService> virtualServices,
            List<Problem> problems) {
        this.version = version;
        this.settings = settings;
        this.objects = List.copyOf(objects);
        this.virtualServices = List.copyOf(virtualServices);
        this.destinationRules = of(DestinationRule.class);
        this.peerAuthentications = of(PeerAuthentication.class);
        this.authorizationPolicies = of(AuthorizationPolicy.class);
        this.problems = List.copyOf(problems);
        Map<String, List<MeshService>> byHost = new TreeMap<>();
        Map<String, List<MeshService>> byAddress = new TreeMap<>();
        Map<String, List<MeshService>> byEndpoint = new TreeMap<>();
        for (MeshService service : services) {
            byHost.merge(service.host(), List.of(service), MeshWorld::joined);
            for (String address : service.addresses()) {
                byAddress.merge(address, List.of(service), MeshWorld::joined);
            }
            for (ServiceEndpoint endpoint : service.endpoints()) {
                List<MeshService> before = byEndpoint.getOrDefault(endpoint.address(), List.of());
                if (!before.contains(service)) {
                    byEndpoint.put(endpoint.address(), joined(before, List.of(service)));
                }
            }
        }
        this.servicesByHost = byHost;
        this.servicesByAddress = byAddress;
        this.servicesByEndpoint = byEndpoint;
        this.servicesWithBlocks =
                services.stream().filter(service -> !service.blocks().isEmpty()).toList();
        Map<String, WorkloadInstance> byId = new LinkedHashMap<>();
        Map<String, WorkloadInstance> byInstanceAddress = new TreeMap<>();
        for (WorkloadInstance instance : instances) {
            byId.put(instance.id(), instance);
            instance.addresses().forEach(address -> byInstanceAddress.put(address, instance));
        }
        this.instances = byId;
        this.instancesByAddress = byInstanceAddress;
    }

    /** A mesh in which there is nothing, version 0. */
    public static MeshWorld empty(MeshSettings settings) {
        return new MeshWorld(0, settings, List.of(), List.of(), List.of(), List.of(), List.of());
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        List<T> all = new java.util.ArrayList<>(first);
        all.addAll(second);
        return Collections.unmodifiableList(all);
    }

    private <T extends MeshObject> List<T> of(Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Grows by one with every world. */
    public long version() {
        return version;
    }

    /** What holds for the whole mesh. */
    public MeshSettings settings() {
        return settings;
    }

    /** Every object in force, by kind, then name, then namespace. */
    public List<MeshObject> objects() {
        return objects;
    }

    /** Every host that can be called, by host. */
    public List<MeshService> services() {
        return servicesByHost.values().stream().flatMap(List::stream).toList();
    }

    /** Those declared for the host: several where ServiceEntries of different namespaces name the same one. */
    public List<MeshService> services(String host) {
        return servicesByHost.getOrDefault(host, List.of());
    }

    /** Those with that virtual address, in canonical text. */
    public List<MeshService> servicesAt(String address) {
        return servicesByAddress.getOrDefault(address, List.of());
    }

    /** Those that have an endpoint at that address, in canonical text, whether ready or not. */
    public List<MeshService> servicesServedAt(String address) {
        return servicesByEndpoint.getOrDefault(address, List.of());
    }

    /**
     * The full host name of a name that an object mentions. Beside Istio's rule, {@code name.namespace} and {@code
     * name.namespace.svc} are the Service where there is one and where nothing else has that very name: programs resolve
     * these forms too.
     */
    public String resolve(String host, String namespace) {
        return HostNames.resolve(host, namespace, servicesByHost::containsKey);
    }

    /** Those with ranges of addresses. */
    public List<MeshService> servicesWithBlocks() {
        return servicesWithBlocks;
    }

    /** Every registered instance. */
    public Collection<WorkloadInstance> instances() {
        return Collections.unmodifiableCollection(instances.values());
    }

    /** The instance of that id. */
    public Optional<WorkloadInstance> instance(String id) {
        return Optional.ofNullable(instances.get(id));
    }

    /** The instance with that address, in canonical text. */
    public Optional<WorkloadInstance> instanceAt(String address) {
        return Optional.ofNullable(instancesByAddress.get(address));
    }

    /** In order of precedence, delegates put in, those that others delegate to left out. */
    public List<VirtualService> virtualServices() {
        return virtualServices;
    }

    /** In order of precedence. */
    public List<DestinationRule> destinationRules() {
        return destinationRules;
    }

    /** In order of precedence. */
    public List<AuthorizationPolicy> authorizationPolicies() {
        return authorizationPolicies;
    }

    /** What is wrong between objects that each are right. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * What a workload demands of callers on one of its ports. The narrowest policy that says something wins: port,
     * workload, namespace, mesh; where none does it is STRICT.
     */
    public PeerAuthentication.Mode peerAuthentication(String namespace, Map<String, String> labels, int port) {
        PeerAuthentication.Mode ofPort = PeerAuthentication.Mode.UNSET;
        PeerAuthentication.Mode ofWorkload = PeerAuthentication.Mode.UNSET;
        PeerAuthentication.Mode ofNamespace = PeerAuthentication.Mode.UNSET;
        for (PeerAuthentication policy : peerAuthentications) {
            if (!policy.namespace().equals(namespace)) {
                continue;
            }
            if (policy.selector().isEmpty()) {
                ofNamespace = first(ofNamespace, policy.mode());
            } else if (Labels.covers(policy.selector(), labels)) {
                ofWorkload = first(ofWorkload, policy.mode());
                ofPort = first(ofPort, policy.ports().getOrDefault(port, PeerAuthentication.Mode.UNSET));
            }
        }
        PeerAuthentication.Mode ofMesh = PeerAuthentication.Mode.UNSET;
        for (String root : settings.rootNamespaces()) {
            for (PeerAuthentication policy : peerAuthentications) {
                if (policy.namespace().equals(root) && policy.selector().isEmpty()) {
                    ofMesh = first(ofMesh, policy.mode());
                }
            }
        }
        return first(first(first(first(ofPort, ofWorkload), ofNamespace), ofMesh), PeerAuthentication.Mode.STRICT);
    }

    private static PeerAuthentication.Mode first(PeerAuthentication.Mode said, PeerAuthentication.Mode otherwise) {
        return said == PeerAuthentication.Mode.UNSET ? otherwise : said;
    }
}
