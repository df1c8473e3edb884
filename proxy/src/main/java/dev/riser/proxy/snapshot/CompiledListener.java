package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.Origin;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener.
 *
 * @param name the resource's name
 * @param address where it listens
 * @param additionalAddresses where it listens besides
 * @param bindToPort whether it has a socket; without one it only takes connections handed over by {@code useOriginalDst}
 * @param direction of the traffic
 * @param filterChains in the order of the resource
 * @param defaultFilterChain for connections that no other chain matches; null: they are closed
 * @param useOriginalDst whether connections are handed to the listener of their original destination
 * @param restoresOriginalDestination whether the original destination is read from the socket
 * @param needsTlsInspector whether the client hello is read before a chain is chosen
 * @param needsHttpInspector whether plaintext is sniffed for HTTP before a chain is chosen
 * @param inspectorTimeout how long the inspectors wait; {@link Duration#ZERO}: for ever
 * @param continueOnInspectorTimeout whether the connection goes on when they gave up, else it is closed
 * @param proxyProtocol whether a PROXY header is expected
 * @param proxyProtocolOptional whether a connection without PROXY header is taken too
 * @param accessLogs for connections that no chain matched
 * @param statPrefix name in metrics, may be empty
 * @param origin where it came from
 */
public record CompiledListener(
        String name,
        ListenerAddress address,
        List<ListenerAddress> additionalAddresses,
        boolean bindToPort,
        Direction direction,
        List<FilterChain> filterChains,
        @Nullable FilterChain defaultFilterChain,
        boolean useOriginalDst,
        boolean restoresOriginalDestination,
        boolean needsTlsInspector,
        boolean needsHttpInspector,
        Duration inspectorTimeout,
        boolean continueOnInspectorTimeout,
        boolean proxyProtocol,
        boolean proxyProtocolOptional,
        List<AccessLog> accessLogs,
        String statPrefix,
        Origin origin) {

    /** Copies the lists. */
    public CompiledListener {
        additionalAddresses = List.copyOf(additionalAddresses);
        filterChains = List.copyOf(filterChains);
        accessLogs = List.copyOf(accessLogs);
    }

    /** Of the traffic, seen from the workload. */
    public enum Direction {
        UNSPECIFIED,
        INBOUND,
        OUTBOUND
    }

    /**
     * The chain for a connection; null: none matches and there is no default.
     *
     * @param connection as the inspectors saw it
     */
    public @Nullable FilterChain select(ConnectionView connection) {
        FilterChain best = FilterChainMatch.select(filterChains, connection);
        return best == null ? defaultFilterChain : best;
    }

    /**
     * The chain of this listener that took the place of one of its predecessor: of the same name or, where that has none,
     * for the same connections; null where there is none.
     */
    public @Nullable FilterChain successor(FilterChain before) {
        for (FilterChain chain : FilterChain.all(this)) {
            if (before.name().isEmpty()
                    ? chain.match().equals(before.match())
                    : chain.name().equals(before.name())) {
                return chain;
            }
        }
        return null;
    }

    /** Names of the route configurations that chains fetch by name. */
    public List<String> routeNames() {
        return FilterChain.routeNames(this);
    }

    /** Names of the clusters that chains name themselves, in TCP proxies and inline route tables. */
    public List<String> clusterNames() {
        return FilterChain.clusterNames(this);
    }

    /** Names of the secrets that chains fetch by name. */
    public List<String> secretNames() {
        return FilterChain.secretNames(this);
    }
}
