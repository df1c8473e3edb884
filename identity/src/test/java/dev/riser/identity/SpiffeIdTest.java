package dev.riser.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SpiffeIdTest {
    @Test
    void serviceAccountFormIsReadApart() {
        SpiffeId id = SpiffeId.parse("spiffe://cluster.local/ns/prod/sa/product");

        assertThat(id.trustDomain()).isEqualTo(new TrustDomain("cluster.local"));
        assertThat(id.namespace()).contains("prod");
        assertThat(id.serviceAccount()).contains("product");
        assertThat(id).isEqualTo(new TrustDomain("cluster.local").serviceAccount("prod", "product"));
        assertThat(id.text()).isEqualTo("spiffe://cluster.local/ns/prod/sa/product");
    }

    @Test
    void otherFormsHaveNoNamespace() {
        for (String text : List.of(
                "spiffe://d",
                "spiffe://d/ns/prod",
                "spiffe://d/ns/prod/sa/a/b",
                "spiffe://d/sa/a/ns/prod",
                "spiffe://d/x/prod/sa/a")) {
            assertThat(SpiffeId.parse(text).namespace()).as(text).isEmpty();
            assertThat(SpiffeId.parse(text).serviceAccount()).as(text).isEmpty();
        }
    }

    @Test
    void serviceAccountWithSlashCannotSmuggleAnotherNamespace() {
        TrustDomain domain = new TrustDomain("d");

        assertThatThrownBy(() -> domain.serviceAccount("a/sa/b", "c")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> domain.serviceAccount("", "c")).isInstanceOf(IllegalArgumentException.class);
    }

    @TestFactory
    List<DynamicTest> idsOutsideTheGrammarAreRefused() {
        return List.of(
                        "",
                        "spiffe://",
                        "spiffe:///path",
                        "SPIFFE://d/a",
                        "Spiffe://d/a",
                        "https://d/a",
                        "spiffe:/d/a",
                        "spiffe://D/a",
                        "spiffe://d:80/a",
                        "spiffe://user@d/a",
                        "spiffe://d/",
                        "spiffe://d/a/",
                        "spiffe://d//a",
                        "spiffe://d/a//b",
                        "spiffe://d/.",
                        "spiffe://d/../a",
                        "spiffe://d/a%20b",
                        "spiffe://d/a%2fb",
                        "spiffe://d%2e/a",
                        "spiffe://d/a?query",
                        "spiffe://d/a#fragment",
                        "spiffe://d?query",
                        "spiffe://d/ä",
                        "spiffe://ä/a",
                        "spiffe://d/a b",
                        " spiffe://d/a",
                        "spiffe://d/a\n",
                        "spiffe://d/a\u0000",
                        "spiffe://" + "d".repeat(256) + "/a",
                        "spiffe://d/" + "a".repeat(2048))
                .stream()
                .map(text -> DynamicTest.dynamicTest("\"%.60s\"".formatted(text), () -> {
                    assertThatThrownBy(() -> SpiffeId.parse(text)).isInstanceOf(IllegalArgumentException.class);
                    assertThat(SpiffeId.tryParse(text)).isEmpty();
                }))
                .toList();
    }

    @Test
    void longestIdIsAccepted() {
        String text = "spiffe://d/" + "a".repeat(2048 - "spiffe://d/".length());

        assertThat(SpiffeId.parse(text).text()).isEqualTo(text);
    }
}
