package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Program;
import dev.riser.cli.net.RedirectionOptions;
import dev.riser.cli.run.WorkloadRequest;
import dev.riser.cli.run.WorkloadStart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a program in the mesh. */
@Command(
        name = "run",
        description = "Run a program in the mesh: with a network, an identity and a proxy of its own.",
        mixinStandardHelpOptions = true,
        customSynopsis = "riser run --name NAME [OPTIONS] -- PROGRAM [ARGUMENT...]",
        footer = {
            "",
            "riser becomes the program: signals, standard streams and the exit code are the program's own, and nothing",
            "stays behind when it ends. The program is not changed and needs to know nothing.",
            "",
            "Examples:",
            "  riser run --namespace prod --name product --service product --label version=v2 --port 8000 \\",
            "      -- python3 -m http.server 8000",
            "  riser run --namespace prod --name shell -- bash",
            "  riser run --no-capture --namespace prod --name shell -- curl http://product:8000/",
            "  riser run --namespace prod --name legacy --unmeshed -- curl -m 5 http://10.88.0.2:8000/",
        })
final class RunCommand implements Callable<Integer> {
    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            defaultValue = "default",
            description = "The workload's namespace. Default: ${DEFAULT-VALUE}.")
    String namespace = "default";

    @Option(
            names = "--name",
            required = true,
            paramLabel = "NAME",
            description = "The workload's name; copies share it.")
    String name = "";

    @Option(
            names = "--service",
            paramLabel = "NAME",
            description = "A service that this workload is an endpoint of; may be repeated. Services whose selector "
                    + "matches the labels take it without being named.")
    List<String> services = new ArrayList<>();

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "A label; may be repeated. 'app' is the name unless given.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT[:NAME]",
            description = "A port the program listens on; may be repeated. A name such as http, grpc, tcp-redis "
                    + "declares the protocol, without one it is detected.")
    List<String> ports = new ArrayList<>();

    @Option(
            names = "--service-account",
            paramLabel = "NAME",
            defaultValue = "",
            description = "What the identity is made from. Default: the name.")
    String serviceAccount = "";

    @Option(
            names = "--sidecar",
            description = "Give the workload a proxy process of its own instead of the machine's shared one.")
    boolean sidecar;

    @Option(
            names = "--unmeshed",
            description =
                    "Join the mesh's network without a proxy: no encryption, no identity, no names. For callers that "
                            + "cannot be in the mesh.")
    boolean unmeshed;

    @Option(
            names = "--no-capture",
            description =
                    "Run in the machine's own network, where neither root nor a user namespace is allowed: in the "
                            + "mesh is only what the program sends through its proxy, by $http_proxy and the like, and what "
                            + "others send to it through the mesh. The control plane must be started so too.")
    boolean noCapture;

    @Option(
            names = "--upstream",
            paramLabel = "HOST:PORT",
            description =
                    "With --no-capture: open a loopback port that leads to this service of the mesh, for protocols "
                            + "that know no proxies; announced to the program as $NAME_SERVICE_HOST and $NAME_SERVICE_PORT. May "
                            + "be repeated.")
    List<String> upstreams = new ArrayList<>();

    @Option(
            names = "--end-with-parent",
            description = "Kill the program when the process that started riser ends, however it ends.")
    boolean endWithParent;

    @Option(
            names = "--exclude-outbound-port",
            paramLabel = "PORT",
            split = ",",
            description = "Connections to this port bypass the proxy; may be repeated.")
    List<Integer> excludedOutboundPorts = new ArrayList<>();

    @Option(
            names = "--exclude-outbound-network",
            paramLabel = "CIDR",
            split = ",",
            description = "Connections into this network bypass the proxy; may be repeated.")
    List<String> excludedOutboundNetworks = new ArrayList<>();

    @Option(
            names = "--exclude-inbound-port",
            paramLabel = "PORT",
            split = ",",
            description = "This port of the program is reached without the proxy; may be repeated.")
    List<Integer> excludedInboundPorts = new ArrayList<>();

    @Parameters(arity = "1..*", paramLabel = "PROGRAM", description = "The program and its arguments.")
    List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
        if (unmeshed && sidecar) {
            throw CommandFailure.usage("--unmeshed and --sidecar exclude each other: a workload has a proxy or none");
        }
        if (noCapture && unmeshed) {
            throw CommandFailure.usage(
                    "--no-capture and --unmeshed exclude each other: without either, start the program without riser");
        }
        if (noCapture
                && !(excludedOutboundPorts.isEmpty()
                        && excludedOutboundNetworks.isEmpty()
                        && excludedInboundPorts.isEmpty())) {
            throw CommandFailure.usage("--exclude-... says what is not captured, and with --no-capture nothing is");
        }
        if (!noCapture && !upstreams.isEmpty()) {
            throw CommandFailure.usage(
                    "--upstream is for --no-capture; where traffic is captured, the program calls the service by its name");
        }
        Program program =
                Program.find(words, Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin"));
        WorkloadRequest request = request();
        throw new WorkloadStart(mesh.stateDirectory(), mesh.api(), request)
                .become(program, endWithParent ? WorkloadStart.Parent.ENDS_THE_PROGRAM : WorkloadStart.Parent.MAY_END);
    }

    WorkloadRequest request() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("app", name);
        all.putAll(labels);
        return new WorkloadRequest(
                namespace,
                name,
                services,
                all,
                ports.stream().map(WorkloadRequest.Port::parse).toList(),
                serviceAccount.isEmpty() ? name : serviceAccount,
                noCapture ? WorkloadRequest.Capture.NONE : WorkloadRequest.Capture.REDIRECTION,
                upstreams.stream().map(WorkloadRequest.Upstream::parse).toList(),
                unmeshed
                        ? WorkloadRequest.Companion.NONE
                        : sidecar ? WorkloadRequest.Companion.OWN_PROXY : WorkloadRequest.Companion.SHARED_PROXY,
                RedirectionOptions.STANDARD.excluding(
                        excludedOutboundPorts, excludedOutboundNetworks, excludedInboundPorts));
    }
}
