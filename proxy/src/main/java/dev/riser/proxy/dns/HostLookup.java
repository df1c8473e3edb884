package dev.riser.proxy.dns;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Asks discovery for a name of the mesh. Called on the resolver's event loop; may complete on any thread. */
@FunctionalInterface
public interface HostLookup {
    /**
     * The addresses of a name.
     *
     * @param fqdn fully qualified, lower case, without the trailing dot
     * @return empty where the name is not of the mesh; a failed stage is answered with SERVFAIL
     */
    CompletionStage<Optional<List<InetAddress>>> host(String fqdn);
}
