package dev.riser.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.proxy.balance.CircuitBreaker.Resource;
import dev.riser.proxy.balance.CircuitBreakerLimits.RetryBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CircuitBreakerTest {
    @ParameterizedTest
    @EnumSource(Resource.class)
    void noMorePermitsThanTheLimit(Resource resource) {
        CircuitBreaker breaker = new CircuitBreaker(new CircuitBreakerLimits(2, 2, 2, 2, null));

        assertThat(breaker.tryAcquire(resource)).isTrue();
        assertThat(breaker.tryAcquire(resource)).isTrue();
        assertThat(breaker.tryAcquire(resource)).isFalse();
        assertThat(breaker.inUse(resource)).isEqualTo(2);
        breaker.release(resource);
        assertThat(breaker.tryAcquire(resource)).isTrue();
    }

    @Test
    void aBudgetGrowsWithTheRequests() {
        CircuitBreaker breaker =
                new CircuitBreaker(new CircuitBreakerLimits(1024, 1024, 1024, 1, new RetryBudget(20, 3)));

        assertThat(breaker.limit(Resource.RETRIES)).isEqualTo(3);
        for (int i = 0; i < 40; i++) {
            breaker.tryAcquire(Resource.REQUESTS);
        }
        for (int i = 0; i < 10; i++) {
            breaker.tryAcquire(Resource.PENDING);
        }

        assertThat(breaker.limit(Resource.RETRIES)).isEqualTo(10);
    }

    @Test
    void newLimitsTakeNothingAway() {
        CircuitBreaker breaker = new CircuitBreaker(new CircuitBreakerLimits(9, 9, 9, 9, null));
        breaker.tryAcquire(Resource.REQUESTS);
        breaker.tryAcquire(Resource.REQUESTS);

        breaker.limits(new CircuitBreakerLimits(1, 1, 1, 1, null));

        assertThat(breaker.inUse(Resource.REQUESTS)).isEqualTo(2);
        assertThat(breaker.tryAcquire(Resource.REQUESTS)).isFalse();
    }

    @Test
    void severalThreadsNeverGetMoreThanTheLimit() throws Exception {
        CircuitBreaker breaker = new CircuitBreaker(new CircuitBreakerLimits(1, 1, 3, 1, null));
        AtomicInteger most = new AtomicInteger();
        AtomicInteger holders = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    if (breaker.tryAcquire(Resource.REQUESTS)) {
                        most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                        holders.decrementAndGet();
                        breaker.release(Resource.REQUESTS);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(most.get()).isBetween(1, 3);
        assertThat(breaker.inUse(Resource.REQUESTS)).isZero();
    }
}
