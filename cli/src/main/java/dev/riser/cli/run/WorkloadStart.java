package dev.riser.cli.run;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Kernel;
import dev.riser.cli.net.KernelRefusal;
import dev.riser.cli.net.MeshNetwork;
import dev.riser.cli.net.NamespaceThread;
import dev.riser.cli.net.Program;
import dev.riser.cli.net.Redirection;
import dev.riser.cli.net.ResolverFile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The way from a command line to a program in the mesh: register, enter a namespace, redirect, join the bridge, hand over
 * to the proxy, become the program. Until the last step a failure takes the registration back; the namespace goes with
 * the process.
 */
public final class WorkloadStart {
    /** Certificate, first resources and listeners; far more than a proxy under load needs. */
    private static final Duration READY_LIMIT = Duration.ofSeconds(30);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What the end of the parent means for the program. */
    public enum Parent {
        MAY_END,
        ENDS_THE_PROGRAM
    }

    private final StateDirectory state;
    private final MeshApi api;
    private final WorkloadRequest request;

    /** For one start. */
    public WorkloadStart(StateDirectory state, MeshApi api, WorkloadRequest request) {
        this.state = state;
        this.api = api;
        this.request = request;
    }

    /** Becomes the program: never returns, throws where some step fails. */
    public RuntimeException become(Program program, Parent parent) throws InterruptedException {
        boolean captures = request.capture() == WorkloadRequest.Capture.REDIRECTION;
        if (captures && !Kernel.actsAsRoot()) {
            throw CommandFailure.failed(
                    "the mesh's network needs root or a user namespace; start riser through its script, which makes one, or with --no-capture");
        }
        JsonNode workload = api.post("/api/v1/workloads", registration());
        try {
            Optional<ProxySocket> proxy = switch (request.companion()) {
                case SHARED_PROXY -> Optional.of(processes().shared());
                case OWN_PROXY -> Optional.of(processes().own(text(workload, "id")));
                case NONE -> {
                    new UnmeshedWatch(api, state).begin(text(workload, "id"));
                    yield Optional.empty();
                }
            };
            if (!captures) {
                throw inTheMachinesNetwork(workload, proxy.orElseThrow(), program, parent);
            }
            return NamespaceThread.call(() -> {
                throw inNamespace(workload, proxy, program, parent);
            });
        } catch (RuntimeException | InterruptedException e) {
            takeBack(workload, e);
            throw e;
        }
    }

    private ProxyProcesses processes() {
        return new ProxyProcesses(state, api.address(), request.capture());
    }

    private RuntimeException inNamespace(JsonNode workload, Optional<ProxySocket> proxy, Program program, Parent parent)
            throws InterruptedException {
        MeshNetwork.Addresses addresses = addresses(workload);
        int bridge = Kernel.open(NamespaceThread.networkPath());
        try {
            Kernel.leaveSharedNamespaces();
        } catch (KernelRefusal refusal) {
            throw refusal.isPermission()
                    ? CommandFailure.failed(
                            "this machine does not allow network namespaces (%s); in a container, give it the capabilities NET_ADMIN and SYS_ADMIN"
                                    .formatted(refusal.getMessage()),
                            refusal)
                    : refusal;
        }
        String namespace = NamespaceThread.networkPath();
        if (proxy.isPresent()) {
            // Before there is a way out, so that nothing ever leaves past the proxy.
            Redirection.establish(request.redirection());
        }
        // On a thread that stays outside: the bridge is there.
        NamespaceThread.call(() -> {
            Kernel.enterNetwork(bridge);
            MeshNetwork.connect(addresses, MeshNetwork.cable(text(workload, "id")), namespace);
            return true;
        });
        Kernel.close(bridge);
        MeshNetwork.configure(addresses);
        if (proxy.isPresent()) {
            proxy.get().ask(adoption(workload, namespace, List.of()), READY_LIMIT);
            ResolverFile.show(ResolverFile.text(request.namespace(), addresses.gateway4()));
        } else {
            // Nobody else would say it, and a workload that is never ready is forgotten.
            api.post(
                    "/api/v1/workloads/%s/ready".formatted(MeshApi.segment(text(workload, "id"))),
                    JSON.createObjectNode());
        }
        return become(program, parent, Map.of());
    }

    private RuntimeException inTheMachinesNetwork(
            JsonNode workload, ProxySocket proxy, Program program, Parent parent) {
        Uncaptured uncaptured = new Uncaptured(text(workload, "address4"), request.upstreams());
        proxy.ask(adoption(workload, "", uncaptured.entrances()), READY_LIMIT);
        System.err.println("riser: " + uncaptured.notice(request.ports()));
        return become(program, parent, uncaptured.environment());
    }

    private static RuntimeException become(Program program, Parent parent, Map<String, String> environment) {
        if (parent == Parent.ENDS_THE_PROGRAM && !Kernel.endWithParent()) {
            throw CommandFailure.failed("the process that started riser has ended, so the program is not started");
        }
        environment.forEach(Kernel::setEnvironment);
        return program.become();
    }

    private void takeBack(JsonNode workload, Exception cause) {
        try {
            api.delete("/api/v1/workloads/" + MeshApi.segment(text(workload, "id")));
        } catch (CommandFailure alsoFailed) {
            cause.addSuppressed(alsoFailed);
        }
    }

    ObjectNode registration() {
        ObjectNode body = JSON.createObjectNode();
        body.put("namespace", request.namespace());
        body.put("name", request.name());
        ArrayNode services = body.putArray("service");
        request.services().forEach(services::add);
        ObjectNode labels = body.putObject("labels");
        request.labels().forEach(labels::put);
        ArrayNode ports = body.putArray("ports");
        for (WorkloadRequest.Port port : request.ports()) {
            ports.addObject().put("port", port.number()).put("name", port.name());
        }
        body.put("serviceAccount", request.serviceAccount());
        body.put("meshed", request.companion() != WorkloadRequest.Companion.NONE);
        body.put("capture", request.capture() == WorkloadRequest.Capture.REDIRECTION);
        return body;
    }

    private ObjectNode adoption(JsonNode workload, String namespace, List<Uncaptured.Entrance> entrances) {
        ObjectNode body = JSON.createObjectNode();
        body.put("id", text(workload, "id"));
        body.put("namespace", request.namespace());
        body.put("name", request.name());
        body.put("instance", text(workload, "id"));
        body.put("serviceAccount", request.serviceAccount());
        ObjectNode labels = body.putObject("labels");
        request.labels().forEach(labels::put);
        ArrayNode ports = body.putArray("ports");
        request.ports().forEach(port -> ports.add(port.number()));
        ArrayNode addresses = body.putArray("addresses");
        addresses.add(text(workload, "address4"));
        String address6 = workload.path("address6").asString("");
        if (!address6.isEmpty()) {
            addresses.add(address6);
        }
        body.put("netns", namespace);
        ArrayNode places = body.putArray("entrances");
        entrances.forEach(entrance -> places.addObject()
                .put("address", entrance.address())
                .put("port", entrance.port())
                .put("to", entrance.to()));
        body.put("pid", ProcessHandle.current().pid());
        body.put("token", text(workload, "token"));
        body.put("xds", text(workload, "xds"));
        body.put("rootCa", state.rootBundle().toString());
        ObjectNode line = JSON.createObjectNode();
        line.put("op", "adopt");
        line.set("workload", body);
        return line;
    }

    private static MeshNetwork.Addresses addresses(JsonNode workload) {
        return new MeshNetwork.Addresses(
                text(workload, "address4"),
                workload.path("address6").asString(""),
                workload.path("prefix4").asInt(16),
                workload.path("prefix6").asInt(64),
                text(workload, "gateway4"),
                workload.path("gateway6").asString(""));
    }

    private static String text(JsonNode workload, String field) {
        String value = workload.path(field).asString("");
        if (value.isEmpty()) {
            throw CommandFailure.failed(
                    "the control plane's answer lacks '%s'; are the command line and the control plane of the same version?"
                            .formatted(field));
        }
        return value;
    }
}
