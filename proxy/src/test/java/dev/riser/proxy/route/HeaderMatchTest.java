package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import dev.riser.proxy.route.HeaderMatch.Condition;
import dev.riser.proxy.route.HeaderMatch.HeaderName;
import dev.riser.proxy.route.HeaderMatch.Presence;
import dev.riser.proxy.route.HeaderMatch.Range;
import dev.riser.proxy.route.HeaderMatch.Value;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderMatchTest {
    private static final Condition EXACT = new Value(new StringMatch.Exact("on", false));

    @ParameterizedTest
    @CsvSource({
        // value, inverted, missing is empty, matches "on"
        "on,    false, false, true",
        "off,   false, false, false",
        "on,    true,  false, false",
        "off,   true,  false, true",
        ",      false, false, false",
        ",      true,  false, false",
        ",      false, true,  false",
        ",      true,  true,  true"
    })
    void anAbsentHeaderMatchesOnlyWhereItCountsAsEmpty(
            String value, boolean invert, boolean missingIsEmpty, boolean matches) {
        assertThat(match(EXACT, invert, missingIsEmpty).matches(request(value))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "x, true,  false, true", "x, true,  true, false", "x, false, false, false", "x, false, true, true",
        ",  true,  false, false", ", true,  true, true", ",  false, false, true", ",  false, true, false"
    })
    void presenceCanBeAskedForAndTurnedRound(String value, boolean present, boolean invert, boolean matches) {
        assertThat(match(new Presence(present), invert, false).matches(request(value)))
                .isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "9, false",
        "10, true",
        "+11, true",
        "19, true",
        "20, false",
        "-10, false",
        "10.5, false",
        "'', false",
        "-, false",
        "1x, false",
        "9223372036854775807, false",
        "9223372036854775808, false",
        "18446744073709551626, false"
    })
    void aRangeIncludesItsStartAndNotItsEnd(String value, boolean matches) {
        assertThat(match(new Range(10, 20), false, false).matches(request(value)))
                .isEqualTo(matches);
    }

    @Test
    void theSmallestNumberIsInTheWidestRange() {
        assertThat(match(new Range(Long.MIN_VALUE, Long.MAX_VALUE), false, false)
                        .matches(request("-9223372036854775808")))
                .isTrue();
    }

    @Test
    void aRegularExpressionMatchesTheWholeValue() {
        Condition regex = new Value(new StringMatch.Regex(Pattern.compile("a+")));

        assertThat(match(regex, false, false).matches(request("aaa"))).isTrue();
        assertThat(match(regex, false, false).matches(request("aab"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({":method, GET", ":authority, a.test", "Host, a.test", ":path, /p?q", ":scheme, https"})
    void pseudoHeadersAreRead(String name, String value) {
        HeaderMatch match =
                new HeaderMatch(HeaderName.of(name), new Value(new StringMatch.Exact(value, false)), false, false);

        assertThat(match.matches(Requests.get("https://a.test/p?q"))).isTrue();
        assertThat(match.matches(Requests.get("http://b.test/other").by("PUT"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "prefix, /Ab, false", "prefix, /Ab, true", "suffix, bC, false", "suffix, bC, true",
        "contains, Ab, false", "contains, Ab, true", "exact, /AbbC, false", "exact, /AbbC, true"
    })
    void textIsComparedWithOrWithoutCase(String kind, String value, boolean ignoreCase) {
        StringMatch match = switch (kind) {
            case "prefix" -> new StringMatch.Prefix(value, ignoreCase);
            case "suffix" -> new StringMatch.Suffix(value, ignoreCase);
            case "contains" -> new StringMatch.Contains(value, ignoreCase);
            default -> new StringMatch.Exact(value, ignoreCase);
        };

        assertThat(match.matches("/AbbC")).isTrue();
        assertThat(match.matches(AsciiString.of("/aBBc"))).isEqualTo(ignoreCase);
        assertThat(match.matches("x")).isFalse();
        assertThat(match.matches("..-/AbbC-..", 3, 8)).isTrue();
    }

    private static HeaderMatch match(Condition condition, boolean invert, boolean missingIsEmpty) {
        return new HeaderMatch(HeaderName.of("X-Flag"), condition, invert, missingIsEmpty);
    }

    private static RequestView request(String value) {
        Requests.Fake request = Requests.get("http://a.test/");
        return value == null ? request : request.with("x-flag", value);
    }
}
