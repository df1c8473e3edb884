package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryMatchTest {
    @ParameterizedTest
    @CsvSource({
        "/?v=1, true",
        "/?v=2, false",
        "/?a=b&v=1, true",
        "/?v=2&v=1, false",
        "/?v, false",
        "/?vv=1, false",
        "/?xv=1, false",
        "/v=1, false",
        "/?v=1#f, true",
        "/#?v=1, false",
        "/?v=%31, false",
        "/?&&v=1, true",
        "/?, false"
    })
    void theFirstParameterOfTheNameDecides(String path, boolean matches) {
        assertThat(new QueryMatch("v", new StringMatch.Exact("1", false), true).matches(path))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"/?debug, true", "/?debug=0, true", "/?a=1&debug, true", "/?a=debug, false", "/, false"})
    void aParameterMayHaveToBeThereOnly(String path, boolean there) {
        assertThat(new QueryMatch("debug", null, true).matches(path)).isEqualTo(there);
        assertThat(new QueryMatch("debug", null, false).matches(path)).isNotEqualTo(there);
    }
}
