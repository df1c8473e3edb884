package dev.riser.proxy.snapshot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.route.IpAddress;
import dev.riser.proxy.route.IpRange;
import dev.riser.proxy.route.Origin;
import dev.riser.proxy.snapshot.FilterChainMatch.SourceType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterChainSelectionTest {
    @ParameterizedTest
    @CsvSource({
        "www.shop.test, exact",
        "img.shop.test, suffix",
        "a.b.shop.test, suffix",
        "x.img.shop.test, longer",
        "shop.test, any",
        "'', any"
    })
    void theMostSpecificServerNameWins(String serverName, String expected) {
        List<FilterChain> chains = List.of(
                chain("any", match().build()),
                chain("suffix", match().serverNames("*.shop.test").build()),
                chain("longer", match().serverNames("*.img.shop.test").build()),
                chain("exact", match().serverNames("www.shop.test", "other").build()));

        assertThat(select(chains, connection().serverName(serverName).build())).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3, host", "10.1.9.9, net", "10.9.9.9, wide", "192.168.0.1, any", "fd00::1, any"})
    void theLongestPrefixOfTheDestinationWins(String destination, String expected) {
        List<FilterChain> chains = List.of(
                chain("any", match().build()),
                chain("wide", match().destination("10.0.0.0", 8).build()),
                chain("net", match().destination("10.1.0.0", 16).build()),
                chain("host", match().destination("10.1.2.3", 32).build()));

        assertThat(select(chains, connection().destination(destination).build()))
                .isEqualTo(expected);
    }

    @Test
    void thePortComesBeforeEverythingElse() {
        List<FilterChain> chains = List.of(
                chain("name", match().serverNames("a.test").build()),
                chain("port", match().port(443).build()));

        assertThat(select(chains, connection().port(443).serverName("a.test").build()))
                .isEqualTo("port");
        assertThat(select(chains, connection().port(80).serverName("a.test").build()))
                .isEqualTo("name");
    }

    /** Envoy never goes back to a less specific criterion, and neither do we. */
    @Test
    void thereIsNoWayBack() {
        List<FilterChain> chains = List.of(
                chain("port and tls", match().port(443).transport("tls").build()), chain("any", match().build()));

        assertThat(select(chains, connection().port(443).transport("raw_buffer").build()))
                .isNull();
        assertThat(select(chains, connection().port(80).transport("raw_buffer").build()))
                .isEqualTo("any");
    }

    @Test
    void inboundPortsTellTlsFromPlaintextAndKindsByAlpn() {
        List<FilterChain> chains = List.of(
                chain(
                        "http",
                        match().port(8000)
                                .transport("tls")
                                .alpn("istio-h2", "istio-http/1.1")
                                .build()),
                chain(
                        "opaque",
                        match().port(8000).transport("tls").alpn("istio").build()),
                chain("tls", match().port(8000).transport("tls").build()),
                chain("plain", match().port(8000).transport("raw_buffer").build()));

        assertThat(select(
                        chains,
                        connection()
                                .port(8000)
                                .transport("tls")
                                .alpn("istio-h2", "h2")
                                .build()))
                .isEqualTo("http");
        assertThat(select(
                        chains,
                        connection()
                                .port(8000)
                                .transport("tls")
                                .alpn("h2", "http/1.1")
                                .build()))
                .as("an application's own")
                .isEqualTo("tls");
        assertThat(select(
                        chains,
                        connection()
                                .port(8000)
                                .transport("tls")
                                .alpn("istio", "h2")
                                .build()))
                .isEqualTo("opaque");
        assertThat(select(
                        chains,
                        connection().port(8000).transport("tls").alpn("mqtt").build()))
                .isEqualTo("tls");
        assertThat(select(chains, connection().port(8000).transport("tls").build()))
                .isEqualTo("tls");
        assertThat(select(
                        chains, connection().port(8000).transport("raw_buffer").build()))
                .isEqualTo("plain");
        assertThat(select(chains, connection().port(9).transport("raw_buffer").build()))
                .isNull();
    }

    @Test
    void clientsAreToldByTheirAddressesAndPorts() {
        List<FilterChain> chains = List.of(
                chain("local", match().source(SourceType.SAME_IP_OR_LOOPBACK).build()),
                chain("external", match().source(SourceType.EXTERNAL).build()));

        assertThat(select(chains, connection().source("127.0.0.1").build())).isEqualTo("local");
        assertThat(select(
                        chains,
                        connection().source("10.0.0.1").destination("10.0.0.1").build()))
                .isEqualTo("local");
        assertThat(select(chains, connection().source("10.0.0.2").build())).isEqualTo("external");
    }

    @Test
    void theDefaultChainTakesWhatNoOtherDoes() {
        CompiledListener listener = new CompiledListener(
                "l",
                new ListenerAddress("0.0.0.0", 1),
                List.of(),
                true,
                CompiledListener.Direction.UNSPECIFIED,
                List.of(chain("port", match().port(1).build())),
                chain("default", match().build()),
                false,
                false,
                false,
                false,
                Duration.ZERO,
                false,
                false,
                false,
                List.of(),
                "",
                Origin.UNKNOWN);

        assertThat(requireNonNull(listener.select(connection().port(1).build())).name())
                .isEqualTo("port");
        assertThat(requireNonNull(listener.select(connection().port(2).build())).name())
                .isEqualTo("default");
    }

    private static @Nullable String select(List<FilterChain> chains, ConnectionView connection) {
        FilterChain chain = FilterChainMatch.select(chains, connection);
        return chain == null ? null : chain.name();
    }

    private static FilterChain chain(String name, FilterChainMatch match) {
        return new FilterChain(
                name,
                match,
                null,
                Duration.ZERO,
                List.of(),
                new TcpProxy(
                        "", List.of(new TcpProxy.WeightedCluster("c", 1)), Duration.ZERO, Duration.ZERO, 1, List.of()),
                Origin.UNKNOWN);
    }

    private static Match match() {
        return new Match();
    }

    private static Connection connection() {
        return new Connection();
    }

    private static IpAddress address(String text) {
        return requireNonNull(IpAddress.parse(text));
    }

    private static final class Match {
        private int port;
        private List<IpRange> destinations = List.of();
        private List<String> serverNames = List.of();
        private String transport = "";
        private List<String> alpn = List.of();
        private SourceType source = SourceType.ANY;

        Match port(int value) {
            port = value;
            return this;
        }

        Match destination(String base, int length) {
            destinations = List.of(new IpRange(address(base), length));
            return this;
        }

        Match serverNames(String... names) {
            serverNames = Arrays.asList(names);
            return this;
        }

        Match transport(String value) {
            transport = value;
            return this;
        }

        Match alpn(String... names) {
            alpn = Arrays.asList(names);
            return this;
        }

        Match source(SourceType value) {
            source = value;
            return this;
        }

        FilterChainMatch build() {
            return new FilterChainMatch(
                    port, destinations, serverNames, transport, alpn, List.of(), source, List.of(), List.of());
        }
    }

    private static final class Connection {
        private String destination = "10.0.0.99";
        private int port = 1;
        private String source = "10.0.0.50";
        private String serverName = "";
        private String transport = "";
        private List<String> alpn = List.of();

        Connection destination(String value) {
            destination = value;
            return this;
        }

        Connection port(int value) {
            port = value;
            return this;
        }

        Connection source(String value) {
            source = value;
            return this;
        }

        Connection serverName(String value) {
            serverName = value;
            return this;
        }

        Connection transport(String value) {
            transport = value;
            return this;
        }

        Connection alpn(String... names) {
            alpn = Arrays.asList(names);
            return this;
        }

        ConnectionView build() {
            return new ConnectionView(
                    address(destination), port, address(source), address(source), 4711, serverName, transport, alpn);
        }
    }
}
