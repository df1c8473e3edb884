package dev.riser.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import org.junit.jupiter.api.Test;

class PemTest {
    @Test
    void keysSurviveTheWayThroughText() {
        KeyPair keys = P256.generate();

        String text = "some words\n" + Pem.of(keys.getPrivate()) + Pem.of(keys.getPublic());

        assertThat(Pem.privateKey(text)).isEqualTo(keys.getPrivate());
        assertThat(Pem.publicKey(text)).isEqualTo(keys.getPublic());
    }

    @Test
    void windowsLineEndsAndSurroundingTextAreSkipped() {
        Pem block = new Pem("X", new byte[100]);

        assertThat(Pem.read("a\r\n" + block.text().replace("\n", "\r\n") + "b"))
                .singleElement()
                .satisfies(read -> assertThat(read.der()).isEqualTo(new byte[100]));
    }

    @Test
    void brokenBlocksAreRefused() {
        assertThatThrownBy(() -> Pem.read("-----BEGIN X-----\nAAAA\n")).hasMessageContaining("does not end");
        assertThatThrownBy(() -> Pem.read("-----BEGIN X-----\n*\n-----END X-----"))
                .hasMessageContaining("base64");
        assertThatThrownBy(() -> Pem.privateKey("nothing")).hasMessageContaining("no PRIVATE KEY");
        assertThatThrownBy(() -> Pem.certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"))
                .hasMessageContaining("cannot be read");
    }
}
