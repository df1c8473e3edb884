package dev.riser.cli.demo;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.MeshNetwork;
import dev.riser.cli.net.Privilege;
import dev.riser.cli.run.Launcher;
import dev.riser.cli.table.Edges;
import dev.riser.cli.table.GoldenSignals;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The demonstration: a control plane, the shared proxy and a shop of ten programs, each a process of its own, then load,
 * then what the mesh saw of it. Runs on the program's main thread.
 *
 * @param length how long the load lasts, zero for until the user ends it
 * @param requestsPerSecond all of which reach product
 * @param keep the state directory the user named; absent for a temporary one
 */
public record Demo(
        Duration length,
        Form form,
        int requestsPerSecond,
        Optional<StateDirectory> keep,
        PrintWriter out,
        PrintWriter err) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration START_LIMIT = Duration.ofSeconds(90);

    /** Proxies report every few seconds; after this the control plane has heard everything. */
    private static final Duration REPORTS_LIMIT = Duration.ofSeconds(20);

    private static final long POLL_MILLISECONDS = 200;
    private static final Duration REFRESH = Duration.ofSeconds(2);
    private static final int[] PORTS = {15080, 15012, 15014, 15000, 15020, 15021};
    private static final Map<String, Integer> EXPECTED_ENDPOINTS =
            Map.of("product", 5, "frontend", 1, "cart", 1, "store", 1);

    /** How the demonstration speaks. */
    public enum Form {
        text,
        json
    }

    /** Runs it; 0 where everything that was promised held. */
    public int run() throws IOException, InterruptedException {
        if (!Privilege.actsAsRoot()) {
            throw CommandFailure.failed(
                    "the mesh's network needs root or a user namespace; start riser through its script, which makes one");
        }
        DemoLeftovers.remove();
        MeshNetwork.removeIfUnused();
        refuseTakenPorts();
        StateDirectory state;
        if (keep.isPresent()) {
            state = keep.get();
            DemoLeftovers.claim(state.path());
        } else {
            state = new StateDirectory(DemoLeftovers.create());
        }
        Children children = new Children(state.path());
        Ending ending = new Ending(children, state, keep.isPresent());
        Thread hook = new Thread(ending, "riser-demo-end");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return shop(state, children);
        } finally {
            ending.run();
        }
    }

    /** Ends everything once, from whichever thread comes first; the other waits. */
    private static final class Ending implements Runnable {
        private final Children children;
        private final StateDirectory state;
        private final boolean kept;
        private boolean ended;

        Ending(Children children, StateDirectory state, boolean kept) {
            this.children = children;
            this.state = state;
            this.kept = kept;
        }

        @Override
        public synchronized void run() {
            if (ended) {
                return;
            }
            ended = true;
            children.end();
            MeshNetwork.removeIfUnused();
            try {
                if (kept) {
                    DemoLeftovers.release(state.path());
                } else {
                    DemoLeftovers.delete(state.path());
                }
            } catch (IOException e) {
                System.err.println("riser: '%s' could not be cleaned: %s".formatted(state, e.getMessage()));
            }
        }
    }

    private int shop(StateDirectory state, Children children) throws IOException, InterruptedException {
        Path config = state.path().resolve("config");
        Files.createDirectories(config);
        for (String name : List.of("00-shop.yaml", "10-destination-rule.yaml", "istio-virtualservice-canary.yaml")) {
            try (InputStream in = Demo.class.getResourceAsStream("/demo/" + name)) {
                if (in == null) {
                    throw new IllegalStateException("the resource demo/%s is missing from the build".formatted(name));
                }
                Files.write(config.resolve(name), in.readAllBytes());
            }
        }

        say("Starting the control plane ...");
        Children.Child controlPlane = children.start(
                "control-plane",
                Launcher.command(List.of("control-plane", "--state", state.toString(), "--config", config.toString())));
        MeshApi api = new MeshApi(MeshApi.STANDARD_ADDRESS, Optional.empty(), state.toString());
        await(
                children,
                "the control plane answers",
                () -> controlPlane.process().isAlive() && answers(api));

        say("Starting the shared proxy ...");
        children.start(
                "proxy", Launcher.command(List.of("proxy", "--state", state.toString(), "--api", api.address())));
        await(children, "the shared proxy answers", () -> Files.exists(state.proxySocket()));

        say("Starting the shop: product v1 three times and v2 twice, cart (gRPC), store (TCP), frontend ...");
        for (int i = 1; i <= 3; i++) {
            program(children, state, "product", "v1", i, 8000, "Product", "8000", "v1", "0");
        }
        for (int i = 1; i <= 2; i++) {
            program(children, state, "product", "v2", i, 8000, "Product", "8000", "v2", "20");
        }
        program(children, state, "cart", "v1", 1, 9000, "Cart", "9000");
        program(children, state, "store", "v1", 1, 7000, "Store", "7000");
        program(children, state, "frontend", "v1", 1, 8080, "Frontend", "8080", "prod");
        await(children, "every program of the shop takes traffic", () -> shopIsReady(api));

        say("Starting the load (%d requests a second) and a legacy caller without a proxy ..."
                .formatted(requestsPerSecond));
        Children.Child legacy = legacy(children, state, productAddress(api));
        Children.Child load = load(children, state);
        Optional<JsonNode> last = watch(children, state, api, load);
        if (last.isEmpty()) {
            return 0;
        }
        Verdict verdict = judge(state, api, last.get(), legacy);
        report(verdict);
        return verdict.holds() ? 0 : CommandFailure.FAILED;
    }

    private void refuseTakenPorts() throws IOException {
        for (int port : PORTS) {
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException taken) {
                throw CommandFailure.failed(
                        "port %d is in use, the demo's mesh needs it; a mesh that runs on this machine ends with 'riser stop', another program shows with 'ss -ltnp sport = :%d'"
                                .formatted(port, port));
            }
        }
    }

    private static List<String> java(String program, String... arguments) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(
                java,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xms8m",
                "-Xmx40m",
                "-Xss256k",
                "-XX:MaxMetaspaceSize=64m",
                "-Dio.netty.machineId=00:00:00:00:00:01",
                "-Dio.netty.eventLoopThreads=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.riser.cli.shop." + program));
        command.addAll(List.of(arguments));
        return command;
    }

    private void program(
            Children children,
            StateDirectory state,
            String name,
            String version,
            int copy,
            int port,
            String program,
            String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                "run",
                "--end-with-parent",
                "--state",
                state.toString(),
                "--namespace",
                "prod",
                "--name",
                name,
                "--label",
                "app=" + name,
                "--label",
                "version=" + version,
                "--port",
                Integer.toString(port),
                "--"));
        words.addAll(java(program, arguments));
        children.start("%s-%s-%d".formatted(name, version, copy), Launcher.command(words));
    }

    private Children.Child legacy(Children children, StateDirectory state, String address) {
        List<String> words = new ArrayList<>(List.of(
                "run",
                "--end-with-parent",
                "--state",
                state.toString(),
                "--namespace",
                "prod",
                "--name",
                "legacy",
                "--unmeshed",
                "--"));
        words.addAll(java("LegacyCaller", address, "8000"));
        return children.start("legacy", Launcher.command(words));
    }

    private Children.Child load(Children children, StateDirectory state) {
        List<String> words = new ArrayList<>(List.of(
                "run",
                "--end-with-parent",
                "--state",
                state.toString(),
                "--namespace",
                "prod",
                "--name",
                "shopper",
                "--"));
        words.addAll(java("Shopper", "prod", Integer.toString(requestsPerSecond), Long.toString(length.toSeconds())));
        return children.start("shopper", Launcher.command(words));
    }

    private static boolean answers(MeshApi api) {
        try {
            return api.get("/api/v1/mesh").has("version");
        } catch (CommandFailure notYet) {
            return false;
        }
    }

    private static boolean shopIsReady(MeshApi api) {
        Map<String, Integer> ready = new HashMap<>();
        for (JsonNode service : api.get("/api/v1/services")) {
            for (JsonNode endpoint : service.path("endpoints")) {
                if (endpoint.path("ready").asBoolean(false)) {
                    ready.merge(service.path("name").asString(""), 1, Integer::sum);
                }
            }
        }
        return EXPECTED_ENDPOINTS.entrySet().stream()
                .allMatch(expected -> expected.getValue().equals(ready.get(expected.getKey())));
    }

    private static String productAddress(MeshApi api) {
        for (JsonNode service : api.get("/api/v1/services")) {
            if (service.path("name").asString("").equals("product")) {
                String address =
                        service.path("endpoints").path(0).path("address").asString("");
                int colon = address.lastIndexOf(':');
                return colon > 0 && address.indexOf(':') == colon ? address.substring(0, colon) : address;
            }
        }
        throw CommandFailure.failed("the control plane does not know the service 'product'");
    }

    private void await(Children children, String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            refuseFallen(children);
            if (System.nanoTime() > deadline) {
                throw CommandFailure.failed(
                        "gave up waiting after %d s: until %s; run again with --state DIR and look into DIR/logs"
                                .formatted(START_LIMIT.toSeconds(), what));
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    private static void refuseFallen(Children children) {
        Optional<Children.Child> fallen = children.fallen();
        if (fallen.isPresent()) {
            Children.Child child = fallen.get();
            throw CommandFailure.failed("%s ended with code %d: %s; run again with --state DIR and look into DIR/logs"
                    .formatted(child.name(), child.process().exitValue(), child.lastLine()));
        }
    }

    /** The load's last word; empty where the user ended the demonstration. */
    private Optional<JsonNode> watch(Children children, StateDirectory state, MeshApi api, Children.Child load)
            throws InterruptedException {
        long next = System.nanoTime();
        boolean announced = false;
        while (true) {
            JsonNode line = lastReport(load);
            if (line.path("last").asBoolean(false)) {
                return Optional.of(line);
            }
            if (!load.process().isAlive() && lastReport(load).path("last").asBoolean(false)) {
                continue;
            }
            refuseFallen(children);
            if (form == Form.text && System.nanoTime() >= next) {
                next = System.nanoTime() + REFRESH.toNanos();
                announced = show(state, api, line, announced);
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    private static JsonNode lastReport(Children.Child load) {
        try {
            String line = load.lastLine();
            return line.startsWith("{") ? JSON.readTree(line) : JSON.createObjectNode();
        } catch (JacksonException halfWritten) {
            return JSON.createObjectNode();
        }
    }

    private boolean show(StateDirectory state, MeshApi api, JsonNode load, boolean announced) {
        JsonNode stat;
        JsonNode graph;
        try {
            stat = stat(api, "60s");
            graph = api.get("/api/v1/graph", Map.of("window", "60s"));
        } catch (CommandFailure unreachable) {
            err.println(unreachable.line());
            err.flush();
            return announced;
        }
        StringBuilder screen = new StringBuilder();
        if (isTerminal()) {
            screen.append("\u001b[H\u001b[2J");
        }
        screen.append("riser viz stat deploy -n prod\n");
        screen.append(GoldenSignals.table(stat, GoldenSignals.Scope.ONE_NAMESPACE, GoldenSignals.Detail.PLAIN)
                .text());
        screen.append("\nriser viz edges -n prod\n");
        screen.append(Edges.table(graph, "prod", GoldenSignals.Detail.PLAIN).text());
        screen.append("\nanswers by version: ")
                .append(load.path("versions"))
                .append("   failed: ")
                .append(load.path("failed").asLong(0))
                .append('\n');
        boolean repeats = isTerminal();
        if (!announced || repeats) {
            screen.append(hints(state, api));
        }
        out.println(screen);
        out.flush();
        return true;
    }

    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static String hints(StateDirectory state, MeshApi api) {
        String riser = Launcher.file().toString();
        return """

                Dashboard: %s
                Try next, in another terminal:
                  edit %s/config/istio-virtualservice-canary.yaml    # the weights, in force as soon as the file is saved
                  %s viz stat deploy -n prod --from deploy/frontend --state %s
                  %s run --state %s --namespace prod --name curl -- curl -sI http://product.prod.svc.cluster.local:8000
                  %s get virtualservices -A -o wide --state %s
                  %s proxies --state %s
                Ctrl-C ends all of it.
                """.formatted(dashboard(api), state, riser, state, riser, state, riser, state, riser, state);
    }

    /** Without root the mesh has a namespace of its own, into which no browser sees. */
    private static String dashboard(MeshApi api) {
        return Boolean.getBoolean("riser.rootless")
                ? "'%s viz dashboard' in another terminal shows it at %s/".formatted(Launcher.file(), api.address())
                : api.address() + "/";
    }

    private static JsonNode stat(MeshApi api, String window) {
        return api.get("/api/v1/stat", Map.of("kind", "deploy", "namespace", "prod", "window", window));
    }

    private Verdict judge(StateDirectory state, MeshApi api, JsonNode load, Children.Child legacy)
            throws InterruptedException {
        long requests = length.toSeconds() * requestsPerSecond;
        String window = (length.toSeconds() + START_LIMIT.toSeconds()) + "s";
        long deadline = System.nanoTime() + REPORTS_LIMIT.toNanos();
        while (true) {
            Verdict verdict = Verdict.of(
                    load,
                    requests,
                    api.get("/api/v1/graph", Map.of("window", window)),
                    stat(api, window),
                    legacy.lastLine(),
                    refusal(state));
            if (verdict.holds() || System.nanoTime() > deadline) {
                return verdict;
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    private static String refusal(StateDirectory state) {
        Path log = state.path().resolve("logs").resolve("proxy.log");
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("PLAINTEXT_REFUSED"))
                    .reduce((first, second) -> second)
                    .orElse("");
        } catch (IOException unreadable) {
            return "";
        }
    }

    private void report(Verdict verdict) {
        switch (form) {
            case json -> out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(verdict.document()));
            case text -> {
                out.println();
                for (Verdict.Check check : verdict.checks()) {
                    out.println("%s  %s: %s"
                            .formatted(check.holds() ? "ok    " : "BROKEN", check.promise(), check.found()));
                }
            }
        }
        out.flush();
    }

    private void say(String line) {
        PrintWriter where = switch (form) {
            case text -> out;
            case json -> err;
        };
        where.println(line);
        where.flush();
    }
}
