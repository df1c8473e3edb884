package dev.riser.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimeFormatTest {
    @Test
    void datesAgreeWithTheLibrarysCalendar() throws Exception {
        TimeFormat format = TimeFormat.compile("%Y-%m-%d %H:%M:%S.%6f %j %a %b", 0);
        DateTimeFormatter date = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS ", Locale.ENGLISH);
        DateTimeFormatter rest = DateTimeFormatter.ofPattern("DDD EEE ", Locale.ENGLISH);
        DateTimeFormatter month = DateTimeFormatter.ofPattern("MMM", Locale.ENGLISH);
        Random random = new Random(7);
        LineBuffer out = new LineBuffer();

        for (int round = 0; round < 5_000; round++) {
            long micros = random.nextLong(0, 7_000_000_000_000_000L);
            out.begin(LineBuffer.Escaping.TEXT);
            format.write(micros, out);
            OffsetDateTime moment = Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000)
                    .atOffset(ZoneOffset.UTC);
            assertThat(new String(out.array(), 0, out.length(), StandardCharsets.US_ASCII))
                    .isEqualTo(date.format(moment) + rest.format(moment) + month.format(moment));
        }
    }
}
