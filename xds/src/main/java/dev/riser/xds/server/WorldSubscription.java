package dev.riser.xds.server;

import dev.riser.xds.server.StreamReport.Rejection;
import dev.riser.xds.server.StreamReport.TypeReport;
import io.grpc.Status;
import io.grpc.StatusException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What one state-of-the-world stream asked for of one type. Belongs to its stream. */
final class WorldSubscription {
    private static final String EVERYTHING = "*";

    private final String type;
    private boolean wildcard;
    private Set<String> names = Set.of();
    private String nonce = "";
    private String version = "";
    private Map<String, String> held = Map.of();
    private boolean settled;
    private final Map<String, Rejection> rejected = new TreeMap<>();

    WorldSubscription(String type) {
        this.type = type;
    }

    /** Everything of the type that the client should hold, and the version of it all. */
    record Selection(String version, List<VersionedResource> resources) {}

    String type() {
        return type;
    }

    String nonce() {
        return nonce;
    }

    /** Takes over the names of a request; whether something is to be answered. */
    boolean subscribe(List<String> wanted, boolean first) throws StatusException {
        if (wanted.size() > DiscoveryStream.MOST_NAMES) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("at most %d names can be subscribed for %s; subscribe to * instead"
                            .formatted(DiscoveryStream.MOST_NAMES, type))
                    .asException();
        }
        boolean wildcardBefore = wildcard;
        Set<String> namesBefore = names;
        // Empty means everything only as long as no name was ever given on this stream.
        boolean stillEverything = (first || (wildcard && namesBefore.isEmpty())) && wanted.isEmpty();
        wildcard = wanted.contains(EVERYTHING) || (stillEverything && ResourceTypes.emptyMeansEverything(type));
        Set<String> named = new LinkedHashSet<>(wanted);
        named.remove(EVERYTHING);
        names = named;
        return first || (wildcard && !wildcardBefore) || !namesBefore.containsAll(names);
    }

    Selection select(ResourceSet resources) {
        Map<String, VersionedResource> selected = new TreeMap<>();
        if (wildcard) {
            resources.all(type).forEach(resource -> selected.put(resource.name(), resource));
        }
        for (String name : names) {
            if (!selected.containsKey(name)) {
                resources.resource(type, name).ifPresent(resource -> selected.put(name, resource));
            }
        }
        MessageDigest digest = VersionedResource.sha256();
        for (VersionedResource resource : selected.values()) {
            digest.update(resource.name().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(resource.version().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return new Selection(HexFormat.of().formatHex(digest.digest(), 0, 12), List.copyOf(selected.values()));
    }

    boolean differs(Selection selection) {
        return !selection.version().equals(version);
    }

    void sent(String newNonce, Selection selection) {
        nonce = newNonce;
        version = selection.version();
        settled = false;
        Map<String, String> now = new TreeMap<>();
        selection.resources().forEach(resource -> now.put(resource.name(), resource.version()));
        held = now;
        rejected.keySet().retainAll(now.keySet());
    }

    int accept() {
        if (settled) {
            return 0;
        }
        settled = true;
        rejected.clear();
        return held.size();
    }

    Collection<Rejection> reject(String message) {
        if (settled) {
            return List.of();
        }
        settled = true;
        List<Rejection> refused = new ArrayList<>();
        rejected.clear();
        NamedRejections.attribute(message, held.keySet()).forEach((name, reason) -> {
            Rejection rejection = new Rejection(name, held.getOrDefault(name, ""), reason);
            rejected.put(name, rejection);
            refused.add(rejection);
        });
        return refused;
    }

    TypeReport describe() {
        int accepted = settled ? held.size() - rejected.size() : 0;
        return new TypeReport(type, wildcard, names.size(), held.size(), accepted, List.copyOf(rejected.values()));
    }
}
