package dev.riser.control.world;

import dev.riser.model.IpBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An {@link AddressBook} that a file remembers. The first candidate follows from the host's name, so that most hosts keep
 * their address even when the file is lost. A host that is not asked for any more keeps its address until the range is
 * used up.
 */
public final class PersistentAddressBook implements AddressBook {
    /** Ranges as ARCHITECTURE.md fixes them. */
    public static final Ranges DEFAULT_RANGES =
            new Ranges(IpBlock.parse("10.90.0.0/16"), IpBlock.parse("fd90::/64"), IpBlock.parse("240.240.0.0/16"));

    private static final System.Logger LOG = System.getLogger(PersistentAddressBook.class.getName());

    private final Path file;
    private final Ranges ranges;
    private final Map<Pool, TreeMap<String, Integer>> offsets =
            Map.of(Pool.SERVICE, new TreeMap<>(), Pool.ENTRY, new TreeMap<>());

    /** Kept until a write succeeds: a full disk must not stop the mesh, the addresses are in memory. */
    private boolean unwritten;

    /**
     * Where addresses come from. An IPv6 address has the offset of the IPv4 address of the same host.
     *
     * @param service4 IPv4 range of services
     * @param service6 IPv6 range of services, at least as large
     * @param entry4 IPv4 range of ServiceEntries
     */
    public record Ranges(IpBlock service4, IpBlock service6, IpBlock entry4) {}

    /**
     * Opens the book.
     *
     * @param file where it is kept; made with the first address
     * @throws UncheckedIOException where the file is there and cannot be read
     */
    public PersistentAddressBook(Path file, Ranges ranges) {
        this.file = file;
        this.ranges = ranges;
        if (Files.exists(file)) {
            read();
        }
    }

    @Override
    public Map<String, List<String>> addresses(Collection<String> hosts, Pool pool) {
        TreeMap<String, Integer> known = known(pool);
        IpBlock range = pool == Pool.SERVICE ? ranges.service4() : ranges.entry4();
        int size = 1 << (32 - range.prefixLength());
        Set<String> wanted = new TreeSet<>(hosts);
        Set<Integer> taken = new HashSet<>(known.values());
        Map<String, List<String>> answer = new TreeMap<>();
        for (String host : wanted) {
            if (!known.containsKey(host)) {
                Optional<Integer> free = free(host, size, taken);
                if (free.isEmpty()) {
                    known.keySet().removeIf(old -> !wanted.contains(old));
                    taken = new HashSet<>(known.values());
                    free = free(host, size, taken);
                }
                if (free.isEmpty()) {
                    continue;
                }
                known.put(host, free.get());
                taken.add(free.get());
                unwritten = true;
            }
            answer.put(host, texts(pool, known.getOrDefault(host, 0)));
        }
        if (unwritten) {
            write();
        }
        return answer;
    }

    /** The first and the last address of a range are left free: they may mean network and broadcast. */
    private static Optional<Integer> free(String host, int size, Set<Integer> taken) {
        int usable = size - 2;
        int first = Math.floorMod(host.hashCode() * 0x9e3779b1, usable);
        for (int step = 0; step < usable; step++) {
            int offset = 1 + (first + step) % usable;
            if (!taken.contains(offset)) {
                return Optional.of(offset);
            }
        }
        return Optional.empty();
    }

    private List<String> texts(Pool pool, int offset) {
        return switch (pool) {
            case SERVICE -> List.of(text(ranges.service4(), offset), text(ranges.service6(), offset));
            case ENTRY -> List.of(text(ranges.entry4(), offset));
        };
    }

    private static String text(IpBlock range, int offset) {
        byte[] start = range.address().getAddress();
        byte[] sum = new BigInteger(1, start).add(BigInteger.valueOf(offset)).toByteArray();
        byte[] bytes = new byte[start.length];
        int length = Math.min(sum.length, bytes.length);
        System.arraycopy(sum, sum.length - length, bytes, bytes.length - length, length);
        try {
            return IpText.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", impossible);
        }
    }

    private TreeMap<String, Integer> known(Pool pool) {
        TreeMap<String, Integer> known = offsets.get(pool);
        if (known == null) {
            throw new IllegalStateException("no range for " + pool);
        }
        return known;
    }

    private void read() {
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split(" ");
                if (words.length == 3) {
                    known(Pool.valueOf(words[0])).put(words[1], Integer.valueOf(words[2]));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("the address book " + file + " cannot be read", failure);
        }
    }

    private void write() {
        StringBuilder text = new StringBuilder();
        for (Pool pool : Pool.values()) {
            known(pool)
                    .forEach((host, offset) -> text.append(pool)
                            .append(' ')
                            .append(host)
                            .append(' ')
                            .append(offset)
                            .append('\n'));
        }
        try {
            Path directory = file.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            unwritten = false;
        } catch (IOException failure) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the address book " + file + " cannot be written, which is tried again with the next world",
                    failure);
        }
    }
}
