package dev.riser.proxy.snapshot;

import dev.riser.proxy.guard.RbacFilter;
import dev.riser.proxy.route.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done with the connections of one kind.
 *
 * @param name may be empty
 * @param match which connections
 * @param tls how TLS is terminated; null: it is not
 * @param handshakeTimeout how long the handshake may take; {@link Duration#ZERO}: for ever
 * @param networkRbac rules for the connection, in order
 * @param terminal HTTP or bytes
 * @param origin where it came from
 */
public record FilterChain(
        String name,
        FilterChainMatch match,
        @Nullable DownstreamTls tls,
        Duration handshakeTimeout,
        List<RbacFilter> networkRbac,
        Terminal terminal,
        Origin origin) {

    /** Copies the list. */
    public FilterChain {
        networkRbac = List.copyOf(networkRbac);
    }

    /** The last filter of the chain. */
    public sealed interface Terminal permits HttpConnection, TcpProxy {}

    static List<FilterChain> all(CompiledListener listener) {
        List<FilterChain> all = new ArrayList<>(listener.filterChains());
        FilterChain last = listener.defaultFilterChain();
        if (last != null) {
            all.add(last);
        }
        return all;
    }

    static List<String> routeNames(CompiledListener listener) {
        Set<String> names = new LinkedHashSet<>();
        for (FilterChain chain : all(listener)) {
            if (chain.terminal instanceof HttpConnection http
                    && http.routes() instanceof HttpConnection.ByName(String name)) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }

    static List<String> clusterNames(CompiledListener listener) {
        Set<String> names = new LinkedHashSet<>();
        for (FilterChain chain : all(listener)) {
            switch (chain.terminal) {
                case TcpProxy tcp -> names.addAll(tcp.clusterNames());
                case HttpConnection http -> {
                    if (http.routes() instanceof HttpConnection.Inline(var table)) {
                        names.addAll(table.clusterNames());
                    }
                }
            }
        }
        return List.copyOf(names);
    }

    static List<String> secretNames(CompiledListener listener) {
        Set<String> names = new LinkedHashSet<>();
        for (FilterChain chain : all(listener)) {
            if (chain.tls != null) {
                names.addAll(chain.tls.common().secretNames());
            }
        }
        return List.copyOf(names);
    }
}
