package dev.riser.cli.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A workload without capture: it shares the machine's network and hands its proxy what it sends. Pure.
 *
 * @param address the workload's own loopback address, at which all of its proxy's sockets are
 * @param upstreams destinations with a socket of their own
 */
record Uncaptured(String address, List<WorkloadRequest.Upstream> upstreams) {
    /** Where the proxy takes connections that a workload opens, as with capture. */
    private static final int OUTBOUND_PORT = 15001;

    /** Above the ports that the control plane gives to what comes in, of which there are 100 at the most. */
    private static final int FIRST_UPSTREAM_PORT = 15200;

    /** Every spelling that some client library reads; gRPC knows {@code grpc_proxy}, most others the rest. */
    private static final List<String> PROXY_VARIABLES =
            List.of("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "grpc_proxy");

    private static final List<String> EXCEPTION_VARIABLES = List.of("no_proxy", "NO_PROXY", "no_grpc_proxy");
    private static final String EXCEPTIONS = "localhost,127.0.0.1,::1";

    /**
     * A socket of the proxy for what the program sends.
     *
     * @param to {@code host:port}, empty where clients say it
     */
    record Entrance(String address, int port, String to) {}

    List<Entrance> entrances() {
        List<Entrance> entrances = new ArrayList<>();
        entrances.add(new Entrance(address, OUTBOUND_PORT, ""));
        for (int index = 0; index < upstreams.size(); index++) {
            WorkloadRequest.Upstream upstream = upstreams.get(index);
            entrances.add(new Entrance(address, FIRST_UPSTREAM_PORT + index, upstream.host() + ":" + upstream.port()));
        }
        return entrances;
    }

    /** What the program finds in its environment. */
    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        PROXY_VARIABLES.forEach(name -> environment.put(name, proxy()));
        EXCEPTION_VARIABLES.forEach(name -> environment.put(name, EXCEPTIONS));
        for (int index = 0; index < upstreams.size(); index++) {
            String name = upstreams.get(index).variable();
            environment.put(name + "_SERVICE_HOST", address);
            environment.put(name + "_SERVICE_PORT", Integer.toString(FIRST_UPSTREAM_PORT + index));
        }
        return environment;
    }

    private String proxy() {
        return "http://" + address + ":" + OUTBOUND_PORT;
    }

    /** Says what is not covered, in one line. */
    String notice(List<WorkloadRequest.Port> ports) {
        String outward = "nothing is captured: only what the program sends through http_proxy=%s%s is in the mesh"
                .formatted(proxy(), upstreams.isEmpty() ? "" : " and the ports of its upstreams");
        if (ports.isEmpty()) {
            return outward;
        }
        String own = ports.stream().map(port -> Integer.toString(port.number())).collect(Collectors.joining(", "));
        return "%s; who connects to port %s of this machine itself passes the mesh by, so let the program listen on 127.0.0.1 alone"
                .formatted(outward, own);
    }
}
