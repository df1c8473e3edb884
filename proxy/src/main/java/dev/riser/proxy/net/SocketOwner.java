package dev.riser.proxy.net;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Whose program is at the other end of a TCP connection within the machine, as the kernel's tables say (proc(5), {@code
 * /proc/net/tcp}). Reads files, so not for event loops.
 */
public final class SocketOwner {
    private static final Path FOUR = Path.of("/proc/net/tcp");

    /** Sockets of the other family may speak IPv4 too, under mapped addresses. */
    private static final Path SIX = Path.of("/proc/net/tcp6");

    private static final String MAPPED = "0000000000000000FFFF0000";
    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int USER = 7;

    /** The kernel writes its tables piece by piece; an entry may slip through when others come and go. */
    private static final int ATTEMPTS = 3;

    private SocketOwner() {}

    /**
     * The user id of the socket at {@code client} that is connected to {@code server}; both IPv4. Empty where there is
     * none.
     *
     * @throws IOException where the tables cannot be read
     */
    public static OptionalInt of(InetSocketAddress client, InetSocketAddress server) throws IOException {
        String from = text(client);
        String to = text(server);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            OptionalInt found = find(FOUR, from, to);
            if (found.isEmpty() && Files.exists(SIX)) {
                found = find(SIX, MAPPED + from, MAPPED + to);
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return OptionalInt.empty();
    }

    private static OptionalInt find(Path table, String from, String to) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(table)) {
            String line;
            while ((line = lines.readLine()) != null) {
                OptionalInt user = user(line, from, to);
                if (user.isPresent()) {
                    return user;
                }
            }
        }
        return OptionalInt.empty();
    }

    /** The user of a table's line where it is about that connection. */
    static OptionalInt user(String line, String from, String to) {
        String[] fields = line.strip().split("\\s+", USER + 2);
        return fields.length > USER && fields[LOCAL].equals(from) && fields[REMOTE].equals(to)
                ? OptionalInt.of(Integer.parseInt(fields[USER]))
                : OptionalInt.empty();
    }

    /** As the kernel writes it: the address as a number in the machine's byte order, little-endian here, and the port. */
    static String text(InetSocketAddress address) {
        if (!(address.getAddress() instanceof Inet4Address four)) {
            throw new IllegalArgumentException("not IPv4: " + address);
        }
        byte[] bytes = four.getAddress();
        return String.format(
                Locale.ROOT,
                "%02X%02X%02X%02X:%04X",
                bytes[3] & 0xff,
                bytes[2] & 0xff,
                bytes[1] & 0xff,
                bytes[0] & 0xff,
                address.getPort());
    }
}
