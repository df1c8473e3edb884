package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;

/**
 * Makes a loopback port of another network namespace reachable at the same port of this one, for a mesh without root:
 * entering that namespace needs a process of its own for each connection.
 */
public final class NamespaceRelay {
    /** Both directions of a connection; ends when the far side closes. */
    private static final String SCRIPT = "exec 3<>/dev/tcp/127.0.0.1/$1; cat <&0 >&3 & cat <&3";

    private static final int BACKLOG = 64;

    private final long holder;
    private final int port;

    /**
     * @param holder a process in the other namespace
     * @param port the port on both sides
     */
    public NamespaceRelay(long holder, int port) {
        this.holder = holder;
        this.port = port;
    }

    /** Relays until the process ends. */
    public void run() {
        try (ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress())) {
            while (true) {
                Socket caller = server.accept();
                Thread.ofPlatform().daemon().name("riser-relay").start(() -> relay(caller));
            }
        } catch (IOException e) {
            throw CommandFailure.failed("port %d cannot be opened: %s".formatted(port, e.getMessage()), e);
        }
    }

    private void relay(Socket caller) {
        try (caller;
                InputStream in = caller.getInputStream();
                OutputStream out = caller.getOutputStream()) {
            Process inside = new ProcessBuilder(List.of(
                            "nsenter",
                            "--preserve-credentials",
                            "--user",
                            "--net",
                            "--target",
                            Long.toString(holder),
                            "--",
                            "bash",
                            "-c",
                            SCRIPT,
                            "riser-relay",
                            Integer.toString(port)))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                Thread upward = Thread.ofPlatform()
                        .daemon()
                        .name("riser-relay-up")
                        .start(() -> copy(in, inside.getOutputStream()));
                copy(inside.getInputStream(), out);
                upward.interrupt();
            } finally {
                inside.destroy();
            }
        } catch (IOException gone) {
            // One side has closed; the other is closed on the way out.
        }
    }

    private static void copy(InputStream from, OutputStream to) {
        byte[] buffer = new byte[16 * 1024];
        try (to) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                to.write(buffer, 0, read);
                to.flush();
            }
        } catch (IOException gone) {
            // The other direction notices by itself.
        }
    }
}
