package dev.riser.proxy.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The machine's name servers (resolv.conf(5)). */
final class NameServers {
    private static final int DNS = 53;

    private NameServers() {}

    /** In the order of the file; none where it cannot be read. */
    static List<InetSocketAddress> ofMachine(Path file) {
        List<InetSocketAddress> servers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.trim().split("\\s+");
                if (words.length >= 2 && words[0].equals("nameserver")) {
                    try {
                        servers.add(new InetSocketAddress(InetAddress.ofLiteral(words[1]), DNS));
                    } catch (IllegalArgumentException notAnAddress) {
                        // a scoped or malformed entry; the others still answer
                        continue;
                    }
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return servers;
    }
}
