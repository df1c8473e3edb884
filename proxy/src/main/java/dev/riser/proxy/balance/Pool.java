package dev.riser.proxy.balance;

import dev.riser.proxy.balance.BalanceSettings.LeastRequest;
import dev.riser.proxy.balance.BalanceSettings.Policy;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Chooses among endpoints that are equal but for their weights. Immutable but for the turn of round robin. Any thread. */
sealed interface Pool {
    /** An endpoint of the pool. */
    Host choose(RandomGenerator random);

    /** One that has not been tried, from a random place onwards; null where all were. */
    @Nullable
    Host other(RandomGenerator random, RetryState avoided);

    private static @Nullable Host other(Host[] hosts, RandomGenerator random, RetryState avoided) {
        int start = random.nextInt(hosts.length);
        for (int i = 0; i < hosts.length; i++) {
            Host host = hosts[(start + i) % hosts.length];
            if (!avoided.tried(host)) {
                return host;
            }
        }
        return null;
    }

    /** A pool by a policy. There is at least one endpoint. */
    static Pool of(Policy policy, List<Host> hosts, int start) {
        if (hosts.size() == 1) {
            return new Single(hosts.get(0));
        }
        Host[] array = hosts.toArray(Host[]::new);
        return switch (policy) {
            case BalanceSettings.RoundRobin roundRobin -> InTurn.of(array, start);
            case BalanceSettings.Random byChance -> Drawn.of(array);
            case LeastRequest(int choices) -> new LeastBusy(Drawn.of(array), choices);
            case BalanceSettings.OriginalDestination original -> Drawn.of(array);
        };
    }

    /** One endpoint. */
    record Single(Host host) implements Pool {
        @Override
        public Host choose(RandomGenerator random) {
            return host;
        }

        @Override
        public @Nullable Host other(RandomGenerator random, RetryState avoided) {
            return avoided.tried(host) ? null : host;
        }
    }

    /**
     * In turn. With weights, the turn is written down once: every endpoint as often as its weight says, spread evenly
     * (earliest deadline first).
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record InTurn(Host[] hosts, int[] schedule, AtomicInteger turn) implements Pool {
        /** Longest schedule; weights are scaled down to it. At 8192 a share is off by less than a hundredth of a percent of the whole. */
        private static final int LONGEST = 8192;

        static InTurn of(Host[] hosts, int start) {
            int[] weights = new int[hosts.length];
            int divisor = 0;
            long total = 0;
            for (int i = 0; i < hosts.length; i++) {
                weights[i] = hosts[i].endpoint().weight();
                divisor = greatestCommonDivisor(weights[i], divisor);
                total += weights[i];
            }
            int longest = Math.max(LONGEST, hosts.length * 4);
            int length = 0;
            for (int i = 0; i < weights.length; i++) {
                weights[i] = total / divisor <= longest
                        ? weights[i] / divisor
                        : (int) Math.max(1, Math.round((double) weights[i] * longest / total));
                length += weights[i];
            }
            return new InTurn(hosts, schedule(weights, length), new AtomicInteger(start));
        }

        private static int[] schedule(int[] weights, int length) {
            record Due(double at, int index) {}
            PriorityQueue<Due> queue = new PriorityQueue<>((left, right) -> {
                int order = Double.compare(left.at, right.at);
                return order != 0 ? order : Integer.compare(left.index, right.index);
            });
            for (int i = 0; i < weights.length; i++) {
                queue.add(new Due(0.5 / weights[i], i));
            }
            int[] schedule = new int[length];
            for (int i = 0; i < length; i++) {
                Due next = queue.remove();
                schedule[i] = next.index;
                queue.add(new Due(next.at + 1.0 / weights[next.index], next.index));
            }
            return schedule;
        }

        private static int greatestCommonDivisor(int left, int right) {
            return right == 0 ? left : greatestCommonDivisor(right, left % right);
        }

        @Override
        public Host choose(RandomGenerator random) {
            return hosts[schedule[Integer.remainderUnsigned(turn.getAndIncrement(), schedule.length)]];
        }

        @Override
        public @Nullable Host other(RandomGenerator random, RetryState avoided) {
            return Pool.other(hosts, random, avoided);
        }
    }

    /** By chance; {@code upTo} are the sums of the weights, empty where all are alike. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record Drawn(Host[] hosts, long[] upTo) implements Pool {
        static Drawn of(Host[] hosts) {
            long[] upTo = new long[hosts.length];
            long total = 0;
            boolean alike = true;
            for (int i = 0; i < hosts.length; i++) {
                int weight = hosts[i].endpoint().weight();
                alike &= weight == hosts[0].endpoint().weight();
                total += weight;
                upTo[i] = total;
            }
            return new Drawn(hosts, alike ? new long[0] : upTo);
        }

        boolean weighted() {
            return upTo.length > 0;
        }

        @Override
        public Host choose(RandomGenerator random) {
            if (upTo.length == 0) {
                return hosts[random.nextInt(hosts.length)];
            }
            return hosts[part(upTo, random.nextLong(upTo[upTo.length - 1]))];
        }

        @Override
        public @Nullable Host other(RandomGenerator random, RetryState avoided) {
            return Pool.other(hosts, random, avoided);
        }
    }

    /** The first part whose sum is above the point. */
    static int part(long[] upTo, long point) {
        int low = 0;
        int high = upTo.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (upTo[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The least busy of a few that are drawn by weight. Load is compared by what there is to do for each unit of weight. */
    record LeastBusy(Drawn drawn, int choices) implements Pool {
        @Override
        public Host choose(RandomGenerator random) {
            Host best = drawn.choose(random);
            for (int i = 1; i < choices; i++) {
                Host other = drawn.choose(random);
                if (other != best && busier(best, other)) {
                    best = other;
                }
            }
            return best;
        }

        @Override
        public @Nullable Host other(RandomGenerator random, RetryState avoided) {
            return drawn.other(random, avoided);
        }

        /** Whether the left one has more to do for its weight. */
        private boolean busier(Host left, Host right) {
            if (!drawn.weighted()) {
                return left.activeRequests() > right.activeRequests();
            }
            long leftLoad = (long) left.activeRequests() * right.endpoint().weight();
            long rightLoad = (long) right.activeRequests() * left.endpoint().weight();
            return leftLoad > rightLoad;
        }
    }

    /** Several pools by weight; {@code upTo} are the sums of the weights. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, and read without a copy for every request
    record ByLocality(Pool[] pools, long[] upTo) implements Pool {
        @Override
        public Host choose(RandomGenerator random) {
            return pools[part(upTo, random.nextLong(upTo[upTo.length - 1]))].choose(random);
        }

        @Override
        public @Nullable Host other(RandomGenerator random, RetryState avoided) {
            for (Pool pool : pools) {
                Host found = pool.other(random, avoided);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
    }
}
