package dev.riser.cli.net;

import java.util.List;

/**
 * What is redirected to the proxy, and what is not.
 *
 * @param outboundPort where the proxy takes connections that the workload opens
 * @param inboundPort where the proxy takes connections that come to the workload
 * @param dnsPort where the proxy answers names, over UDP and TCP
 * @param excludedOutboundPorts destination ports that leave as they are
 * @param excludedOutboundNetworks destination networks (CIDR, IPv4 or IPv6) that leave as they are
 * @param excludedInboundPorts ports of the workload that are reached without the proxy
 * @param proxyUsers user ids whose traffic is the proxy's own, besides what carries the mark
 */
public record RedirectionOptions(
        int outboundPort,
        int inboundPort,
        int dnsPort,
        List<Integer> excludedOutboundPorts,
        List<String> excludedOutboundNetworks,
        List<Integer> excludedInboundPorts,
        List<Integer> proxyUsers) {
    /** The mark on every socket of the proxy; the redirection lets it pass. */
    public static final int PROXY_MARK = 1337;

    /**
     * The mark on sockets with which the proxy reaches out for its workload. It passes as the other does, except where
     * the destination turns out to be the workload itself: that connection goes to the inbound side, as it would on
     * another machine.
     */
    public static final int PROXY_OUTWARD_MARK = 1338;

    /** The ports Istio's users know, nothing excluded. */
    public static final RedirectionOptions STANDARD =
            new RedirectionOptions(15001, 15006, 15053, List.of(), List.of(), List.of(), List.of());

    public RedirectionOptions {
        excludedOutboundPorts = List.copyOf(excludedOutboundPorts);
        excludedOutboundNetworks = List.copyOf(excludedOutboundNetworks);
        excludedInboundPorts = List.copyOf(excludedInboundPorts);
        proxyUsers = List.copyOf(proxyUsers);
    }

    /** The same with other ports and networks left alone. */
    public RedirectionOptions excluding(
            List<Integer> outboundPorts, List<String> outboundNetworks, List<Integer> inboundPorts) {
        return new RedirectionOptions(
                outboundPort, inboundPort, dnsPort, outboundPorts, outboundNetworks, inboundPorts, proxyUsers);
    }
}
