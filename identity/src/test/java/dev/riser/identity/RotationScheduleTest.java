package dev.riser.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RotationScheduleTest {
    private static final Instant START = Instant.parse("2026-11-25T10:00:00Z");

    @Test
    void renewsAtTwoThirdsOfLifeWithTenPercentOfChance() {
        Instant end = START.plus(Duration.ofHours(24));

        assertThat(new RotationSchedule(always(0.5)).renewAt(START, end)).isEqualTo(START.plus(Duration.ofHours(16)));
        assertThat(Duration.between(START, new RotationSchedule(always(0)).renewAt(START, end)))
                .isBetween(Duration.ofMinutes(863), Duration.ofMinutes(865));
        assertThat(Duration.between(START, new RotationSchedule(always(0.999999)).renewAt(START, end)))
                .isBetween(Duration.ofMinutes(1055), Duration.ofMinutes(1057));
    }

    @Test
    void expiredCertificateIsRenewedAtOnce() {
        assertThat(new RotationSchedule(always(0.5)).renewAt(START, START.minusSeconds(1)))
                .isEqualTo(START);
    }

    @Test
    void retriesGrowAndNeverReachPastExpiry() {
        RotationSchedule schedule = new RotationSchedule(new Random(7));
        Instant end = START.plus(Duration.ofHours(8));
        Duration last = Duration.ZERO;
        for (int failures = 1; failures < 40; failures++) {
            Instant next = schedule.retryAt(START, failures, end);
            assertThat(next).isAfter(START).isBeforeOrEqualTo(end);
            last = Duration.between(START, next);
        }
        assertThat(last).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));
        assertThat(schedule.retryAt(START, 30, START.plusMillis(100))).isBeforeOrEqualTo(START.plusMillis(100));
    }

    @Test
    void shortLivesGetSeveralRetries() {
        RotationSchedule schedule = new RotationSchedule(always(0.999));
        Instant now = START;
        Instant end = START.plusSeconds(10);
        int attempts = 0;
        while (now.isBefore(end)) {
            attempts++;
            now = schedule.retryAt(now, attempts, end);
        }
        assertThat(attempts).isGreaterThanOrEqualTo(8);
    }

    @Test
    void withoutACertificateToLoseRetriesGoOnEveryTwoSeconds() {
        Instant next = new RotationSchedule(always(0.999)).retryAt(START, 30, Instant.EPOCH);

        assertThat(Duration.between(START, next)).isBetween(Duration.ofMillis(1900), Duration.ofSeconds(2));
    }

    private static RandomGenerator always(double value) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new AssertionError("only doubles are drawn");
            }

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }
}
