package dev.riser.proxy.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** What the control socket can ask of a shared proxy. Called on the socket's event loop; stages may complete on any thread. */
public interface WorkloadControl {
    /** Takes a workload in; completes when it is ready, fails with a message for the caller otherwise. */
    CompletionStage<Void> adopt(Adoption adoption);

    /** Drains a workload and lets it go; completes when its listeners are closed. */
    CompletionStage<Void> release(String id);

    /** The workloads served now. */
    List<AdminView.WorkloadSummary> list();

    /** Ends the process in good order; the reply is sent first. */
    void stop();

    /**
     * A socket at which a program that is not captured hands its traffic over.
     *
     * @param address literal
     * @param port of the socket
     * @param to {@code host:port} of all its connections; empty where clients say it, as to an HTTP proxy
     */
    record Entrance(String address, int port, String to) {}

    /**
     * A workload handed over.
     *
     * @param id the control plane's id of the workload
     * @param addresses in text form, IPv4 and IPv6
     * @param netns path of the network namespace, empty for the process's own
     * @param entrances where the program itself hands over what it sends; none where its traffic is redirected
     * @param pid the program's process id, 0 where there is none to watch
     * @param token the workload's bearer token; never logged
     * @param xds host and port of the control plane
     * @param rootCa path of the trust bundle
     */
    record Adoption(
            String id,
            String namespace,
            String name,
            String instance,
            String serviceAccount,
            Map<String, String> labels,
            List<Integer> ports,
            List<String> addresses,
            String netns,
            List<Entrance> entrances,
            long pid,
            String token,
            String xds,
            String rootCa) {
        public Adoption {
            labels = Map.copyOf(labels);
            ports = List.copyOf(ports);
            addresses = List.copyOf(addresses);
            entrances = List.copyOf(entrances);
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "workload " + namespace + "/" + name + " (" + id + ")";
        }
    }
}
