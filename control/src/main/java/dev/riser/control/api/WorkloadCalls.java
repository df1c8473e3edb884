package dev.riser.control.api;

import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.registry.RegisteredWorkload;
import dev.riser.control.registry.Registration;
import dev.riser.control.registry.RegistryFullException;
import dev.riser.control.registry.WorkloadRegistry;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import dev.riser.identity.authority.WorkloadTokens;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The calls under {@code /api/v1/workloads}. */
final class WorkloadCalls {
    private final WorkloadRegistry registry;
    private final WorkloadTokens tokens;
    private final TrustDomain trustDomain;
    private final String xds;

    WorkloadCalls(WorkloadRegistry registry, WorkloadTokens tokens, TrustDomain trustDomain, String xds) {
        this.registry = registry;
        this.tokens = tokens;
        this.trustDomain = trustDomain;
        this.xds = xds;
    }

    record Registered(
            String id,
            String address4,
            String address6,
            int prefix4,
            int prefix6,
            String gateway4,
            String gateway6,
            boolean capture,
            String token,
            String trustDomain,
            String xds,
            String node) {}

    record Port(int port, String name, String protocol) {}

    record Workload(
            String id,
            String instance,
            String namespace,
            String name,
            List<String> service,
            Map<String, String> labels,
            List<Port> ports,
            String serviceAccount,
            boolean meshed,
            boolean ready,
            String state,
            Instant since,
            String address4,
            String address6) {
        static Workload of(RegisteredWorkload workload) {
            Registration asked = workload.registration();
            return new Workload(
                    workload.id(),
                    workload.id(),
                    asked.namespace(),
                    asked.name(),
                    asked.services(),
                    asked.labels(),
                    asked.ports().stream()
                            .map(port -> new Port(port.port(), port.name(), port.protocol()))
                            .toList(),
                    asked.serviceAccount(),
                    asked.meshed(),
                    workload.state() == RegisteredWorkload.State.READY,
                    switch (workload.state()) {
                        case STARTING -> "starting";
                        case READY -> "ready";
                        case LOST -> "lost";
                        case ENDED -> "ended";
                    },
                    workload.since(),
                    workload.address4(),
                    workload.address6());
        }
    }

    record Token(String token) {}

    List<Workload> list() {
        return registry.list().stream().map(Workload::of).toList();
    }

    HttpAnswer register(byte[] body) throws RefusedRequest {
        Registration registration = registration(body);
        MeshNetworks networks = registry.networks();
        boolean capture = Json.read(body).path("capture").asBoolean(true);
        if (capture == networks.loopback()) {
            throw new RefusedRequest(
                    409,
                    capture
                            ? "this mesh is without capture: its workloads share the machine's network; start this one with --no-capture, or the control plane without"
                            : "this mesh captures: its workloads have networks of their own; start this one without --no-capture, or the control plane with it");
        }
        RegisteredWorkload workload;
        try {
            workload = registry.register(registration);
        } catch (RegistryFullException full) {
            return HttpAnswer.failure(503, String.valueOf(full.getMessage()));
        } catch (IOException unwritable) {
            return HttpAnswer.failure(500, "the registry cannot be written: " + unwritable.getMessage());
        }
        return HttpAnswer.json(
                201,
                new Registered(
                        workload.id(),
                        workload.address4(),
                        workload.address6(),
                        networks.workloads4().prefixLength(),
                        networks.workloads6().prefixLength(),
                        networks.gateway4(),
                        networks.gateway6(),
                        !networks.loopback(),
                        tokens.mint(id(workload), workload.id()),
                        trustDomain.name(),
                        xds,
                        "sidecar~%s~%s.%s~%s.svc.cluster.local"
                                .formatted(
                                        workload.address4(),
                                        workload.id(),
                                        registration.namespace(),
                                        registration.namespace())));
    }

    HttpAnswer ready(String id) throws RefusedRequest {
        try {
            return HttpAnswer.json(200, Workload.of(registry.ready(id).orElseThrow(() -> absent(id))));
        } catch (IOException unwritable) {
            return HttpAnswer.failure(500, "the registry cannot be written: " + unwritable.getMessage());
        }
    }

    HttpAnswer delete(String id) throws RefusedRequest {
        try {
            if (!registry.delete(id)) {
                throw absent(id);
            }
            return HttpAnswer.json(200, Map.of("deleted", true));
        } catch (IOException unwritable) {
            return HttpAnswer.failure(500, "the registry cannot be written: " + unwritable.getMessage());
        }
    }

    /** A fresh token: for the admin, and for a workload that shows its own one before it runs out. */
    HttpAnswer token(String id, HttpRequest request, Access access) throws RefusedRequest {
        RegisteredWorkload workload = registry.find(id).orElseThrow(() -> absent(id));
        if (access.isAdmin(request.bearer())) {
            return HttpAnswer.json(200, new Token(tokens.mint(id(workload), id)));
        }
        boolean own = request.bearer()
                .map(tokens::verify)
                .filter(verdict -> verdict instanceof dev.riser.identity.authority.TokenVerdict.Valid valid
                        && valid.id().equals(id(workload))
                        && valid.instance().equals(id))
                .isPresent();
        if (!own) {
            throw new RefusedRequest(
                    403, "a token for %s is given to its own valid token or the admin's".formatted(id));
        }
        return HttpAnswer.json(200, new Token(tokens.mint(id(workload), id)));
    }

    private SpiffeId id(RegisteredWorkload workload) {
        return trustDomain.serviceAccount(
                workload.registration().namespace(), workload.registration().serviceAccount());
    }

    private static RefusedRequest absent(String id) {
        return new RefusedRequest(404, "there is no workload \"%s\"; GET /api/v1/workloads lists them".formatted(id));
    }

    private static Registration registration(byte[] body) throws RefusedRequest {
        try {
            JsonNode node = Json.read(body);
            if (!node.isObject()) {
                throw new RefusedRequest(400, "the body must be a JSON object");
            }
            for (String field : node.propertyNames()) {
                switch (field) {
                    case "namespace", "name", "service", "labels", "ports", "serviceAccount", "meshed", "capture" -> {}
                    default ->
                        throw new RefusedRequest(
                                400,
                                "unknown field \"%s\"; allowed: namespace, name, service, labels, ports, serviceAccount, meshed, capture"
                                        .formatted(field));
                }
            }
            String name = text(node, "name").orElseThrow(() -> new RefusedRequest(400, "name is missing"));
            Map<String, String> labels = new TreeMap<>();
            node.path("labels").forEachEntry((key, value) -> labels.put(key, value.asString("")));
            List<Registration.Port> ports = new ArrayList<>();
            for (JsonNode port : node.path("ports")) {
                ports.add(new Registration.Port(
                        port.path("port").asInt(0),
                        text(port, "name").orElse(""),
                        text(port, "protocol").orElse("")));
            }
            return new Registration(
                    text(node, "namespace").orElse("default"),
                    name,
                    services(node.path("service")),
                    labels,
                    ports,
                    text(node, "serviceAccount").orElse(name),
                    node.path("meshed").asBoolean(true));
        } catch (JacksonException malformed) {
            throw new RefusedRequest(400, "the body is not JSON: " + malformed.getOriginalMessage());
        } catch (IllegalArgumentException wrong) {
            throw new RefusedRequest(400, String.valueOf(wrong.getMessage()));
        }
    }

    private static List<String> services(JsonNode node) {
        List<String> services = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(each -> services.add(each.asString("")));
        } else if (node.isString() && !node.asString("").isEmpty()) {
            services.add(node.asString(""));
        }
        return services;
    }

    private static Optional<String> text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() && !value.asString("").isEmpty() ? Optional.of(value.asString("")) : Optional.empty();
    }
}
