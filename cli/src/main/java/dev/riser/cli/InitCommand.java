package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.Redirection;
import dev.riser.cli.net.RedirectionOptions;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets the redirection in the namespace it is started in. */
@Command(
        name = "init",
        description = "Redirect the TCP and DNS of this network namespace to the proxy, verify it, and exit.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Needs the capability NET_ADMIN. 'riser run' does this by itself; in a pod it is the init container's work.",
        })
final class InitCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Option(
            names = "--outbound-port",
            paramLabel = "PORT",
            defaultValue = "15001",
            description = "Where the proxy takes outgoing connections. Default: ${DEFAULT-VALUE}.")
    int outboundPort;

    @Option(
            names = "--inbound-port",
            paramLabel = "PORT",
            defaultValue = "15006",
            description = "Where the proxy takes incoming connections. Default: ${DEFAULT-VALUE}.")
    int inboundPort;

    @Option(
            names = "--dns-port",
            paramLabel = "PORT",
            defaultValue = "15053",
            description = "Where the proxy answers names. Default: ${DEFAULT-VALUE}.")
    int dnsPort;

    @Option(
            names = "--proxy-uid",
            paramLabel = "UID",
            split = ",",
            description = "Traffic of this user is the proxy's own, besides what carries the mark 1337.")
    List<Integer> proxyUsers = new ArrayList<>();

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
            description = "Connections to this port of the workload bypass the proxy; may be repeated.")
    List<Integer> excludedInboundPorts = new ArrayList<>();

    @Option(names = "--print", description = "Print the rules and change nothing.")
    boolean print;

    @Option(names = "--remove", description = "Take the redirection away.")
    boolean remove;

    @Override
    public Integer call() {
        RedirectionOptions options = new RedirectionOptions(
                port("--outbound-port", outboundPort),
                port("--inbound-port", inboundPort),
                port("--dns-port", dnsPort),
                excludedOutboundPorts,
                excludedOutboundNetworks,
                excludedInboundPorts,
                proxyUsers);
        PrintWriter out = terminal.out();
        if (print) {
            out.print(Redirection.rules(options));
            out.flush();
            return 0;
        }
        if (remove) {
            Redirection.remove();
            out.println("redirection removed");
            return 0;
        }
        Redirection.establish(options);
        out.println(
                switch (Redirection.verifyByConnecting(options)) {
                    case ARRIVED -> "redirection in force: a connection to 192.0.2.1:9 arrived at port " + outboundPort;
                    case NO_ROUTE ->
                        "redirection set; this namespace has no route out, so no connection could be tried";
                    case PORT_TAKEN ->
                        "redirection set; port %d is in use, so the proxy runs and no connection was tried"
                                .formatted(outboundPort);
                });
        return 0;
    }

    private static int port(String option, int number) {
        if (number < 1 || number > 65535) {
            throw CommandFailure.usage("%s is %d; allowed: 1 to 65535".formatted(option, number));
        }
        return number;
    }
}
