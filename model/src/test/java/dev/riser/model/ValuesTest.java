package dev.riser.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "1s, PT1S",
        "1.5s, PT1.5S",
        "1h2m3s, PT1H2M3S",
        "500ms, PT0.5S",
        "10us, PT0.00001S",
        "0, PT0S",
        "-2s, PT-2S"
    })
    void durations_are_read(String text, Duration expected) {
        assertThat(Durations.parse(text)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "1 s", "1d", "1s2", "-", "1e3s", "999999999999h"})
    void what_is_no_duration_is_not_read(String text) {
        assertThat(Durations.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "reviews, prod, reviews.prod.svc.cluster.local",
        "Reviews, prod, reviews.prod.svc.cluster.local",
        "reviews.shop.svc.cluster.local, prod, reviews.shop.svc.cluster.local",
        "api.example.com., prod, api.example.com",
        "*.example.com, prod, *.example.com",
        "*, prod, *"
    })
    void names_are_resolved_in_the_namespace_of_who_mentions_them(String host, String namespace, String expected) {
        assertThat(HostNames.resolve(host, namespace)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "a.b.c, a.b.c, true",
        "*.b.c, a.b.c, true",
        "*.b.c, b.c, false",
        "*, anything, true",
        "a.b.c, x.b.c, false"
    })
    void wildcards_cover_what_ends_like_them(String pattern, String host, boolean covered) {
        assertThat(HostNames.covers(pattern, host)).isEqualTo(covered);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.1.2.128/25, 10.1.2.127, false",
        "10.1.2.128/25, 10.1.2.200, true",
        "10.1.2.3, 10.1.2.3, true",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, ::1, false",
        "fd00::/8, fd12::1, true"
    })
    void blocks_contain_addresses(String block, String address, boolean contained) {
        assertThat(IpBlock.parse(block).contains(InetAddress.ofLiteral(address)))
                .isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "fd00::/129",
                "10.0.0.0/",
                "10.1",
                "010.0.0.1",
                "fe80::1%eth0",
                "[::1]"
            })
    void what_is_no_block_is_refused(String text) {
        assertThatThrownBy(() -> IpBlock.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "TCP, '', http, HTTP",
        "TCP, '', http-web, HTTP",
        "TCP, '', grpc-web, GRPC",
        "TCP, '', web, AUTO",
        "TCP, '', '', AUTO",
        "TCP, http2, tcp, HTTP2",
        "TCP, HTTPS, http, TLS",
        "TCP, kubernetes.io/h2c, '', HTTP2",
        "TCP, '', redis, TCP",
        "UDP, '', http, UDP",
        "TCP, example.com/own, http, AUTO"
    })
    void the_protocol_of_a_port_is_what_app_protocol_or_else_its_name_says(
            String transport, String appProtocol, String name, PortProtocol expected) {
        assertThat(PortProtocol.of(transport, appProtocol, name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/api/v[0-9]+/.*",
                "^(?i)GET|POST$",
                "[a-z]{1,63}(\\.[a-z]{2,10}){1,4}",
                "[^]\\]a]{3}x*y+z?",
                "\\Qa{1000}(\\E{5}",
                "\\p{Greek}{2,}\\x{10FFFF}",
                "((a{10}){10}){10}",
                "(?P<name>ab?){7}"
            })
    void the_size_of_an_expression_is_estimated_from_above(String expression) {
        int size = com.google.re2j.Pattern.compile(expression).programSize();
        assertThat(RegexSize.estimate(expression) + 4).isGreaterThanOrEqualTo(size);
        assertThat(RegexSize.estimate(expression)).isLessThan(4L * size + 20);
    }

    @Test
    void expressions_that_would_exhaust_memory_are_seen_without_compiling_them() {
        assertThat(RegexSize.estimate("((a{1000}){1000}){1000}")).isGreaterThan(1_000_000_000L);
        assertThat(RegexSize.estimate("(((((((a{1000}){1000}){1000}){1000}){1000}){1000}){1000}"))
                .isPositive();
        assertThat(RegexSize.estimate("[]]{999}[a](?:b{1,1000}){1000,}")).isGreaterThan(1_000_000L);
    }

    @Test
    void export_decides_who_sees_an_object() {
        assertThat(Visibility.visible(List.of(), "a", "b")).isTrue();
        assertThat(Visibility.visible(List.of("*"), "a", "b")).isTrue();
        assertThat(Visibility.visible(List.of("."), "a", "b")).isFalse();
        assertThat(Visibility.visible(List.of("."), "a", "a")).isTrue();
        assertThat(Visibility.visible(List.of("c", "b"), "a", "b")).isTrue();
    }

    @Test
    void a_percentage_lies_between_0_and_100() {
        assertThat(new Percentage(0.0001).ofAMillion()).isEqualTo(1);
        assertThatThrownBy(() -> new Percentage(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Percentage(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
