package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.route.IpRange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which connections a filter chain is for. Empty lists, 0 and empty strings match everything.
 *
 * @param destinationPort 0: any
 * @param destinationRanges of the address connected to
 * @param serverNames exact names and {@code *.suffix}, lower case
 * @param transportProtocol {@code tls}, {@code raw_buffer} or empty
 * @param applicationProtocols any of them
 * @param directSourceRanges of the socket's peer
 * @param sourceType of the client's address
 * @param sourceRanges of the client's address
 * @param sourcePorts of the client
 */
public record FilterChainMatch(
        int destinationPort,
        List<IpRange> destinationRanges,
        List<String> serverNames,
        String transportProtocol,
        List<String> applicationProtocols,
        List<IpRange> directSourceRanges,
        SourceType sourceType,
        List<IpRange> sourceRanges,
        List<Integer> sourcePorts) {

    /** Where the client is. */
    public enum SourceType {
        ANY,
        SAME_IP_OR_LOOPBACK,
        EXTERNAL
    }

    /** Every connection. */
    public static final FilterChainMatch ANY = new FilterChainMatch(
            0, List.of(), List.of(), "", List.of(), List.of(), SourceType.ANY, List.of(), List.of());

    /** How well a chain matches by one criterion: higher is more specific. */
    private static final int NO_MATCH = -1;

    /** Copies the lists. */
    public FilterChainMatch {
        destinationRanges = List.copyOf(destinationRanges);
        serverNames = List.copyOf(serverNames);
        applicationProtocols = List.copyOf(applicationProtocols);
        directSourceRanges = List.copyOf(directSourceRanges);
        sourceRanges = List.copyOf(sourceRanges);
        sourcePorts = List.copyOf(sourcePorts);
    }

    /**
     * The chain for a connection: criterion by criterion in Envoy's order, only the chains that match most specifically
     * by one criterion go on to the next, and there is no way back. Runs once for each connection.
     */
    static @Nullable FilterChain select(List<FilterChain> chains, ConnectionView connection) {
        List<FilterChain> left = chains;
        left = keep(left, match -> match.port(connection));
        left = keep(left, match -> longest(match.destinationRanges, connection.destination()));
        left = keep(left, match -> match.serverName(connection.serverName()));
        left = keep(left, match -> match.transport(connection.transportProtocol()));
        left = keep(left, match -> match.application(connection.applicationProtocols()));
        left = keep(left, match -> longest(match.directSourceRanges, connection.directSource()));
        left = keep(left, match -> match.source(connection));
        left = keep(left, match -> longest(match.sourceRanges, connection.source()));
        left = keep(left, match -> match.sourcePort(connection.sourcePort()));
        return left.isEmpty() ? null : left.get(0);
    }

    private static List<FilterChain> keep(List<FilterChain> chains, ToIntFunction<FilterChainMatch> criterion) {
        List<FilterChain> kept = new ArrayList<>(chains.size());
        int best = NO_MATCH;
        for (int i = 0; i < chains.size(); i++) {
            FilterChain chain = chains.get(i);
            int specific = criterion.applyAsInt(chain.match());
            if (specific == NO_MATCH || specific < best) {
                continue;
            }
            if (specific > best) {
                kept.clear();
                best = specific;
            }
            kept.add(chain);
        }
        return kept;
    }

    private int port(ConnectionView connection) {
        if (destinationPort == 0) {
            return 0;
        }
        return destinationPort == connection.destinationPort() ? 1 : NO_MATCH;
    }

    private static int longest(List<IpRange> ranges, IpAddress address) {
        if (ranges.isEmpty()) {
            return 0;
        }
        int best = NO_MATCH;
        for (int i = 0; i < ranges.size(); i++) {
            IpRange range = ranges.get(i);
            if (range.contains(address)) {
                best = Math.max(best, range.prefixLength() + 1);
            }
        }
        return best;
    }

    private int serverName(String name) {
        if (serverNames.isEmpty()) {
            return 0;
        }
        int best = NO_MATCH;
        for (int i = 0; i < serverNames.size(); i++) {
            String wanted = serverNames.get(i);
            if (wanted.startsWith("*")) {
                String suffix = wanted.substring(1);
                if (name.length() > suffix.length() && name.endsWith(suffix)) {
                    best = Math.max(best, wanted.length());
                }
            } else if (wanted.equals(name)) {
                best = Integer.MAX_VALUE;
            }
        }
        return best;
    }

    private int transport(String protocol) {
        if (transportProtocol.isEmpty()) {
            return 0;
        }
        return transportProtocol.equals(protocol) ? 1 : NO_MATCH;
    }

    /** Client hellos list protocols by preference, so the first one that any chain wants decides. */
    private int application(List<String> offered) {
        if (applicationProtocols.isEmpty()) {
            return 0;
        }
        for (int i = 0; i < offered.size(); i++) {
            if (applicationProtocols.contains(offered.get(i))) {
                return offered.size() - i;
            }
        }
        return NO_MATCH;
    }

    private int source(ConnectionView connection) {
        return switch (sourceType) {
            case ANY -> 0;
            case SAME_IP_OR_LOOPBACK -> local(connection) ? 1 : NO_MATCH;
            case EXTERNAL -> local(connection) ? NO_MATCH : 1;
        };
    }

    private static boolean local(ConnectionView connection) {
        return connection.source().loopback() || connection.source().equals(connection.destination());
    }

    private int sourcePort(int port) {
        if (sourcePorts.isEmpty()) {
            return 0;
        }
        return sourcePorts.contains(port) ? 1 : NO_MATCH;
    }
}
