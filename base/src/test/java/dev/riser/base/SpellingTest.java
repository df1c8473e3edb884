package dev.riser.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
    @ParameterizedTest
    @CsvSource({
        "timeOut, timeout",
        "retires, retries",
        "rout, route",
        "macth, match",
        "host, hosts",
        "consecutive5xxError, consecutive5xxErrors",
        "PERMISIVE, permissive"
    })
    void finds_what_was_meant(String typed, String meant) {
        List<String> names = List.of(
                "timeout",
                "retries",
                "route",
                "match",
                "hosts",
                "consecutive5xxErrors",
                "permissive",
                "directResponse");
        assertThat(Spelling.closest(typed, names)).contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"v3", "fault", "xyz", "completelyDifferent"})
    void stays_silent_where_nothing_is_near(String typed) {
        assertThat(Spelling.closest(typed, List.of("v1", "v2", "timeout", "route")))
                .isEmpty();
    }

    @Test
    void takes_the_alphabetically_first_of_equally_near_names() {
        assertThat(Spelling.closest("cart", List.of("card", "carb"))).contains("carb");
    }

    @ParameterizedTest
    @CsvSource({"'', abc, 3", "abc, abc, 0", "ab, ba, 1", "kitten, sitting, 3"})
    void counts_edits(String left, String right, int edits) {
        assertThat(Spelling.distance(left, right)).isEqualTo(edits);
        assertThat(Spelling.distance(right, left)).isEqualTo(edits);
    }
}
