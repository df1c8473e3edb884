package dev.riser.proxy.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the virtual host of an authority as Envoy does: exact name, then the longest {@code *.suffix}, then the longest
 * {@code prefix.*}, then {@code *}. Case is ignored. Look-ups allocate nothing.
 */
final class HostIndex {
    private final HostTable exact;
    private final HostTable[] suffixes;
    private final int[] suffixLengths;
    private final HostTable[] prefixes;
    private final int[] prefixLengths;
    private final RouteTable.@Nullable Host any;

    private HostIndex(Builder builder) {
        exact = new HostTable(builder.exact);
        suffixLengths = lengths(builder.suffixes);
        suffixes = tables(builder.suffixes);
        prefixLengths = lengths(builder.prefixes);
        prefixes = tables(builder.prefixes);
        any = builder.any;
    }

    RouteTable.@Nullable Host find(CharSequence authority, int end) {
        RouteTable.Host host = exact.find(authority, 0, end);
        if (host != null) {
            return host;
        }
        for (int i = 0; i < suffixes.length; i++) {
            int length = suffixLengths[i];
            if (length < end) {
                host = suffixes[i].find(authority, end - length, end);
                if (host != null) {
                    return host;
                }
            }
        }
        for (int i = 0; i < prefixes.length; i++) {
            int length = prefixLengths[i];
            if (length < end) {
                host = prefixes[i].find(authority, 0, length);
                if (host != null) {
                    return host;
                }
            }
        }
        return any;
    }

    private static int[] lengths(Map<Integer, List<Named>> byLength) {
        return byLength.keySet().stream().mapToInt(Integer::intValue).toArray();
    }

    private static HostTable[] tables(Map<Integer, List<Named>> byLength) {
        return byLength.values().stream().map(HostTable::new).toArray(HostTable[]::new);
    }

    private record Named(String name, RouteTable.Host host) {}

    /** Collects domains. A domain that is added twice stays with its first owner; the compiler rejects such tables. */
    static final class Builder {
        private final List<Named> exact = new ArrayList<>();
        private final TreeMap<Integer, List<Named>> suffixes = new TreeMap<>(Comparator.reverseOrder());
        private final TreeMap<Integer, List<Named>> prefixes = new TreeMap<>(Comparator.reverseOrder());
        private RouteTable.@Nullable Host any;

        void add(String domain, RouteTable.Host host) {
            if (domain.equals("*")) {
                any = any == null ? host : any;
            } else if (domain.startsWith("*")) {
                String suffix = domain.substring(1);
                suffixes.computeIfAbsent(suffix.length(), length -> new ArrayList<>())
                        .add(new Named(suffix, host));
            } else if (domain.endsWith("*")) {
                String prefix = domain.substring(0, domain.length() - 1);
                prefixes.computeIfAbsent(prefix.length(), length -> new ArrayList<>())
                        .add(new Named(prefix, host));
            } else {
                exact.add(new Named(domain, host));
            }
        }

        HostIndex build() {
            return new HostIndex(this);
        }
    }

    /** An open-addressing hash table from names to hosts that looks up parts of character sequences. */
    private static final class HostTable {
        private final String[] names;
        private final RouteTable.@Nullable Host[] hosts;
        private final int mask;

        HostTable(List<Named> entries) {
            int size = Integer.highestOneBit(Math.max(2, entries.size() * 2)) * 2;
            names = new String[size];
            hosts = new RouteTable.@Nullable Host[size];
            mask = size - 1;
            for (Named entry : entries) {
                int slot = hash(entry.name, 0, entry.name.length()) & mask;
                while (hosts[slot] != null && !Text.regionMatches(entry.name, 0, names[slot], true)) {
                    slot = (slot + 1) & mask;
                }
                if (hosts[slot] == null) {
                    names[slot] = entry.name;
                    hosts[slot] = entry.host;
                }
            }
        }

        RouteTable.@Nullable Host find(CharSequence text, int from, int to) {
            int slot = hash(text, from, to) & mask;
            while (true) {
                RouteTable.Host host = hosts[slot];
                if (host == null) {
                    return null;
                }
                String name = names[slot];
                if (name.length() == to - from && Text.regionMatches(text, from, name, true)) {
                    return host;
                }
                slot = (slot + 1) & mask;
            }
        }

        private static int hash(CharSequence text, int from, int to) {
            int hash = 0;
            for (int i = from; i < to; i++) {
                char c = text.charAt(i);
                hash = 31 * hash + (c >= 'A' && c <= 'Z' ? c + 32 : c);
            }
            return hash ^ (hash >>> 15);
        }
    }
}
