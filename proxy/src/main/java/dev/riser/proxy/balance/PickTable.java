package dev.riser.proxy.balance;

import dev.riser.proxy.balance.Endpoint.Health;
import dev.riser.proxy.balance.EndpointSet.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * From which endpoints to choose, computed whenever endpoints or their health change. Priorities share the load as in
 * Envoy: each bears what its available endpoints are thought to bear, the rest spills to the next; degraded endpoints
 * come after all healthy ones; where too few are available, health is ignored (panic).
 */
final class PickTable {
    static final PickTable EMPTY = new PickTable(new Pool[0], new long[0], Pick.Refused.NO_ENDPOINT, false);

    private final @Nullable Pool[] pools;
    private final long[] upTo;
    private final Pick.Refused nothing;
    private final boolean inPanic;

    private PickTable(@Nullable Pool[] pools, long[] upTo, Pick.Refused nothing, boolean inPanic) {
        this.pools = pools;
        this.upTo = upTo;
        this.nothing = nothing;
        this.inPanic = inPanic;
    }

    boolean inPanic() {
        return inPanic;
    }

    Pick pick(RandomGenerator random) {
        int count = pools.length;
        if (count == 0) {
            return nothing;
        }
        int chosen = count == 1 ? 0 : Pool.part(upTo, random.nextLong(upTo[count - 1]));
        Pool pool = pools[chosen];
        return pool == null ? nothing : pool.choose(random);
    }

    /** One that has not been tried, whatever its weight; null where all were. */
    @Nullable
    Host other(RandomGenerator random, RetryState avoided) {
        for (Pool pool : pools) {
            Host found = pool == null ? null : pool.other(random, avoided);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** One priority's endpoints by health. */
    private static final class Level {
        final List<Slice> slices = new ArrayList<>();
        int total;
        int healthy;
        int degraded;

        int available() {
            return healthy + degraded;
        }
    }

    /** One locality's endpoints of a priority. */
    private record Slice(int weight, List<Host> all, List<Host> healthy, List<Host> degraded) {
        List<Host> of(Kind kind) {
            return switch (kind) {
                case ALL -> all;
                case HEALTHY -> healthy;
                case DEGRADED -> degraded;
            };
        }
    }

    private enum Kind {
        ALL,
        HEALTHY,
        DEGRADED
    }

    static PickTable of(BalanceSettings settings, EndpointSet endpoints, Map<EndpointAddress, Host> hosts, int start) {
        Level[] levels = levels(endpoints, hosts);
        int total = 0;
        for (Level level : levels) {
            total += level.total;
        }
        if (total == 0) {
            return EMPTY;
        }
        int[] healthy = new int[levels.length];
        int[] degraded = new int[levels.length];
        int availability = 0;
        for (int i = 0; i < levels.length; i++) {
            healthy[i] = percent(levels[i].healthy, levels[i].total, endpoints.overprovisioningPercent());
            degraded[i] = percent(levels[i].degraded, levels[i].total, endpoints.overprovisioningPercent());
            availability += healthy[i] + degraded[i];
        }
        availability = Math.min(100, availability);

        boolean[] panic = new boolean[levels.length];
        boolean anyPanic = false;
        boolean allPanic = true;
        for (int i = 0; i < levels.length; i++) {
            double available = levels[i].total == 0 ? 0 : 100.0 * levels[i].available() / levels[i].total;
            panic[i] = availability < 100 && available < settings.panicPercent();
            anyPanic |= panic[i];
            allPanic &= panic[i];
        }

        Assembly assembly = new Assembly(settings, endpoints, start);
        if (allPanic) {
            for (Level level : levels) {
                if (level.total > 0) {
                    assembly.add(level, Kind.ALL, level.total);
                }
            }
        } else if (availability == 0) {
            return new PickTable(new Pool[0], new long[0], Pick.Refused.NO_HEALTHY_ENDPOINT, false);
        } else {
            share(assembly, levels, healthy, degraded, availability, panic);
        }
        return assembly.build(anyPanic && total > 0);
    }

    /** Gives each priority its part of 100, healthy ones first; what rounding leaves goes to the first that has a part. */
    private static void share(
            Assembly assembly, Level[] levels, int[] healthy, int[] degraded, int availability, boolean[] panic) {
        int[] healthyLoad = new int[levels.length];
        int[] degradedLoad = new int[levels.length];
        int left = 100;
        for (int i = 0; i < levels.length; i++) {
            healthyLoad[i] = Math.min(left, healthy[i] * 100 / availability);
            left -= healthyLoad[i];
        }
        for (int i = 0; i < levels.length; i++) {
            degradedLoad[i] = Math.min(left, degraded[i] * 100 / availability);
            left -= degradedLoad[i];
        }
        for (int i = 0; i < levels.length && left > 0; i++) {
            if (healthy[i] > 0) {
                healthyLoad[i] += left;
                left = 0;
            } else if (degraded[i] > 0) {
                degradedLoad[i] += left;
                left = 0;
            }
        }
        for (int i = 0; i < levels.length; i++) {
            if (panic[i]) {
                assembly.add(levels[i], Kind.ALL, healthyLoad[i] + degradedLoad[i]);
            } else {
                assembly.add(levels[i], Kind.HEALTHY, healthyLoad[i]);
                assembly.add(levels[i], Kind.DEGRADED, degradedLoad[i]);
            }
        }
    }

    private static int percent(int part, int whole, int overprovisioningPercent) {
        return whole == 0 ? 0 : (int) Math.min(100, (long) overprovisioningPercent * part / whole);
    }

    private static Level[] levels(EndpointSet endpoints, Map<EndpointAddress, Host> hosts) {
        int count = 0;
        for (Group group : endpoints.groups()) {
            count = Math.max(count, group.priority() + 1);
        }
        Level[] levels = new Level[count];
        for (int i = 0; i < count; i++) {
            levels[i] = new Level();
        }
        for (Group group : endpoints.groups()) {
            Level level = levels[group.priority()];
            Slice slice = new Slice(group.weight(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (Endpoint endpoint : group.endpoints()) {
                Host host = hosts.get(endpoint.address());
                if (host == null) {
                    continue;
                }
                slice.all.add(host);
                level.total++;
                Health health = host.health();
                switch (health) {
                    case HEALTHY -> {
                        slice.healthy.add(host);
                        level.healthy++;
                    }
                    case DEGRADED -> {
                        slice.degraded.add(host);
                        level.degraded++;
                    }
                    case UNHEALTHY -> {}
                }
            }
            level.slices.add(slice);
        }
        return levels;
    }

    /** Puts pools together. */
    private static final class Assembly {
        private final BalanceSettings settings;
        private final EndpointSet endpoints;
        private final List<@Nullable Pool> pools = new ArrayList<>();
        private final List<Long> loads = new ArrayList<>();
        private int start;

        Assembly(BalanceSettings settings, EndpointSet endpoints, int start) {
            this.settings = settings;
            this.endpoints = endpoints;
            this.start = start;
        }

        void add(Level level, Kind kind, long load) {
            if (load > 0) {
                pools.add(pool(level, kind));
                loads.add(load);
            }
        }

        private @Nullable Pool pool(Level level, Kind kind) {
            if (settings.localityWeighted()) {
                Pool weighted = byLocality(level, kind);
                if (weighted != null) {
                    return weighted;
                }
            }
            List<Host> hosts = new ArrayList<>();
            for (Slice slice : level.slices) {
                hosts.addAll(slice.of(kind));
            }
            return hosts.isEmpty() ? null : Pool.of(settings.policy(), hosts, start++);
        }

        /** Null where no locality has weight and an endpoint: then weights are ignored, as in Envoy. */
        private @Nullable Pool byLocality(Level level, Kind kind) {
            List<Pool> parts = new ArrayList<>();
            List<Long> weights = new ArrayList<>();
            for (Slice slice : level.slices) {
                List<Host> hosts = slice.of(kind);
                if (slice.weight > 0 && !hosts.isEmpty()) {
                    long borne = Math.min(
                            100L, (long) endpoints.overprovisioningPercent() * hosts.size() / slice.all.size());
                    parts.add(Pool.of(settings.policy(), hosts, start++));
                    weights.add(Math.max(1, slice.weight * borne));
                }
            }
            if (parts.isEmpty()) {
                return null;
            }
            return new Pool.ByLocality(parts.toArray(Pool[]::new), sums(weights));
        }

        private static long[] sums(List<Long> parts) {
            long[] upTo = new long[parts.size()];
            long total = 0;
            for (int i = 0; i < upTo.length; i++) {
                total += parts.get(i);
                upTo[i] = total;
            }
            return upTo;
        }

        PickTable build(boolean inPanic) {
            return new PickTable(
                    pools.toArray(new @Nullable Pool[0]), sums(loads), Pick.Refused.NO_HEALTHY_ENDPOINT, inPanic);
        }
    }
}
