package dev.riser.proxy.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AskedTest {
    @ParameterizedTest
    @CsvSource({
        "product:8000, product, 8000",
        "Product.Prod, product.prod, 80",
        "product., product, 80",
        "[fd88::7]:8000, fd88::7, 8000",
        "[fd88::7], fd88::7, 80",
        "user:word@product:81, product, 81",
    })
    void anAuthorityIsReadAsHostAndPort(String text, String host, int port) {
        assertThat(Asked.parse(text, 80)).isEqualTo(Optional.of(new Asked(host, port)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":80", "product:x", "product:0", "product:65536", "[fd88::7", "[fd88::7]x:80", "a]:80"})
    void whatIsNoAuthorityIsNotRead(String text) {
        assertThat(Asked.parse(text, 80)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"product", "product:", "[fd88::7]"})
    void aTunnelMustNameItsPort(String text) {
        assertThat(Asked.parse(text, 0)).isEmpty();
    }
}
