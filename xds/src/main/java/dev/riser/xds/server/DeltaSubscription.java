package dev.riser.xds.server;

import dev.riser.xds.server.StreamReport.Rejection;
import dev.riser.xds.server.StreamReport.TypeReport;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What one incremental stream asked for of one type, and what its client holds of it. Belongs to its stream. */
final class DeltaSubscription {
    /** Stands for a version: the client was told that there is no such resource. */
    static final String ABSENT = "";

    private static final String EVERYTHING = "*";

    /** Responses whose acknowledgement we wait for; a client that never answers loses only its place in the report. */
    private static final int MOST_IN_FLIGHT = 64;

    private final String type;
    private boolean wildcard;
    private final Set<String> names = new LinkedHashSet<>();

    /** Name to the version that was sent last, or that the client said it has. */
    private final Map<String, String> held = new HashMap<>();

    private final Set<String> accepted = new HashSet<>();
    private final Map<String, Rejection> rejected = new TreeMap<>();
    private final Map<String, Map<String, String>> inFlight = new LinkedHashMap<>();

    DeltaSubscription(String type) {
        this.type = type;
    }

    /** What to send. */
    record Difference(List<VersionedResource> changed, List<String> removed) {
        boolean isEmpty() {
            return changed.isEmpty() && removed.isEmpty();
        }
    }

    String type() {
        return type;
    }

    boolean wildcard() {
        return wildcard;
    }

    /** Takes over a request's changes of subscription; whether there may be something to answer. */
    boolean apply(DeltaDiscoveryRequest request, boolean first) throws StatusException {
        for (String name : request.getResourceNamesSubscribeList()) {
            subscribe(name);
        }
        if (first && request.getResourceNamesSubscribeCount() == 0 && ResourceTypes.emptyMeansEverything(type)) {
            wildcard = true;
        }
        for (String name : request.getResourceNamesUnsubscribeList()) {
            unsubscribe(name);
        }
        if (first) {
            request.getInitialResourceVersionsMap().forEach((name, version) -> {
                if (wildcard || names.contains(name)) {
                    held.put(name, version);
                    accepted.add(name);
                }
            });
        }
        return first || request.getResourceNamesSubscribeCount() > 0 || request.getResourceNamesUnsubscribeCount() > 0;
    }

    private void subscribe(String name) throws StatusException {
        if (name.equals(EVERYTHING)) {
            wildcard = true;
            return;
        }
        if (name.length() > DiscoveryStream.LONGEST_NAME || names.size() >= DiscoveryStream.MOST_NAMES) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription(
                            "at most %d names of at most %d characters can be subscribed for %s; subscribe to * instead"
                                    .formatted(DiscoveryStream.MOST_NAMES, DiscoveryStream.LONGEST_NAME, type))
                    .asException();
        }
        names.add(name);
        // Asking again, by the protocol, means that the client has dropped what it had.
        forget(name);
    }

    private void unsubscribe(String name) {
        if (name.equals(EVERYTHING)) {
            wildcard = false;
            List.copyOf(held.keySet()).stream()
                    .filter(each -> !names.contains(each))
                    .forEach(this::forget);
            return;
        }
        names.remove(name);
        // Under a wildcard the client still wants it and, by the protocol, has to be told again.
        forget(name);
    }

    private void forget(String name) {
        held.remove(name);
        accepted.remove(name);
        rejected.remove(name);
    }

    /** Compares what the client should hold with what it holds. */
    Difference difference(ResourceSet resources) {
        List<VersionedResource> changed = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        Set<String> present = new HashSet<>();
        if (wildcard) {
            for (VersionedResource resource : resources.all(type)) {
                present.add(resource.name());
                addIfChanged(resource, changed);
            }
        }
        for (String name : names) {
            if (present.contains(name)) {
                continue;
            }
            Optional<VersionedResource> resource = resources.resource(type, name);
            if (resource.isPresent()) {
                present.add(name);
                addIfChanged(resource.get(), changed);
            } else if (!ABSENT.equals(held.get(name))) {
                removed.add(name);
            }
        }
        for (Map.Entry<String, String> entry : held.entrySet()) {
            String name = entry.getKey();
            if (!present.contains(name)
                    && !names.contains(name)
                    && !entry.getValue().equals(ABSENT)) {
                removed.add(name);
            }
        }
        return new Difference(changed, removed);
    }

    private void addIfChanged(VersionedResource resource, Collection<VersionedResource> changed) {
        if (!resource.version().equals(held.get(resource.name()))) {
            changed.add(resource);
        }
    }

    /** Notes what a response contained, before it leaves. */
    void sent(String nonce, Map<String, String> versions) {
        versions.forEach((name, version) -> {
            accepted.remove(name);
            if (version.equals(ABSENT)) {
                rejected.remove(name);
                if (names.contains(name)) {
                    held.put(name, ABSENT);
                } else {
                    held.remove(name);
                }
            } else {
                held.put(name, version);
            }
        });
        inFlight.put(nonce, versions);
        if (inFlight.size() > MOST_IN_FLIGHT) {
            inFlight.remove(inFlight.keySet().iterator().next());
        }
    }

    /** Notes that a response was accepted; the number of resources in it. */
    int accept(String nonce) {
        Map<String, String> versions = inFlight.remove(nonce);
        if (versions == null) {
            return 0;
        }
        versions.forEach(this::accepted);
        return versions.size();
    }

    private void accepted(String name, String version) {
        // A newer version may be on its way already; only the newest counts as accepted.
        if (!version.equals(ABSENT) && version.equals(held.get(name))) {
            accepted.add(name);
            rejected.remove(name);
        }
    }

    /**
     * Notes that a response was refused. What was refused stays in {@link #held}, so it is sent again only when it has
     * another version, and never in a circle.
     */
    Collection<Rejection> reject(String nonce, String message) {
        Map<String, String> versions = inFlight.remove(nonce);
        if (versions == null) {
            return List.of();
        }
        Map<String, String> reasons = NamedRejections.attribute(message, versions.keySet());
        List<Rejection> refused = new ArrayList<>();
        versions.forEach((name, version) -> {
            String reason = reasons.get(name);
            if (reason == null) {
                accepted(name, version);
            } else if (version.equals(held.getOrDefault(name, ABSENT))) {
                Rejection rejection = new Rejection(name, version, reason);
                rejected.put(name, rejection);
                refused.add(rejection);
            }
        });
        return refused;
    }

    TypeReport describe() {
        int present = (int) held.values().stream()
                .filter(version -> !version.equals(ABSENT))
                .count();
        return new TypeReport(type, wildcard, names.size(), present, accepted.size(), List.copyOf(rejected.values()));
    }
}
