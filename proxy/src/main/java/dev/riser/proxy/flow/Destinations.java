package dev.riser.proxy.flow;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;

/** Where a name leads that a program has told its proxy. Callable on event loops; must not block. */
public interface Destinations {
    /**
     * Fails with a message for the program where the name leads nowhere; completes on any thread.
     *
     * @param host a name or an address, IPv6 without brackets
     */
    CompletionStage<InetSocketAddress> find(String host, int port);
}
