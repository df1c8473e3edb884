package dev.riser.cli.run;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.RedirectionOptions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program that wants to be a workload of the mesh.
 *
 * @param services names of services it is an endpoint of, besides those that select it
 * @param companion what stands between it and the network
 */
public record WorkloadRequest(
        String namespace,
        String name,
        List<String> services,
        Map<String, String> labels,
        List<Port> ports,
        String serviceAccount,
        Companion companion,
        RedirectionOptions redirection) {
    /** What stands between a program and the network. */
    public enum Companion {
        SHARED_PROXY,
        OWN_PROXY,
        NONE
    }

    public WorkloadRequest {
        services = List.copyOf(services);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        ports = List.copyOf(ports);
    }

    /**
     * A port the program listens on.
     *
     * @param name empty where none was given; its part before the first dash declares the protocol
     */
    public record Port(int number, String name) {
        /** Reads {@code 8000} or {@code 8000:http}. */
        public static Port parse(String text) {
            int colon = text.indexOf(':');
            String number = colon < 0 ? text : text.substring(0, colon);
            String name = colon < 0 ? "" : text.substring(colon + 1);
            if (!number.matches("[0-9]{1,5}")
                    || Integer.parseInt(number) < 1
                    || Integer.parseInt(number) > 65535
                    || !name.matches("([a-z0-9]([-a-z0-9]*[a-z0-9])?)?")) {
                throw CommandFailure.usage(
                        "'%s' is not a port; write a number from 1 to 65535, with a name where needed: 8000 or 8000:http"
                                .formatted(text));
            }
            return new Port(Integer.parseInt(number), name);
        }
    }
}
