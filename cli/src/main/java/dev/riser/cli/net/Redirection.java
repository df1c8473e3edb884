package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The nftables rules that send a workload's TCP and DNS to its proxy, in the network namespace of the calling thread.
 * They are set in one transaction, before the program starts: without a proxy behind them connections are refused, never
 * let through.
 */
public final class Redirection {
    /** Ports of the proxy and the control plane, never captured on the way in. */
    private static final String RESERVED_PORTS = "15000-15099";

    /** An address that belongs to nobody (RFC 5737), for asking where a connection goes. */
    private static final byte[] NOWHERE = {(byte) 192, 0, 2, 1};

    private static final int NOWHERE_PORT = 9;
    private static final long VERIFY_MILLISECONDS = 2000;

    private Redirection() {}

    /** Sets the rules in place of older ones and asks the kernel whether they are in force. */
    public static void establish(RedirectionOptions options) {
        Tool.NFT.run("the redirection cannot be set", rules(options), "-f", "-");
        verifyListing(options);
    }

    /** Takes the rules away; nothing happens where there are none. */
    public static void remove() {
        Tool.NFT.ask("", "delete", "table", "inet", "riser");
    }

    /** The transaction as {@code nft -f} reads it. */
    public static String rules(RedirectionOptions options) {
        Set<String> networks4 = new TreeSet<>();
        Set<String> networks6 = new TreeSet<>();
        for (String network : options.excludedOutboundNetworks()) {
            (network.contains(":") ? networks6 : networks4).add(checkedNetwork(network));
        }
        StringBuilder text = new StringBuilder();
        // Adding before deleting makes the deletion succeed on a first run; all of it is one transaction.
        text.append("add table inet riser\n");
        text.append("delete table inet riser\n");
        text.append("table inet riser {\n");
        text.append("  chain output {\n");
        text.append("    type nat hook output priority -100; policy accept;\n");
        if (!options.excludedInboundPorts().isEmpty()) {
            text.append("    oifname \"lo\" tcp dport ")
                    .append(set(options.excludedInboundPorts()))
                    .append(" return\n");
        }
        text.append("    oifname \"lo\" meta mark %d ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :%d\n"
                .formatted(RedirectionOptions.PROXY_OUTWARD_MARK, options.inboundPort()));
        text.append("    oifname \"lo\" meta mark %d ip6 daddr != ::1 meta l4proto tcp redirect to :%d\n"
                .formatted(RedirectionOptions.PROXY_OUTWARD_MARK, options.inboundPort()));
        text.append("    meta mark { %d, %d } return\n"
                .formatted(RedirectionOptions.PROXY_MARK, RedirectionOptions.PROXY_OUTWARD_MARK));
        if (!options.proxyUsers().isEmpty()) {
            text.append("    meta skuid ").append(set(options.proxyUsers())).append(" return\n");
        }
        text.append("    oifname \"lo\" return\n");
        if (!networks4.isEmpty()) {
            text.append("    ip daddr { ").append(String.join(", ", networks4)).append(" } return\n");
        }
        if (!networks6.isEmpty()) {
            text.append("    ip6 daddr { ").append(String.join(", ", networks6)).append(" } return\n");
        }
        text.append("    udp dport 53 redirect to :%d\n".formatted(options.dnsPort()));
        text.append("    tcp dport 53 redirect to :%d\n".formatted(options.dnsPort()));
        if (!options.excludedOutboundPorts().isEmpty()) {
            text.append("    tcp dport ")
                    .append(set(options.excludedOutboundPorts()))
                    .append(" return\n");
        }
        text.append("    meta l4proto tcp redirect to :%d\n".formatted(options.outboundPort()));
        text.append("  }\n");
        text.append("  chain prerouting {\n");
        text.append("    type nat hook prerouting priority -100; policy accept;\n");
        text.append("    iifname \"lo\" return\n");
        text.append("    tcp dport ").append(RESERVED_PORTS).append(" return\n");
        if (!options.excludedInboundPorts().isEmpty()) {
            text.append("    tcp dport ")
                    .append(set(options.excludedInboundPorts()))
                    .append(" return\n");
        }
        text.append("    meta l4proto tcp redirect to :%d\n".formatted(options.inboundPort()));
        text.append("  }\n");
        text.append("  chain input {\n");
        text.append("    type filter hook input priority 0; policy accept;\n");
        text.append("    iifname \"lo\" accept\n");
        // From outside these ports may be reached by redirection only: a direct connection has no destination to go to.
        text.append("    tcp dport { %d, %d, %d } ct status dnat accept\n"
                .formatted(options.outboundPort(), options.inboundPort(), options.dnsPort()));
        text.append("    tcp dport { %d, %d, %d } reject with tcp reset\n"
                .formatted(options.outboundPort(), options.inboundPort(), options.dnsPort()));
        text.append("    udp dport %d drop\n".formatted(options.dnsPort()));
        text.append("  }\n");
        text.append("}\n");
        return text.toString();
    }

    private static String set(List<Integer> numbers) {
        return numbers.stream().sorted().distinct().map(Object::toString).collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static String checkedNetwork(String network) {
        if (!network.matches("[0-9a-fA-F:.]+(/[0-9]{1,3})?")) {
            throw CommandFailure.usage("'%s' is not a network; write it as 10.0.0.0/8 or fd00::/8".formatted(network));
        }
        return network.toLowerCase(Locale.ROOT);
    }

    private static void verifyListing(RedirectionOptions options) {
        String listed = Tool.NFT.run("the redirection cannot be read back", "", "list", "table", "inet", "riser");
        for (String needed : List.of(
                "redirect to :" + options.outboundPort(),
                "redirect to :" + options.inboundPort(),
                "redirect to :" + options.dnsPort())) {
            if (!listed.contains(needed)) {
                throw CommandFailure.failed(
                        "the redirection was accepted and is not in force: '%s' is missing from 'nft list table inet riser'"
                                .formatted(needed));
            }
        }
    }

    /** What trying the redirection has shown. */
    public enum Trial {
        /** A connection to elsewhere arrived at the proxy's port. */
        ARRIVED,
        /** The namespace has no way out, so no connection begins. */
        NO_ROUTE,
        /** Something, presumably the proxy, listens at the proxy's port already. */
        PORT_TAKEN
    }

    /**
     * Opens a connection to an address of nobody and sees whether it arrives at the outbound port. The calling thread
     * must be in the namespace. Throws where the connection goes elsewhere.
     */
    public static Trial verifyByConnecting(RedirectionOptions options) {
        try (ServerSocketChannel listener = ServerSocketChannel.open();
                SocketChannel caller = SocketChannel.open();
                Selector selector = Selector.open()) {
            try {
                listener.bind(new InetSocketAddress(options.outboundPort()));
            } catch (BindException taken) {
                return Trial.PORT_TAKEN;
            }
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            caller.configureBlocking(false);
            try {
                boolean ignored =
                        caller.connect(new InetSocketAddress(InetAddress.getByAddress(NOWHERE), NOWHERE_PORT));
            } catch (IOException noRoute) {
                return Trial.NO_ROUTE;
            }
            selector.select(VERIFY_MILLISECONDS);
            try (SocketChannel arrived = listener.accept()) {
                if (arrived == null) {
                    throw CommandFailure.failed(
                            "the redirection is not in force: a connection to 192.0.2.1:9 did not arrive at port %d within %d ms; other nftables or iptables rules in this namespace may come first"
                                    .formatted(options.outboundPort(), VERIFY_MILLISECONDS));
                }
                return Trial.ARRIVED;
            }
        } catch (IOException e) {
            throw CommandFailure.failed(
                    "the redirection cannot be verified: port %d: %s".formatted(options.outboundPort(), e.getMessage()),
                    e);
        }
    }
}
