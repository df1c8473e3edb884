package dev.riser.control.world;

import dev.riser.base.Problem;
import dev.riser.model.EntryEndpoint;
import dev.riser.model.HostNames;
import dev.riser.model.IpBlock;
import dev.riser.model.MeshObject;
import dev.riser.model.Origin;
import dev.riser.model.PortProtocol;
import dev.riser.model.Precedence;
import dev.riser.model.Service;
import dev.riser.model.ServiceEntry;
import dev.riser.model.VirtualService;
import dev.riser.model.WorkloadEntry;
import dev.riser.model.WorldChecks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes one world from the objects in force and the instances that run. Pure but for the address book, which may write
 * its file.
 */
public final class WorldBuilder {
    private final MeshSettings settings;
    private final AddressBook addressBook;

    public WorldBuilder(MeshSettings settings, AddressBook addressBook) {
        this.settings = settings;
        this.addressBook = addressBook;
    }

    /** The world of that version. The order of the arguments' elements does not matter. */
    public MeshWorld build(
            long version, Collection<? extends MeshObject> objects, Collection<WorkloadInstance> instances) {
        List<MeshObject> sorted = objects.stream()
                .<MeshObject>map(object -> object)
                .sorted(Precedence.WINNER_FIRST)
                .toList();
        List<WorkloadInstance> running = instances.stream()
                .sorted(Comparator.comparing(WorkloadInstance::id))
                .toList();
        List<Problem> problems = new ArrayList<>();
        List<MeshService> services = services(sorted, running, problems);
        List<VirtualService> virtualServices = Delegates.resolve(
                sorted.stream()
                        .filter(VirtualService.class::isInstance)
                        .map(VirtualService.class::cast)
                        .toList(),
                problems);
        problems.addAll(WorldChecks.check(sorted, portsOfImplicit(services)));
        return new MeshWorld(version, settings, sorted, services, running, virtualServices, problems);
    }

    private static Map<String, Set<Integer>> portsOfImplicit(List<MeshService> services) {
        Map<String, Set<Integer>> ports = new TreeMap<>();
        for (MeshService service : services) {
            if (service.kind() == MeshService.Kind.IMPLICIT) {
                Set<Integer> numbers = new TreeSet<>();
                service.ports().forEach(port -> numbers.add(port.number()));
                ports.put(service.host(), numbers);
            }
        }
        return ports;
    }

    private List<MeshService> services(
            List<MeshObject> objects, List<WorkloadInstance> instances, List<Problem> problems) {
        List<WorkloadEntry> workloadEntries = objects.stream()
                .filter(WorkloadEntry.class::isInstance)
                .map(WorkloadEntry.class::cast)
                .toList();
        Map<String, MeshService> ofServices = new LinkedHashMap<>();
        List<MeshService> drafts = new ArrayList<>();
        for (MeshObject object : objects) {
            if (object instanceof Service service) {
                MeshService draft = ofService(service, instances, workloadEntries);
                ofServices.put(draft.host(), draft);
                drafts.add(draft);
            }
        }
        implicit(instances, ofServices).forEach(drafts::add);
        for (MeshObject object : objects) {
            if (object instanceof ServiceEntry entry) {
                for (String host : entry.hosts()) {
                    drafts.add(ofEntry(entry, host, instances, workloadEntries));
                }
            }
        }
        return withAddresses(drafts, problems);
    }

    private MeshService ofService(
            Service service, List<WorkloadInstance> instances, List<WorkloadEntry> workloadEntries) {
        List<ServicePort> ports = service.ports().stream()
                .filter(port -> port.transport().equals("TCP"))
                .map(port -> new ServicePort(port.port(), port.name(), port.protocol()))
                .toList();
        List<ServiceEndpoint> endpoints = new ArrayList<>();
        ServiceEntry.Resolution resolution = ServiceEntry.Resolution.STATIC;
        if (service.type() == Service.Type.EXTERNAL_NAME) {
            resolution = ServiceEntry.Resolution.DNS_ROUND_ROBIN;
            Map<Integer, Integer> targets = new TreeMap<>();
            ports.forEach(port -> targets.put(port.number(), port.number()));
            service.externalName()
                    .ifPresent(name -> endpoints.add(new ServiceEndpoint(
                            name,
                            targets,
                            Map.of(),
                            Map.of(),
                            service.namespace(),
                            "",
                            "",
                            Optional.empty(),
                            "",
                            1,
                            false,
                            true)));
        } else {
            for (WorkloadInstance instance : instances) {
                if (serves(instance, service)) {
                    endpoints.add(endpoint(instance, targets(service, instance), service.publishNotReadyAddresses()));
                }
            }
            for (WorkloadEntry entry : workloadEntries) {
                if (entry.namespace().equals(service.namespace())
                        && !service.selector().isEmpty()
                        && Labels.covers(service.selector(), entry.endpoint().labels())) {
                    endpoints.add(endpoint(entry.endpoint(), entry, targets(service, entry.endpoint()), instances));
                }
            }
        }
        return new MeshService(
                service.host(),
                service.namespace(),
                service.name(),
                MeshService.Kind.SERVICE,
                service.clusterIps().stream().map(IpText::canonical).toList(),
                List.of(),
                service.headless(),
                ports,
                resolution,
                service.type() == Service.Type.EXTERNAL_NAME,
                List.of(),
                List.of(),
                endpoints,
                service.origin());
    }

    private static boolean serves(WorkloadInstance instance, Service service) {
        return instance.namespace().equals(service.namespace())
                && (instance.services().contains(service.name())
                        || !service.selector().isEmpty() && Labels.covers(service.selector(), instance.labels()));
    }

    private static Map<Integer, Integer> targets(Service service, WorkloadInstance instance) {
        Map<Integer, Integer> targets = new TreeMap<>();
        for (Service.Port port : service.ports()) {
            switch (port.target()) {
                case Service.Target.Number(int number) -> targets.put(port.port(), number);
                case Service.Target.Named(String name) ->
                    instance.ports().stream()
                            .filter(candidate -> candidate.name().equals(name))
                            .findFirst()
                            .ifPresent(candidate -> targets.put(port.port(), candidate.number()));
            }
        }
        return targets;
    }

    private static Map<Integer, Integer> targets(Service service, EntryEndpoint endpoint) {
        Map<Integer, Integer> targets = new TreeMap<>();
        for (Service.Port port : service.ports()) {
            Integer own = endpoint.ports().get(port.name());
            switch (port.target()) {
                case Service.Target.Number(int number) -> targets.put(port.port(), own == null ? number : own);
                case Service.Target.Named(String name) -> {
                    Integer named = own == null ? endpoint.ports().get(name) : own;
                    if (named != null) {
                        targets.put(port.port(), named);
                    }
                }
            }
        }
        return targets;
    }

    private ServiceEndpoint endpoint(WorkloadInstance instance, Map<Integer, Integer> targets, boolean evenNotReady) {
        return new ServiceEndpoint(
                instance.addresses().getFirst(),
                settings.capture() == MeshSettings.Capture.NONE ? declared(targets, instance) : targets,
                reachedAt(instance),
                instance.labels(),
                instance.namespace(),
                instance.name(),
                instance.id(),
                Optional.of(instance.serviceAccount()),
                locality(instance.labels()),
                1,
                instance.meshed(),
                instance.ready() || evenNotReady);
    }

    /** Without capture, only declared ports have a place where the proxy takes their connections. */
    private static Map<Integer, Integer> declared(Map<Integer, Integer> targets, WorkloadInstance instance) {
        Map<Integer, Integer> declared = new TreeMap<>(targets);
        declared.values().removeIf(target -> instance.port(target).isEmpty());
        return declared;
    }

    private static Map<Integer, Integer> reachedAt(WorkloadInstance instance) {
        Map<Integer, Integer> ports = new TreeMap<>();
        for (WorkloadPort port : instance.ports()) {
            if (port.reachedAt() != port.number()) {
                ports.put(port.number(), port.reachedAt());
            }
        }
        return ports;
    }

    private static ServiceEndpoint endpoint(
            EntryEndpoint endpoint, MeshObject owner, Map<Integer, Integer> targets, List<WorkloadInstance> instances) {
        String address = IpText.parse(endpoint.address()).orElse(endpoint.address());
        boolean meshed = "istio".equals(endpoint.labels().get("security.istio.io/tlsMode"))
                || instances.stream()
                        .anyMatch(instance ->
                                instance.meshed() && instance.addresses().contains(address));
        String workload = owner instanceof WorkloadEntry
                ? owner.name()
                : endpoint.labels().getOrDefault("app", "");
        return new ServiceEndpoint(
                address,
                targets,
                Map.of(),
                endpoint.labels(),
                owner.namespace(),
                workload,
                owner instanceof WorkloadEntry ? owner.name() : "",
                endpoint.serviceAccount(),
                endpoint.locality(),
                Math.max(1, endpoint.weight().orElse(1)),
                meshed,
                true);
    }

    private static String locality(Map<String, String> labels) {
        String region = labels.getOrDefault("topology.kubernetes.io/region", "");
        String zone = labels.getOrDefault("topology.kubernetes.io/zone", "");
        String subzone = labels.getOrDefault("topology.istio.io/subzone", "");
        return (region + "/" + zone + "/" + subzone).replaceAll("/+$", "");
    }

    /** A service for each name that instances say they serve and that no Service object declares. */
    private Collection<MeshService> implicit(List<WorkloadInstance> instances, Map<String, MeshService> declared) {
        Map<String, List<WorkloadInstance>> serving = new TreeMap<>();
        for (WorkloadInstance instance : instances) {
            for (String name : instance.services()) {
                String host = HostNames.ofService(name, instance.namespace());
                if (!declared.containsKey(host)) {
                    serving.computeIfAbsent(host, ignored -> new ArrayList<>()).add(instance);
                }
            }
        }
        List<MeshService> services = new ArrayList<>();
        serving.forEach((host, members) -> {
            Map<Integer, ServicePort> ports = new TreeMap<>();
            List<ServiceEndpoint> endpoints = new ArrayList<>();
            for (WorkloadInstance member : members) {
                Map<Integer, Integer> targets = new TreeMap<>();
                for (WorkloadPort port : member.ports()) {
                    targets.put(port.number(), port.number());
                    ports.merge(
                            port.number(),
                            new ServicePort(port.number(), port.name(), port.protocol()),
                            (first, second) -> first.protocol() == PortProtocol.AUTO ? second : first);
                }
                endpoints.add(endpoint(member, targets, false));
            }
            String namespace = members.getFirst().namespace();
            String name = host.substring(0, host.indexOf('.'));
            services.add(new MeshService(
                    host,
                    namespace,
                    name,
                    MeshService.Kind.IMPLICIT,
                    List.of(),
                    List.of(),
                    false,
                    List.copyOf(ports.values()),
                    ServiceEntry.Resolution.STATIC,
                    false,
                    List.of(),
                    List.of(),
                    endpoints,
                    new Origin("Service", namespace, name, "riser run", 0)));
        });
        return services;
    }

    private MeshService ofEntry(
            ServiceEntry entry, String host, List<WorkloadInstance> instances, List<WorkloadEntry> workloadEntries) {
        List<ServiceEndpoint> endpoints = new ArrayList<>();
        for (EntryEndpoint endpoint : entry.endpoints()) {
            EntryEndpoint addressed = endpoint.address().isEmpty() ? withAddress(endpoint, host) : endpoint;
            endpoints.add(endpoint(addressed, entry, targets(entry, endpoint.ports()), instances));
        }
        Map<String, String> selector = entry.workloadSelector().orElse(Map.of());
        if (!selector.isEmpty()) {
            for (WorkloadInstance instance : instances) {
                if (instance.namespace().equals(entry.namespace()) && Labels.covers(selector, instance.labels())) {
                    endpoints.add(endpoint(instance, targets(entry, Map.of()), false));
                }
            }
            for (WorkloadEntry workload : workloadEntries) {
                if (workload.namespace().equals(entry.namespace())
                        && Labels.covers(selector, workload.endpoint().labels())) {
                    endpoints.add(endpoint(
                            workload.endpoint(),
                            workload,
                            targets(entry, workload.endpoint().ports()),
                            instances));
                }
            }
        }
        boolean byName = entry.resolution() == ServiceEntry.Resolution.DNS
                || entry.resolution() == ServiceEntry.Resolution.DNS_ROUND_ROBIN;
        if (endpoints.isEmpty() && byName) {
            endpoints.add(new ServiceEndpoint(
                    host,
                    targets(entry, Map.of()),
                    Map.of(),
                    Map.of(),
                    entry.namespace(),
                    "",
                    "",
                    Optional.empty(),
                    "",
                    1,
                    false,
                    true));
        }
        List<String> addresses = new ArrayList<>();
        List<IpBlock> blocks = new ArrayList<>();
        for (IpBlock block : entry.addresses()) {
            if (block.prefixLength() == block.address().getAddress().length * 8) {
                addresses.add(IpText.of(block.address()));
            } else {
                blocks.add(block);
            }
        }
        String lower = host.toLowerCase(java.util.Locale.ROOT);
        return new MeshService(
                lower,
                entry.namespace(),
                lower,
                MeshService.Kind.SERVICE_ENTRY,
                addresses,
                blocks,
                false,
                entry.ports().stream()
                        .filter(port -> port.protocol() != PortProtocol.UDP)
                        .map(port -> new ServicePort(port.number(), port.name(), port.protocol()))
                        .toList(),
                entry.resolution(),
                entry.location() == ServiceEntry.Location.MESH_EXTERNAL,
                entry.exportTo(),
                entry.subjectAltNames(),
                endpoints,
                entry.origin());
    }

    private static EntryEndpoint withAddress(EntryEndpoint endpoint, String address) {
        return new EntryEndpoint(
                address,
                endpoint.ports(),
                endpoint.labels(),
                endpoint.network(),
                endpoint.locality(),
                endpoint.weight(),
                endpoint.serviceAccount(),
                endpoint.line());
    }

    private static Map<Integer, Integer> targets(ServiceEntry entry, Map<String, Integer> own) {
        Map<Integer, Integer> targets = new TreeMap<>();
        for (ServiceEntry.Port port : entry.ports()) {
            Integer ownPort = own.get(port.name());
            targets.put(port.number(), ownPort == null ? port.targetPort() : ownPort);
        }
        return targets;
    }

    private List<MeshService> withAddresses(List<MeshService> drafts, List<Problem> problems) {
        TreeSet<String> services = new TreeSet<>();
        TreeSet<String> entries = new TreeSet<>();
        for (MeshService draft : drafts) {
            if (needsAddress(draft)) {
                (draft.kind() == MeshService.Kind.SERVICE_ENTRY ? entries : services).add(draft.host());
            }
        }
        Map<String, List<String>> ofServices = addressBook.addresses(services, AddressBook.Pool.SERVICE);
        Map<String, List<String>> ofEntries = addressBook.addresses(entries, AddressBook.Pool.ENTRY);
        List<MeshService> addressed = new ArrayList<>();
        for (MeshService draft : drafts) {
            if (!needsAddress(draft)) {
                addressed.add(draft);
                continue;
            }
            List<String> addresses = (draft.kind() == MeshService.Kind.SERVICE_ENTRY ? ofEntries : ofServices)
                    .getOrDefault(draft.host(), List.of());
            if (addresses.isEmpty()) {
                Origin origin = draft.origin();
                problems.add(new Problem(
                        origin.key().text(),
                        "",
                        origin.file(),
                        origin.line(),
                        "",
                        "",
                        "no virtual address is left for " + draft.host(),
                        "give it an address of its own, or remove objects that are not used"));
            }
            addressed.add(new MeshService(
                    draft.host(),
                    draft.namespace(),
                    draft.name(),
                    draft.kind(),
                    addresses,
                    draft.blocks(),
                    draft.headless(),
                    draft.ports(),
                    draft.resolution(),
                    draft.external(),
                    draft.exportTo(),
                    draft.subjectAltNames(),
                    draft.endpoints(),
                    draft.origin()));
        }
        return addressed;
    }

    private static boolean needsAddress(MeshService service) {
        return service.addresses().isEmpty()
                && service.blocks().isEmpty()
                && !service.headless()
                && service.resolution() != ServiceEntry.Resolution.NONE
                && !service.host().startsWith("*");
    }
}
