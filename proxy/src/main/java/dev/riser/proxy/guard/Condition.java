package dev.riser.proxy.guard;

import dev.riser.proxy.route.HeaderMatch;
import dev.riser.proxy.route.IpRange;
import dev.riser.proxy.route.RequestView;
import dev.riser.proxy.route.StringMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A permission or a principal of a policy. Both languages share their conditions. */
public sealed interface Condition {

    /** Always. */
    record Always() implements Condition {}

    /** All of these. */
    record All(List<Condition> conditions) implements Condition {
        /** Copies the list. */
        public All {
            conditions = List.copyOf(conditions);
        }
    }

    /** Any of these. */
    record Any(List<Condition> conditions) implements Condition {
        /** Copies the list. */
        public Any {
            conditions = List.copyOf(conditions);
        }
    }

    /** Not this. */
    record Not(Condition condition) implements Condition {}

    /** A request header. */
    record Header(HeaderMatch match) implements Condition {}

    /** The request's path without query. */
    record UrlPath(StringMatch match) implements Condition {}

    /** The address connected to. */
    record DestinationIp(IpRange range) implements Condition {}

    /** The port connected to, from {@code start} (inclusive) to {@code end} (exclusive). */
    record DestinationPort(int start, int end) implements Condition {}

    /** The server name of the TLS handshake. */
    record ServerName(StringMatch match) implements Condition {}

    /** The peer's address on the socket. */
    record DirectRemoteIp(IpRange range) implements Condition {}

    /** The client's address. */
    record RemoteIp(IpRange range) implements Condition {}

    /**
     * The peer showed a verified certificate with this name: one of its URI names, else, where it has none, one of its
     * DNS names, else, where it has none, its subject.
     *
     * @param name null: any name
     */
    record Authenticated(@Nullable StringMatch name) implements Condition {}

    /** Whether this holds. Conditions on requests never hold where there is none. */
    default boolean matches(ConnectionFacts connection, @Nullable RequestView request) {
        return switch (this) {
            case Always always -> true;
            case All(List<Condition> conditions) -> {
                for (int i = 0; i < conditions.size(); i++) {
                    if (!conditions.get(i).matches(connection, request)) {
                        yield false;
                    }
                }
                yield true;
            }
            case Any(List<Condition> conditions) -> {
                for (int i = 0; i < conditions.size(); i++) {
                    if (conditions.get(i).matches(connection, request)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Not(Condition condition) -> !condition.matches(connection, request);
            case Header(HeaderMatch match) -> request != null && match.matches(request);
            case UrlPath(StringMatch match) -> request != null && matchesPath(match, request.path());
            case DestinationIp(IpRange range) -> range.contains(connection.localAddress());
            case DestinationPort(int start, int end) -> connection.localPort() >= start && connection.localPort() < end;
            case ServerName(StringMatch match) -> match.matches(connection.requestedServerName());
            case DirectRemoteIp(IpRange range) -> range.contains(connection.directRemoteAddress());
            case RemoteIp(IpRange range) -> range.contains(connection.remoteAddress());
            case Authenticated(StringMatch name) -> authenticated(name, connection.peer());
        };
    }

    private static boolean matchesPath(StringMatch match, CharSequence path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '?' && path.charAt(end) != '#') {
            end++;
        }
        return match.matches(path, 0, end);
    }

    private static boolean authenticated(@Nullable StringMatch name, ConnectionFacts.@Nullable PeerCertificate peer) {
        if (peer == null) {
            return false;
        }
        if (name == null) {
            return true;
        }
        if (!peer.uriNames().isEmpty()) {
            return anyMatches(name, peer.uriNames());
        }
        if (!peer.dnsNames().isEmpty()) {
            return anyMatches(name, peer.dnsNames());
        }
        return name.matches(peer.subject());
    }

    private static boolean anyMatches(StringMatch match, List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (match.matches(names.get(i))) {
                return true;
            }
        }
        return false;
    }
}
