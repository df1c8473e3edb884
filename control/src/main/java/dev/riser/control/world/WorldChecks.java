package dev.riser.control.world;

import dev.riser.base.Problem;
import dev.riser.model.Destination;
import dev.riser.model.DestinationRule;
import dev.riser.model.HostNames;
import dev.riser.model.HttpRule;
import dev.riser.model.MeshObject;
import dev.riser.model.VirtualService;
import dev.riser.model.WeightedDestination;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds what is wrong between objects that each are right: names of nobody, subsets without a rule, doubles. */
final class WorldChecks {
    private final MeshWorld world;
    private final List<Problem> problems = new ArrayList<>();

    WorldChecks(MeshWorld world) {
        this.world = world;
    }

    List<Problem> problems() {
        Map<String, VirtualService> routed = new HashMap<>();
        for (MeshObject object : world.objects()) {
            if (object instanceof VirtualService virtualService) {
                hosts(virtualService, routed);
                destinations(virtualService);
            } else if (object instanceof DestinationRule rule) {
                host(rule);
            }
        }
        return List.copyOf(problems);
    }

    private void hosts(VirtualService virtualService, Map<String, VirtualService> routed) {
        for (int index = 0; index < virtualService.hosts().size(); index++) {
            String written = virtualService.hosts().get(index);
            String host = world.resolve(written, virtualService.namespace());
            String field = "spec.hosts[" + index + "]";
            int line = virtualService.origin().line();
            VirtualService before = routed.get(host);
            if (before != null && overlap(before, virtualService)) {
                report(
                        virtualService,
                        field,
                        line,
                        written,
                        "",
                        "has no effect: " + before.key().text() + " ("
                                + before.origin().location() + ") already routes " + host,
                        "merge the two, or use a delegate");
                continue;
            }
            routed.putIfAbsent(host, virtualService);
            if (!known(host)) {
                report(
                        virtualService,
                        field,
                        line,
                        written,
                        "",
                        "has no effect: no service has the host " + host,
                        suggestion(host));
            }
        }
    }

    private static boolean overlap(VirtualService first, VirtualService second) {
        return first.visibleIn(second.namespace())
                || second.visibleIn(first.namespace())
                || !java.util.Collections.disjoint(first.exportTo(), second.exportTo());
    }

    private void destinations(VirtualService virtualService) {
        for (HttpRule rule : virtualService.http()) {
            String field = "spec.http[" + rule.index() + "]";
            if (rule.action() instanceof HttpRule.Forward(List<WeightedDestination> targets)) {
                targets(virtualService, field, targets);
            }
            for (int index = 0; index < rule.mirrors().size(); index++) {
                destination(
                        virtualService,
                        field + ".mirrors[" + index + "].destination",
                        rule.mirrors().get(index).destination());
            }
        }
        for (VirtualService.TlsRule rule : virtualService.tls()) {
            targets(virtualService, "spec.tls[" + rule.index() + "]", rule.targets());
        }
        for (VirtualService.TcpRule rule : virtualService.tcp()) {
            targets(virtualService, "spec.tcp[" + rule.index() + "]", rule.targets());
        }
    }

    private void targets(VirtualService virtualService, String field, List<WeightedDestination> targets) {
        for (int index = 0; index < targets.size(); index++) {
            destination(
                    virtualService,
                    field + ".route[" + index + "].destination",
                    targets.get(index).destination());
        }
    }

    private void destination(VirtualService virtualService, String field, Destination destination) {
        String host = world.resolve(destination.host(), virtualService.namespace());
        List<MeshService> services = world.services(host);
        if (services.isEmpty()) {
            report(
                    virtualService,
                    field + ".host",
                    destination.line(),
                    destination.host(),
                    "",
                    "no service has the host " + host + ", so requests sent there fail",
                    suggestion(host));
            return;
        }
        MeshService service = services.getFirst();
        if (destination.port().isPresent()
                && service.port(destination.port().getAsInt()).isEmpty()) {
            report(
                    virtualService,
                    field + ".port.number",
                    destination.line(),
                    String.valueOf(destination.port().getAsInt()),
                    String.join(
                            ", ",
                            service.ports().stream()
                                    .map(port -> String.valueOf(port.number()))
                                    .toList()),
                    host + " has no such port, so requests sent there fail",
                    "name one of its ports");
        }
        destination.subset().ifPresent(subset -> subset(virtualService, field, destination, host, subset));
    }

    private void subset(
            VirtualService virtualService, String field, Destination destination, String host, String subset) {
        Set<String> names = new TreeSet<>();
        for (DestinationRule rule : world.destinationRules()) {
            if (HostNames.covers(world.resolve(rule.host(), rule.namespace()), host)) {
                rule.subsets().forEach(candidate -> names.add(candidate.name()));
            }
        }
        if (!names.contains(subset)) {
            report(
                    virtualService,
                    field + ".subset",
                    destination.line(),
                    subset,
                    String.join(", ", names),
                    "no DestinationRule for " + host + " defines this subset, so requests sent there fail",
                    "add the subset with its labels to a DestinationRule for " + host);
        }
    }

    private void host(DestinationRule rule) {
        String host = world.resolve(rule.host(), rule.namespace());
        if (!known(host)) {
            report(
                    rule,
                    "spec.host",
                    rule.origin().line(),
                    rule.host(),
                    "",
                    "has no effect: no service has the host " + host,
                    suggestion(host));
        }
    }

    private boolean known(String host) {
        if (!host.startsWith("*")) {
            return !world.services(host).isEmpty()
                    || world.services().stream()
                            .anyMatch(service ->
                                    service.host().startsWith("*") && HostNames.covers(service.host(), host));
        }
        return world.services().stream().anyMatch(service -> HostNames.covers(host, service.host()));
    }

    /** The same name in another namespace is the most common slip. */
    private String suggestion(String host) {
        int dot = host.indexOf('.');
        String name = dot < 0 ? host : host.substring(0, dot + 1);
        return world.services().stream()
                .map(MeshService::host)
                .filter(candidate -> candidate.startsWith(name))
                .findFirst()
                .map(candidate -> "did you mean " + candidate + "?")
                .orElse("create a Service or a ServiceEntry for it, or correct the name");
    }

    private void report(
            MeshObject object,
            String field,
            int line,
            String found,
            String allowed,
            String message,
            String suggestion) {
        problems.add(new Problem(
                object.key().text(), field, object.origin().file(), line, found, allowed, message, suggestion));
    }
}
