package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpTextTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1",
        "fd90:0:0:0:0:0:0:7, fd90::7",
        "FD90::7, fd90::7",
        "::, ::",
        "::1, ::1",
        "1:0:0:2:0:0:0:3, 1:0:0:2::3",
        "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
        "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    })
    void everyFormOfAnAddressHasOneText(String given, String canonical) {
        assertThat(IpText.canonical(given)).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "10.0.0", "7", "fe80::1%eth0", "10.0.0.256", "fd90::7::1", "localhost"})
    void whatIsNoLiteralIsNoAddress(String given) {
        assertThat(IpText.parse(given)).isEmpty();
    }
}
