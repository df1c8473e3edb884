package dev.riser.xds.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamedRejectionsTest {
    @Test
    void oneLineForEachRefusedResourceNamesItAndItsReason() {
        assertThat(NamedRejections.attribute("a: too odd\nb: too even", List.of("a", "b", "c")))
                .isEqualTo(Map.of("a", "too odd", "b", "too even"));
    }

    @Test
    void aNameWithinALongerNameIsNotMeant() {
        assertThat(NamedRejections.attribute(
                        "outbound|80|v1|a.b.c: no", List.of("outbound|80|v1|a.b", "outbound|80|v1|a.b.c")))
                .containsOnlyKeys("outbound|80|v1|a.b.c");
        assertThat(NamedRejections.attribute("host:8000: no", List.of("host", "host:8000")))
                .containsOnlyKeys("host:8000");
    }

    @Test
    void envoysSentencesAreUnderstood() {
        assertThat(NamedRejections.attribute(
                        "Error adding/updating listener(s) virtualInbound: no filter chains specified\n",
                        List.of("virtualInbound", "virtualOutbound")))
                .containsOnlyKeys("virtualInbound");
    }

    @Test
    void aMessageThatNamesNoneMeansAll() {
        assertThat(NamedRejections.attribute("cannot parse", List.of("a", "b")))
                .isEqualTo(Map.of("a", "cannot parse", "b", "cannot parse"));
    }

    @Test
    void furtherLinesBelongToTheResourceBeforeThem() {
        assertThat(NamedRejections.attribute("a: first\n  second", List.of("a")))
                .isEqualTo(Map.of("a", "first\n  second"));
    }

    @Test
    void endlessReasonsAreCut() {
        assertThat(NamedRejections.attribute("a: " + "x".repeat(100_000), List.of("a"))
                        .get("a"))
                .hasSizeLessThan(3000);
    }
}
