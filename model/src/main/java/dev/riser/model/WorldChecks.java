package dev.riser.model;

import dev.riser.base.Problem;
import dev.riser.base.Spelling;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds what no object can tell by itself: names that lead nowhere, and objects that claim the same thing. Pure; problems
 * found here reject nothing, they say what has no effect.
 */
public final class WorldChecks {
    private static final List<String> EVERYWHERE = List.of("*");

    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Service> services = new HashMap<>();
    private final Map<String, ServiceEntry> entries = new HashMap<>();
    private final Map<String, List<DestinationRule>> rulesByHost = new LinkedHashMap<>();
    private final List<DestinationRule> wildcardRules = new ArrayList<>();
    private final Map<String, ServiceEntry> wildcardEntries = new LinkedHashMap<>();
    private final Map<ObjectKey, VirtualService> virtualServices = new HashMap<>();

    private final Map<String, ? extends Collection<Integer>> running;

    private WorldChecks(Map<String, ? extends Collection<Integer>> running) {
        this.running = running;
    }

    /**
     * Checks objects against each other.
     *
     * @param objects all objects of the mesh, in any order
     * @return problems: first objects that claim the same thing, then names that lead nowhere, by object
     */
    public static List<Problem> check(Collection<? extends MeshObject> objects) {
        return check(objects, Map.of());
    }

    /**
     * Checks objects against each other, where some hosts have no object.
     *
     * @param objects all objects of the mesh, in any order
     * @param running hosts that workloads serve without a Service that says so, by full name, with their ports
     * @return problems: first objects that claim the same thing, then names that lead nowhere, by object
     */
    public static List<Problem> check(
            Collection<? extends MeshObject> objects, Map<String, ? extends Collection<Integer>> running) {
        WorldChecks checks = new WorldChecks(running);
        List<MeshObject> ordered = new ArrayList<>(objects);
        ordered.sort(Precedence.WINNER_FIRST);
        List<MeshObject> distinct = checks.withoutRepeated(ordered);
        distinct.forEach(checks::indexHosts);
        distinct.forEach(checks::indexRules);
        checks.findRivalVirtualServices(distinct);
        checks.findRivalDestinationRules();
        distinct.forEach(checks::checkObject);
        return List.copyOf(checks.problems);
    }

    private List<MeshObject> withoutRepeated(List<MeshObject> ordered) {
        Map<ObjectKey, MeshObject> first = new LinkedHashMap<>();
        for (MeshObject object : ordered) {
            MeshObject before = first.putIfAbsent(object.key(), object);
            if (before != null) {
                add(
                        object,
                        "metadata.name",
                        object.origin().line(),
                        object.name(),
                        "the object is written twice; the one at "
                                + before.origin().location() + " is in force",
                        "take one away, or give it another name");
            }
        }
        return List.copyOf(first.values());
    }

    private void indexHosts(MeshObject object) {
        switch (object) {
            case Service service -> services.put(service.host(), service);
            case ServiceEntry entry ->
                entry.hosts().forEach(host -> {
                    entries.putIfAbsent(host, entry);
                    if (host.startsWith("*")) {
                        wildcardEntries.putIfAbsent(host, entry);
                    }
                });
            case DestinationRule rule -> {}
            case VirtualService virtualService -> virtualServices.put(virtualService.key(), virtualService);
            case Namespace namespace -> {}
            case ServiceAccount account -> {}
            case WorkloadEntry entry -> {}
            case PeerAuthentication authentication -> {}
            case AuthorizationPolicy policy -> {}
        }
    }

    private void indexRules(MeshObject object) {
        switch (object) {
            case DestinationRule rule -> {
                String host = resolve(rule.host(), rule.namespace());
                rulesByHost.computeIfAbsent(host, name -> new ArrayList<>()).add(rule);
                if (host.startsWith("*")) {
                    wildcardRules.add(rule);
                }
            }
            case Service service -> {}
            case ServiceEntry entry -> {}
            case VirtualService virtualService -> {}
            case Namespace namespace -> {}
            case ServiceAccount account -> {}
            case WorkloadEntry entry -> {}
            case PeerAuthentication authentication -> {}
            case AuthorizationPolicy policy -> {}
        }
    }

    private String resolve(String written, String namespace) {
        return HostNames.resolve(written, namespace, this::isDefined);
    }

    private boolean isDefined(String host) {
        return services.containsKey(host) || entries.containsKey(host) || running.containsKey(host);
    }

    private void findRivalVirtualServices(List<MeshObject> ordered) {
        Map<String, List<VirtualService>> byHost = new HashMap<>();
        for (MeshObject object : ordered) {
            if (!(object instanceof VirtualService virtualService)) {
                continue;
            }
            for (int index = 0; index < virtualService.hosts().size(); index++) {
                String host = resolve(virtualService.hosts().get(index), virtualService.namespace());
                List<VirtualService> earlier = byHost.computeIfAbsent(host, name -> new ArrayList<>());
                for (VirtualService winner : earlier) {
                    if (!winner.key().equals(virtualService.key())
                            && seenTogether(
                                    winner.exportTo(),
                                    winner.namespace(),
                                    virtualService.exportTo(),
                                    virtualService.namespace())) {
                        add(
                                virtualService,
                                "spec.hosts[" + index + "]",
                                virtualService.origin().line(),
                                virtualService.hosts().get(index),
                                winner.key().text() + " at " + winner.origin().location()
                                        + " has rules for this host already, so that those of "
                                        + virtualService.key().text() + " have no effect on it",
                                "put the rules into one VirtualService");
                        break;
                    }
                }
                earlier.add(virtualService);
            }
        }
    }

    /**
     * Rules of one namespace for one host are merged; where both say the same thing, the first wins. Rules of different
     * namespaces are for different callers.
     */
    private void findRivalDestinationRules() {
        rulesByHost.forEach((host, rules) -> {
            for (int index = 1; index < rules.size(); index++) {
                DestinationRule rule = rules.get(index);
                for (DestinationRule winner : rules.subList(0, index)) {
                    if (winner.namespace().equals(rule.namespace())
                            && winner.workloadSelector().equals(rule.workloadSelector())
                            && seenTogether(winner.exportTo(), winner.namespace(), rule.exportTo(), rule.namespace())) {
                        reportRival(winner, rule);
                    }
                }
            }
        });
    }

    private void reportRival(DestinationRule winner, DestinationRule rule) {
        if (!winner.trafficPolicy().equals(TrafficPolicy.NONE)
                && !rule.trafficPolicy().equals(TrafficPolicy.NONE)) {
            add(
                    rule,
                    "spec.trafficPolicy",
                    rule.origin().line(),
                    rule.host(),
                    winner.key().text() + " at " + winner.origin().location()
                            + " has a policy for this host already, so that the policy of "
                            + rule.key().text() + " has no effect on it",
                    "put both into one DestinationRule");
        }
        for (DestinationRule.Subset subset : rule.subsets()) {
            if (winner.subset(subset.name()).isPresent()) {
                add(
                        rule,
                        "spec.subsets",
                        rule.origin().line(),
                        subset.name(),
                        winner.key().text() + " at " + winner.origin().location()
                                + " has a subset of this name for this host already, so that the one of "
                                + rule.key().text() + " has no effect",
                        "put both into one DestinationRule");
            }
        }
    }

    private static boolean seenTogether(
            List<String> left, String leftNamespace, List<String> right, String rightNamespace) {
        List<String> leftOrAll = left.isEmpty() ? EVERYWHERE : left;
        List<String> rightOrAll = right.isEmpty() ? EVERYWHERE : right;
        for (String entry : leftOrAll) {
            if (entry.equals("*")) {
                return true;
            }
            if (Visibility.visible(rightOrAll, rightNamespace, entry.equals(".") ? leftNamespace : entry)) {
                return true;
            }
        }
        return rightOrAll.contains("*");
    }

    private void checkObject(MeshObject object) {
        switch (object) {
            case VirtualService virtualService -> checkVirtualService(virtualService);
            case DestinationRule rule ->
                checkHost(rule, "spec.host", rule.origin().line(), rule.host());
            case Service service -> {}
            case ServiceEntry entry -> {}
            case Namespace namespace -> {}
            case ServiceAccount account -> {}
            case WorkloadEntry entry -> {}
            case PeerAuthentication authentication -> {}
            case AuthorizationPolicy policy -> {}
        }
    }

    private void checkVirtualService(VirtualService object) {
        for (int index = 0; index < object.hosts().size(); index++) {
            checkHost(
                    object,
                    "spec.hosts[" + index + "]",
                    object.origin().line(),
                    object.hosts().get(index));
        }
        for (HttpRule rule : object.http()) {
            String path = "spec.http[" + rule.index() + "]";
            switch (rule.action()) {
                case HttpRule.Forward forward -> checkTargets(object, path, forward.targets());
                case HttpRule.Delegate delegate -> checkDelegate(object, path, rule, delegate);
                case HttpRule.Redirect redirect -> {}
                case HttpRule.DirectResponse response -> {}
            }
            for (int index = 0; index < rule.mirrors().size(); index++) {
                checkDestination(
                        object,
                        path + (rule.mirrors().size() == 1 ? ".mirror" : ".mirrors[" + index + "].destination"),
                        rule.mirrors().get(index).destination());
            }
        }
        for (VirtualService.TlsRule rule : object.tls()) {
            checkTargets(object, "spec.tls[" + rule.index() + "]", rule.targets());
        }
        for (VirtualService.TcpRule rule : object.tcp()) {
            checkTargets(object, "spec.tcp[" + rule.index() + "]", rule.targets());
        }
    }

    private void checkDelegate(VirtualService object, String path, HttpRule rule, HttpRule.Delegate delegate) {
        ObjectKey key = new ObjectKey("VirtualService", delegate.namespace(), delegate.name());
        VirtualService target = virtualServices.get(key);
        if (target == null) {
            add(
                    object,
                    path + ".delegate",
                    rule.line(),
                    key.text(),
                    "the rule delegates to an object that is not there",
                    "create it, or write the rules here");
        } else if (!target.hosts().isEmpty()) {
            add(
                    object,
                    path + ".delegate",
                    rule.line(),
                    key.text(),
                    "the rule delegates to an object that has hosts of its own, at "
                            + target.origin().location(),
                    "take the hosts of that object away");
        } else if (!target.visibleIn(object.namespace())) {
            add(
                    object,
                    path + ".delegate",
                    rule.line(),
                    key.text(),
                    "the rule delegates to an object that is not exported to this namespace, at "
                            + target.origin().location(),
                    "add " + object.namespace() + " to its exportTo");
        }
    }

    private void checkTargets(VirtualService object, String path, List<WeightedDestination> targets) {
        for (int index = 0; index < targets.size(); index++) {
            checkDestination(
                    object,
                    path + ".route[" + index + "].destination",
                    targets.get(index).destination());
        }
    }

    private void checkDestination(VirtualService object, String path, Destination destination) {
        String host = resolve(destination.host(), object.namespace());
        if (!checkHost(object, path + ".host", destination.line(), destination.host())) {
            return;
        }
        destination.port().ifPresent(port -> checkPort(object, path, destination, host, port));
        destination.subset().ifPresent(subset -> checkSubset(object, path, destination, host, subset));
    }

    private void checkPort(VirtualService object, String path, Destination destination, String host, int port) {
        TreeSet<Integer> ports = new TreeSet<>();
        Service service = services.get(host);
        if (service != null) {
            service.ports().forEach(known -> ports.add(known.port()));
        } else if (running.get(host) instanceof Collection<Integer> known) {
            ports.addAll(known);
        } else {
            entryOf(host).ifPresent(entry -> entry.ports().forEach(known -> ports.add(known.number())));
        }
        if (!ports.contains(port)) {
            problems.add(new Problem(
                    object.key().text(),
                    path + ".port.number",
                    object.origin().file(),
                    destination.line(),
                    Integer.toString(port),
                    String.join(", ", ports.stream().map(String::valueOf).toList()),
                    host + " has no such port",
                    ""));
        }
    }

    private void checkSubset(VirtualService object, String path, Destination destination, String host, String subset) {
        List<DestinationRule> rules = new ArrayList<>(rulesByHost.getOrDefault(host, List.of()));
        for (DestinationRule rule : wildcardRules) {
            if (HostNames.covers(resolve(rule.host(), rule.namespace()), host)) {
                rules.add(rule);
            }
        }
        TreeSet<String> known = new TreeSet<>();
        for (DestinationRule rule : rules) {
            rule.subsets().forEach(candidate -> known.add(candidate.name()));
        }
        if (known.contains(subset)) {
            return;
        }
        problems.add(new Problem(
                object.key().text(),
                path + ".subset",
                object.origin().file(),
                destination.line(),
                subset,
                String.join(", ", known),
                rules.isEmpty()
                        ? "no DestinationRule for " + host + " defines the subset, so its share of requests fails"
                        : rules.getFirst().key().text() + " at "
                                + rules.getFirst().origin().location()
                                + " does not define the subset, so its share of requests fails",
                Spelling.closest(subset, known)
                        .map(near -> "did you mean " + near + "?")
                        .orElse("define it in a DestinationRule")));
    }

    /** Reports a host that nobody defines; true where somebody does. */
    private boolean checkHost(MeshObject object, String path, int line, String written) {
        String host = resolve(written, object.namespace());
        if (host.startsWith("*")) {
            if (coversAny(host)) {
                return true;
            }
            add(
                    object,
                    path,
                    line,
                    written,
                    "no Service and no ServiceEntry has a host that this covers",
                    "create the Service, or a ServiceEntry for hosts outside of the mesh");
            return false;
        }
        if (isDefined(host) || entryOf(host).isPresent() || (Names.isAddress(host) && isHostList(path))) {
            return true;
        }
        add(
                object,
                path,
                line,
                written,
                "no Service and no ServiceEntry defines the host" + (host.equals(written) ? "" : " " + host),
                suggestHost(written, object.namespace()));
        return false;
    }

    private boolean coversAny(String pattern) {
        return pattern.equals("*")
                || Stream.of(services.keySet(), entries.keySet(), running.keySet())
                        .flatMap(Set::stream)
                        .anyMatch(host -> HostNames.covers(pattern, host));
    }

    private static boolean isHostList(String path) {
        return path.startsWith("spec.hosts[");
    }

    private String suggestHost(String written, String namespace) {
        boolean bare = written.indexOf('.') < 0;
        String name = bare || written.endsWith(HostNames.SERVICE_SUFFIX) ? written.split("\\.", 2)[0] : written;
        List<String> elsewhere = services.values().stream()
                .filter(service -> service.name().equals(name))
                .map(Service::host)
                .sorted()
                .toList();
        if (!elsewhere.isEmpty()) {
            return (bare ? "a name without dots means the object's own namespace; " : "") + "did you mean "
                    + elsewhere.getFirst() + "?";
        }
        List<String> candidates = new ArrayList<>();
        for (Service service : services.values()) {
            if (bare && service.namespace().equals(namespace)) {
                candidates.add(service.name());
            } else if (!bare) {
                candidates.add(service.host());
            }
        }
        candidates.addAll(entries.keySet());
        return Spelling.closest(written, candidates)
                .map(near -> "did you mean " + near + "?")
                .orElse("create the Service, or a ServiceEntry for a host outside of the mesh");
    }

    private Optional<ServiceEntry> entryOf(String host) {
        ServiceEntry exact = entries.get(host);
        if (exact != null) {
            return Optional.of(exact);
        }
        return wildcardEntries.entrySet().stream()
                .filter(entry -> HostNames.covers(entry.getKey(), host))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private void add(MeshObject object, String field, int line, String found, String message, String suggestion) {
        problems.add(
                new Problem(object.key().text(), field, object.origin().file(), line, found, "", message, suggestion));
    }
}
