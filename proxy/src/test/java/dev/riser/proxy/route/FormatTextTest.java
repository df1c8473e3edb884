package dev.riser.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormatTextTest {
    private static final FormatContext CONTEXT = new FakeContext(
            Requests.get("http://a.test/cart?x").with("x-id", "abcdef"),
            Map.of("server", "nginx"),
            Map.of(
                    FormatVariable.PROTOCOL,
                    "HTTP/2",
                    FormatVariable.DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT,
                    "10.0.0.1"));

    @ParameterizedTest
    @CsvSource({
        "plain,                               plain",
        "100%%,                               100%",
        "%PROTOCOL%,                          HTTP/2",
        "<%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%>, <10.0.0.1>",
        "%REQ(X-Id)%,                         abcdef",
        "%REQ(X-Id):3%,                       abc",
        "%REQ(X-Id):99%,                      abcdef",
        "%REQ(X-None?X-Id)%,                  abcdef",
        "%REQ(X-None?X-Other)%,               -",
        "%REQ(:METHOD)% %REQ(:PATH)%,         GET /cart?x",
        "%REQ(:AUTHORITY)%,                   a.test",
        "%RESP(Server)%,                      nginx",
        "%RESP(X?Server):2%,                  ng",
        "%RESPONSE_CODE%,                     -"
    })
    void commandsAreReplacedByTheirValues(String format, String expected) {
        StringBuilder out = new StringBuilder();

        FormatText.compile(format).append(CONTEXT, out, "-");

        assertThat(out).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "50% off",
                "%NO_SUCH_THING%",
                "%REQ()%",
                "%REQ%",
                "%REQ(x):y%",
                "%REQ(x)z%",
                "%PROTOCOL(x)%",
                "%REQ(x%"
            })
    void whatIsNoCommandIsRefused(String format) {
        assertThatThrownBy(() -> FormatText.compile(format))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("%");
    }
}
