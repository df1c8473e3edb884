package dev.riser.control.app;

import dev.riser.base.Problem;
import dev.riser.control.api.Mesh;
import dev.riser.control.serve.NodeFacts;
import dev.riser.control.serve.ProxyServer;
import dev.riser.control.signals.KnownTarget;
import dev.riser.control.signals.TargetKind;
import dev.riser.control.source.ConfigSources;
import dev.riser.control.source.ConfigState;
import dev.riser.control.source.ObjectStore;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.MeshWorld;
import dev.riser.control.world.ProxyNode;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.control.world.WorkloadInstance;
import dev.riser.control.world.WorldUpdater;
import dev.riser.identity.authority.CertificateAuthority;
import dev.riser.model.ObjectKey;
import dev.riser.xds.server.StreamReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The running mesh as the API shows it. */
final class MeshState implements Mesh {
    private final ControlPlaneSettings settings;
    private final Instant startedAt;
    private final CertificateAuthority authority;
    private final WorldUpdater updater;
    private final ConfigSources sources;
    private final ObjectStore objects;
    private final ProxyServer proxies;
    private final IssuedCertificates certificates;

    MeshState(
            ControlPlaneSettings settings,
            Instant startedAt,
            CertificateAuthority authority,
            WorldUpdater updater,
            ConfigSources sources,
            ObjectStore objects,
            ProxyServer proxies,
            IssuedCertificates certificates) {
        this.settings = settings;
        this.startedAt = startedAt;
        this.authority = authority;
        this.updater = updater;
        this.sources = sources;
        this.objects = objects;
        this.proxies = proxies;
        this.certificates = certificates;
    }

    @Override
    public MeshFacts facts() {
        MeshWorld world = updater.current();
        return new MeshFacts(
                settings.trustDomain(),
                settings.version(),
                startedAt,
                certificate(authority.root()),
                certificate(authority.issuer()),
                new Counts(
                        world.services().size(),
                        world.instances().size(),
                        proxies.discovery().streams().size(),
                        sources.current().objects().size(),
                        problems().size()));
    }

    private static CertificateFacts certificate(X509Certificate certificate) {
        return new CertificateFacts(
                certificate.getNotAfter().toInstant(),
                certificate.getSerialNumber().toString(16));
    }

    @Override
    public List<ServiceFacts> services() {
        return updater.current().services().stream().map(MeshState::service).toList();
    }

    private static ServiceFacts service(MeshService service) {
        return new ServiceFacts(
                service.namespace(),
                service.name(),
                service.host(),
                service.addresses(),
                service.ports().stream()
                        .map(port -> new PortFacts(
                                port.number(),
                                port.name(),
                                port.protocol().name().toLowerCase(Locale.ROOT)))
                        .toList(),
                service.endpoints().stream().map(MeshState::endpoint).toList(),
                service.meshed());
    }

    private static EndpointFacts endpoint(ServiceEndpoint endpoint) {
        return new EndpointFacts(
                endpoint.address(),
                endpoint.workload(),
                endpoint.labels().getOrDefault("version", ""),
                endpoint.instance(),
                endpoint.ready(),
                endpoint.meshed());
    }

    @Override
    public List<KnownTarget> targets(TargetKind kind) {
        MeshWorld world = updater.current();
        Map<String, KnownTarget> targets = new TreeMap<>();
        if (kind == TargetKind.SERVICE) {
            world.services().forEach(service -> add(targets, service.namespace(), service.name(), service.meshed()));
            return List.copyOf(targets.values());
        }
        for (WorkloadInstance instance : world.instances()) {
            switch (kind) {
                case DEPLOY -> add(targets, instance.namespace(), instance.name(), instance.meshed());
                case POD -> add(targets, instance.namespace(), instance.id(), instance.meshed());
                case NAMESPACE -> add(targets, "", instance.namespace(), instance.meshed());
                case SERVICE -> throw new IllegalStateException("services were answered above");
            }
        }
        return List.copyOf(targets.values());
    }

    private static void add(Map<String, KnownTarget> targets, String namespace, String name, boolean meshed) {
        targets.merge(
                namespace + "/" + name,
                new KnownTarget(namespace, name, meshed),
                (before, now) -> new KnownTarget(namespace, name, before.meshed() || now.meshed()));
    }

    @Override
    public List<ObjectFacts> objects() {
        return sources.current().objects().stream()
                .map(object -> new ObjectFacts(
                        object.key().kind(),
                        object.apiVersion(),
                        object.key().namespace(),
                        object.key().name(),
                        object.origin(),
                        object.status().text(),
                        object.problems(),
                        object.yaml()))
                .toList();
    }

    @Override
    public ApplyOutcome apply(String yaml) throws IOException {
        ObjectStore.Outcome outcome;
        try {
            outcome = objects.apply(yaml);
        } catch (UncheckedIOException unwritable) {
            throw new IOException(unwritable.getMessage(), unwritable);
        }
        List<Applied> applied = outcome.objects().stream()
                .map(each -> {
                    ObjectKey key = each.key().orElse(new ObjectKey("", "", ""));
                    return new Applied(
                            key.kind(),
                            key.namespace(),
                            key.name(),
                            each.result().name().toLowerCase(Locale.ROOT));
                })
                .toList();
        return new ApplyOutcome(applied, outcome.problems());
    }

    @Override
    public DeleteOutcome delete(String kind, String namespace, String name) throws IOException {
        ConfigState state = sources.current();
        // Users write kinds as they like; the store knows them as they are.
        Optional<ObjectKey> known = state.objects().stream()
                .map(object -> object.key())
                .filter(key -> key.kind().equalsIgnoreCase(kind)
                        && key.namespace().equals(namespace)
                        && key.name().equals(name))
                .findFirst();
        ObjectKey key = known.orElse(new ObjectKey(kind, namespace, name));
        try {
            if (objects.delete(key)) {
                return new DeleteOutcome.Deleted();
            }
        } catch (UncheckedIOException unwritable) {
            throw new IOException(unwritable.getMessage(), unwritable);
        }
        return state.object(key)
                .<DeleteOutcome>map(object ->
                        new DeleteOutcome.NotOurs("%s stands in %s of the configuration directory; delete it there"
                                .formatted(key.text(), object.origin())))
                .orElseGet(DeleteOutcome.Absent::new);
    }

    @Override
    public List<Problem> problems() {
        List<Problem> all = new ArrayList<>(sources.current().problems());
        all.addAll(updater.current().problems());
        return all;
    }

    @Override
    public List<ProxyFacts> proxies() {
        return proxies.discovery().streams().stream().map(this::proxy).toList();
    }

    private ProxyFacts proxy(StreamReport report) {
        ProxyNode node = ProxyNode.from(report.client().node());
        NodeFacts facts = NodeFacts.of(report.client().node());
        String instance = facts.instance().orElse("");
        return new ProxyFacts(
                node.id(),
                facts.namespace().orElse(""),
                node.workload(),
                instance,
                report.client().connectedAt(),
                report.client()
                        .node()
                        .getMetadata()
                        .getFieldsMap()
                        .getOrDefault("RISER_VERSION", com.google.protobuf.Value.getDefaultInstance())
                        .getStringValue(),
                report.protocol().name().toLowerCase(Locale.ROOT),
                certificates.of(instance, report.client().principal()).map(MeshState::certificate),
                report.types().stream()
                        .map(type -> new TypeFacts(
                                type.type(),
                                type.wildcard(),
                                type.subscribed(),
                                type.sent(),
                                type.acked(),
                                type.rejected().stream()
                                        .map(rejection -> new RejectionFacts(rejection.name(), rejection.reason()))
                                        .toList()))
                        .toList());
    }
}
