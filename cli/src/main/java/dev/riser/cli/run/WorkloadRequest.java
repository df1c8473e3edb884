package dev.riser.cli.run;

import dev.riser.cli.failure.CommandFailure;
import dev.riser.cli.net.RedirectionOptions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A program that wants to be a workload of the mesh.
 *
 * @param services names of services it is an endpoint of, besides those that select it
 * @param capture how its traffic gets to the proxy
 * @param upstreams destinations that get a loopback port of their own, only without capture
 * @param companion what stands between it and the network
 */
public record WorkloadRequest(
        String namespace,
        String name,
        List<String> services,
        Map<String, String> labels,
        List<Port> ports,
        String serviceAccount,
        Capture capture,
        List<Upstream> upstreams,
        Companion companion,
        RedirectionOptions redirection) {
    private static final int MOST_PORT = 65_535;

    /** How a program's traffic gets to its proxy. */
    public enum Capture {
        /** It has a network of its own, in which connections are redirected. */
        REDIRECTION,
        /** It runs in the machine's network and sends it there itself. */
        NONE
    }

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
        upstreams = List.copyOf(upstreams);
    }

    /** A destination that is called on a loopback port. */
    public record Upstream(String host, int port) {
        /** Reads {@code redis.prod:6379}. */
        public static Upstream parse(String text) {
            int colon = text.lastIndexOf(':');
            String host = colon < 0 ? "" : text.substring(0, colon);
            String number = text.substring(colon + 1);
            if (!host.matches("[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?") || !isPort(number)) {
                throw CommandFailure.usage(
                        "--upstream '%s' is not HOST:PORT; write it as redis:6379 or redis.prod:6379".formatted(text));
            }
            return new Upstream(host, Integer.parseInt(number));
        }

        /** As Kubernetes begins the names of variables that announce a Service: {@code PRODUCT_STORE}. */
        String variable() {
            String name = host.contains(".") ? host.substring(0, host.indexOf('.')) : host;
            return name.toUpperCase(Locale.ROOT).replace('-', '_');
        }
    }

    private static boolean isPort(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MOST_PORT;
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
            if (!isPort(number) || !name.matches("([a-z0-9]([-a-z0-9]*[a-z0-9])?)?")) {
                throw CommandFailure.usage(
                        "'%s' is not a port; write a number from 1 to 65535, with a name where needed: 8000 or 8000:http"
                                .formatted(text));
            }
            return new Port(Integer.parseInt(number), name);
        }
    }
}
