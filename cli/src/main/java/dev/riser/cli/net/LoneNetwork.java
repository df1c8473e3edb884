package dev.riser.cli.net;

/** A network for one workload that calls itself through the mesh, in the network namespace of the process. */
public final class LoneNetwork {
    private static final String LINK = "rv0";
    private static final String PURPOSE = "the rehearsal's network cannot be made";

    private LoneNetwork() {}

    /**
     * Makes a link with the address, routes services' addresses over it, and sets the redirection. Only for a namespace
     * that ends with the process.
     *
     * @param address the workload's IPv4 address
     */
    public static void establish(String address) {
        ip("link", "set", "lo", "up");
        ip("link", "add", LINK, "type", "veth", "peer", "name", "rv1");
        ip("link", "set", "rv1", "up");
        ip("link", "set", LINK, "up");
        ip("address", "add", address + "/16", "dev", LINK);
        ip("route", "add", "10.90.0.0/16", "dev", LINK);
        Redirection.establish(RedirectionOptions.STANDARD);
    }

    private static void ip(String... arguments) {
        Tool.IP.run(PURPOSE, "", arguments);
    }
}
