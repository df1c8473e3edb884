package dev.riser.control.translate;

import dev.riser.control.world.IpText;
import java.util.Optional;

/** How resources are named: written here once, read back here once. ARCHITECTURE.md lists the forms. */
public final class ResourceNames {
    /** The listener for what reaches a workload. */
    public static final String VIRTUAL_INBOUND = "virtualInbound";
    /** The listener for what a workload sends to addresses that the mesh does not know. */
    public static final String VIRTUAL_OUTBOUND = "virtualOutbound";
    /** The cluster that goes where the caller went. */
    public static final String PASSTHROUGH = "PassthroughCluster";
    /** The cluster without endpoints. */
    public static final String BLACK_HOLE = "BlackHoleCluster";
    /** The cluster that leads to a port of the workload that nobody declared. */
    public static final String INBOUND_PASSTHROUGH = "InboundPassthroughCluster";

    /** Where proxies take what workloads send. */
    static final int OUTBOUND_PORT = 15001;
    /** Where proxies take what reaches workloads. */
    static final int INBOUND_PORT = 15006;

    /** Type URLs of what the generator makes. */
    public static final String LISTENER_TYPE = "type.googleapis.com/envoy.config.listener.v3.Listener";

    public static final String ROUTE_TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
    public static final String CLUSTER_TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    public static final String ENDPOINT_TYPE = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
    public static final String HOST_TYPE = "type.googleapis.com/riser.dns.v1.Host";

    private ResourceNames() {}

    /**
     * {@code outbound|<port>|<subset>|<host>}.
     *
     * @param subset a subset's name, an endpoint's address where only that endpoint is meant, or empty
     */
    public record OutboundCluster(int port, String subset, String host) {
        /** The name. */
        public String name() {
            return "outbound|" + port + "|" + subset + "|" + host;
        }

        /** {@code outbound_.<port>_.<subset>_.<host>}: the server name that connections ask for, as in Istio. */
        public String serverName() {
            return "outbound_." + port + "_." + subset + "_." + host;
        }

        /** Reads a name; nothing where it is of another form. */
        public static Optional<OutboundCluster> parse(String name) {
            String[] parts = name.split("\\|", -1);
            if (parts.length != 4 || !parts[0].equals("outbound")) {
                return Optional.empty();
            }
            return portOf(parts[1]).map(port -> new OutboundCluster(port, parts[2], parts[3]));
        }
    }

    /** {@code inbound|<port>||}: a port of the workload itself. */
    public record InboundCluster(int port) {
        /** The name. */
        public String name() {
            return "inbound|" + port + "||";
        }

        /** Reads a name; nothing where it is of another form. */
        public static Optional<InboundCluster> parse(String name) {
            return name.startsWith("inbound|") && name.endsWith("||")
                    ? portOf(name.substring("inbound|".length(), name.length() - 2))
                            .map(InboundCluster::new)
                    : Optional.empty();
        }
    }

    /** {@code <ip>_<port>}: a listener on demand. The address is in canonical text. */
    public record CalledAddress(String ip, int port) {
        /** The name. */
        public String name() {
            return ip + "_" + port;
        }

        /** Reads a name, with any text form of the address; nothing where it is of another form. */
        public static Optional<CalledAddress> parse(String name) {
            int separator = name.lastIndexOf('_');
            if (separator < 0) {
                return Optional.empty();
            }
            Optional<String> ip = IpText.parse(name.substring(0, separator));
            Optional<Integer> port = portOf(name.substring(separator + 1));
            return ip.isPresent() && port.isPresent()
                    ? Optional.of(new CalledAddress(ip.get(), port.get()))
                    : Optional.empty();
        }
    }

    /** {@code <host>:<port>}: a route configuration. */
    public record RoutedHost(String host, int port) {
        /** The name. */
        public String name() {
            return host + ":" + port;
        }

        /** Reads a name; nothing where it is of another form. */
        public static Optional<RoutedHost> parse(String name) {
            int separator = name.lastIndexOf(':');
            return separator < 0
                    ? Optional.empty()
                    : portOf(name.substring(separator + 1))
                            .map(port -> new RoutedHost(name.substring(0, separator), port));
        }
    }

    private static Optional<Integer> portOf(String text) {
        if (!text.matches("[0-9]{1,5}")) {
            return Optional.empty();
        }
        int port = Integer.parseInt(text);
        return port >= 1 && port <= 65535 ? Optional.of(port) : Optional.empty();
    }
}
