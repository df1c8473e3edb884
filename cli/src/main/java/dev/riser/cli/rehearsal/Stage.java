package dev.riser.cli.rehearsal;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;

/**
 * The directory in which the two rehearsing processes meet.
 *
 * @param directory exists, belongs to this rehearsal alone
 */
record Stage(Path directory) {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** The proxy's part, with all that it waits for. */
    static final Duration LONGEST = Duration.ofSeconds(90);

    private static final long POLL_MILLISECONDS = 20;

    /** The one workload of the rehearsal. */
    static final String NAME = "rehearsal";

    static final String NAMESPACE = "prod";
    static final int HTTP_PORT = 8000;
    static final int TCP_PORT = 7000;

    Path state() {
        return directory.resolve("state");
    }

    Path roots() {
        return state().resolve("root.pem");
    }

    /** The registered workload: id, address, token and the control plane's addresses, a line each. */
    Path workload() {
        return directory.resolve("workload");
    }

    /** There once the proxy's part is over. */
    Path curtain() {
        return directory.resolve("curtain");
    }

    /** Writes a file that appears whole. */
    static void write(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Starts a verb of the command line that runs until the process ends. */
    static void start(ToIntFunction<List<String>> riser, String... arguments) {
        Thread.ofPlatform().daemon().name(arguments[0]).start(() -> {
            int code = riser.applyAsInt(List.of(arguments));
            if (code != 0) {
                System.err.println("rehearsal: riser %s ended with %d".formatted(arguments[0], code));
            }
        });
    }

    /** Waits until the question is answered by yes; a failure of the question counts as no. */
    static void until(String what, Callable<Boolean> question) throws InterruptedException {
        until(what, LIMIT, question);
    }

    static void until(String what, Duration limit, Callable<Boolean> question) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        String last = "no";
        while (true) {
            try {
                if (question.call()) {
                    return;
                }
            } catch (Exception notYet) {
                last = String.valueOf(notYet.getMessage());
            }
            if (System.nanoTime() > deadline) {
                throw CommandFailure.failed("the rehearsal waits in vain for %s: %s".formatted(what, last));
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    /** A port of loopback that was free a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
