package dev.riser.control.api;

import dev.riser.base.Problem;
import dev.riser.control.signals.KnownTarget;
import dev.riser.control.signals.TargetKind;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the API reads and changes. Called on any thread; may block for the time of a file's writing. */
public interface Mesh {
    MeshFacts facts();

    List<ServiceFacts> services();

    /** Everything that exists of that kind, whether it has traffic or not. */
    List<KnownTarget> targets(TargetKind kind);

    /** Every object that the sources hold, in force or not. */
    List<ObjectFacts> objects();

    /** Stores the objects of a YAML text. Good ones are stored even where others are bad. */
    ApplyOutcome apply(String yaml) throws IOException;

    /**
     * Deletes an object that came through the API.
     *
     * @return what came of it
     */
    DeleteOutcome delete(String kind, String namespace, String name) throws IOException;

    List<Problem> problems();

    List<ProxyFacts> proxies();

    /**
     * The mesh in a few figures.
     *
     * @param version of this control plane
     */
    record MeshFacts(
            String trustDomain,
            String version,
            Instant startedAt,
            CertificateFacts root,
            CertificateFacts issuer,
            Counts counts) {}

    record Counts(int services, int workloads, int proxies, int objects, int problems) {}

    record CertificateFacts(Instant notAfter, String serial) {}

    record ServiceFacts(
            String namespace,
            String name,
            String host,
            List<String> addresses,
            List<PortFacts> ports,
            List<EndpointFacts> endpoints,
            boolean meshed) {}

    record PortFacts(int port, String name, String protocol) {}

    record EndpointFacts(
            String address, String workload, String version, String instance, boolean ready, boolean meshed) {}

    /**
     * @param origin {@code file:line}
     * @param status {@code in force}, {@code rejected} or {@code previous version in force}
     */
    record ObjectFacts(
            String kind,
            String apiVersion,
            String namespace,
            String name,
            String origin,
            String status,
            List<Problem> problems,
            String yaml) {}

    record ApplyOutcome(List<Applied> applied, List<Problem> problems) {}

    /**
     * @param result {@code created}, {@code changed}, {@code unchanged} or {@code rejected}
     */
    record Applied(String kind, String namespace, String name, String result) {}

    /** What came of a deletion. */
    sealed interface DeleteOutcome {
        record Deleted() implements DeleteOutcome {}

        record Absent() implements DeleteOutcome {}

        /** It stands in a file that the control plane does not own, and why that matters. */
        record NotOurs(String reason) implements DeleteOutcome {}
    }

    record ProxyFacts(
            String id,
            String namespace,
            String workload,
            String instance,
            Instant connectedAt,
            String version,
            String protocol,
            Optional<CertificateFacts> certificate,
            List<TypeFacts> types) {}

    record TypeFacts(
            String type, boolean wildcard, int subscribed, int sent, int acked, List<RejectionFacts> rejected) {}

    record RejectionFacts(String name, String reason) {}
}
