package dev.riser.cli.shop;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Calls a workload in plaintext from outside the mesh, every few seconds, and prints what came of it: {@code refused: why}
 * or {@code answered: first line}. Arguments: address, port.
 */
public final class LegacyCaller {
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int LIMIT_MILLISECONDS = 5000;

    private LegacyCaller() {}

    /** Calls until the process ends. */
    public static void main(String[] arguments) throws InterruptedException {
        while (true) {
            System.out.println(call(arguments[0], Integer.parseInt(arguments[1])));
            System.out.flush();
            Thread.sleep(PAUSE);
        }
    }

    static String call(String address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), LIMIT_MILLISECONDS);
            socket.setSoTimeout(LIMIT_MILLISECONDS);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nhost: product\r\nconnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            byte[] answer = in.readAllBytes();
            if (answer.length == 0) {
                return "refused: the connection was closed without an answer";
            }
            return "answered: "
                    + new String(answer, StandardCharsets.UTF_8)
                            .lines()
                            .findFirst()
                            .orElse("");
        } catch (IOException e) {
            return "refused: " + e.getMessage();
        }
    }
}
