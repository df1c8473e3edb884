package dev.riser.cli.rehearsal;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Applications and their callers, simple enough that they add little to what is loaded. Threads of its own. */
final class Traffic implements AutoCloseable {
    private static final int TIME_LIMIT_MILLISECONDS = 10_000;
    private static final int CALLERS = 2;

    /** A caller that always keeps its connection would leave connecting unrehearsed. */
    private static final int REQUESTS_A_CONNECTION = 100;

    private static final int BODY = 1024;
    private static final int CHUNK = 64 * 1024;
    private static final byte[] ANSWER = ("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: " + BODY
                    + "\r\n\r\n" + "x".repeat(BODY))
            .getBytes(StandardCharsets.US_ASCII);

    private final List<ServerSocket> servers = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    /** One exchange with what is rehearsed, on a connection of its own. */
    private interface Call {
        void make() throws IOException;
    }

    /** Serves HTTP/1.1; returns the port. */
    int serveHttp(int port) throws IOException {
        return serve(port, (in, out) -> {
            while (readHead(in)) {
                out.write(ANSWER);
                out.flush();
            }
        });
    }

    /** Sends back what it gets; returns the port. */
    int serveEcho(int port) throws IOException {
        return serve(port, InputStream::transferTo);
    }

    private interface Application {
        void serve(InputStream in, OutputStream out) throws IOException;
    }

    private int serve(int port, Application application) throws IOException {
        ServerSocket server = new ServerSocket(port, 1024);
        servers.add(server);
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket caller = server.accept();
                    Thread.ofPlatform().daemon().start(() -> {
                        try (caller) {
                            caller.setTcpNoDelay(true);
                            application.serve(
                                    new BufferedInputStream(caller.getInputStream()), caller.getOutputStream());
                        } catch (IOException gone) {
                            // The connection is closed on the way out; there is nobody to tell.
                        }
                    });
                } catch (IOException closed) {
                    return;
                }
            }
        });
        return server.getLocalPort();
    }

    /** Will ask there over HTTP/1.1; waits for the first good answer. */
    void http(InetSocketAddress where, String host) throws InterruptedException {
        byte[] request = ("GET /rehearsal?a=b HTTP/1.1\r\nhost: %s\r\nuser-agent: rehearsal\r\naccept: */*\r\n\r\n"
                        .formatted(host))
                .getBytes(StandardCharsets.US_ASCII);
        Stage.until("an answer from " + where, () -> {
            ask(where, request, 1);
            return true;
        });
        calls.add(() -> ask(where, request, REQUESTS_A_CONNECTION));
    }

    /** Will send there and wait for what comes back; waits for the first time that it does. */
    void echo(InetSocketAddress where) throws InterruptedException {
        Call call = () -> {
            try (Socket socket = connect(where)) {
                byte[] sent = new byte[CHUNK];
                Arrays.fill(sent, (byte) 'x');
                for (int round = 0; round < 4; round++) {
                    socket.getOutputStream().write(sent);
                    if (socket.getInputStream().readNBytes(CHUNK).length != CHUNK) {
                        throw new IOException("the echo broke off");
                    }
                }
            }
        };
        Stage.until("an echo from " + where, () -> {
            call.make();
            return true;
        });
        calls.add(call);
    }

    /** Asks once for a page. */
    void scrape(InetSocketAddress where, String path) throws InterruptedException {
        Stage.until(path, () -> {
            ask(where, "GET %s HTTP/1.1\r\nhost: x\r\n\r\n".formatted(path).getBytes(StandardCharsets.US_ASCII), 1);
            return true;
        });
    }

    /** Makes all calls again and again. A call that fails is left out from then on. */
    void play(Duration length) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> callers = new ArrayList<>();
        for (Call call : calls) {
            for (int caller = 0; caller < CALLERS; caller++) {
                callers.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        while (!over.get()) {
                            call.make();
                        }
                    } catch (IOException leftOut) {
                        System.err.println("rehearsal: " + leftOut.getMessage());
                    }
                }));
            }
        }
        Thread.sleep(length);
        over.set(true);
        for (Thread caller : callers) {
            caller.join(TIME_LIMIT_MILLISECONDS);
        }
    }

    /** Asks the nameserver that every question is redirected to. */
    static InetAddress resolve(String name) throws IOException {
        byte[] question = question(name);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(1000);
            socket.connect(InetAddress.getByAddress(new byte[] {10, 90, (byte) 255, 1}), 53);
            socket.send(new DatagramPacket(question, question.length));
            byte[] buffer = new byte[512];
            DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
            socket.receive(answer);
            if (buffer[7] != 1 || answer.getLength() < question.length + 4) {
                throw new IOException("not one address for " + name);
            }
            return InetAddress.getByAddress(Arrays.copyOfRange(buffer, answer.getLength() - 4, answer.getLength()));
        }
    }

    /** A question for the IPv4 address (RFC 1035, section 4.1). */
    private static byte[] question(String name) {
        StringBuilder text = new StringBuilder("\0\7\1\0\0\1\0\0\0\0\0\0");
        for (String label : name.split("\\.", -1)) {
            text.append((char) label.length()).append(label);
        }
        return text.append("\0\0\1\0\1").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Socket connect(InetSocketAddress where) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIME_LIMIT_MILLISECONDS);
        socket.connect(where, TIME_LIMIT_MILLISECONDS);
        return socket;
    }

    private static void ask(InetSocketAddress where, byte[] request, int times) throws IOException {
        try (Socket socket = connect(where)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int time = 0; time < times; time++) {
                socket.getOutputStream().write(request);
                readAnswer(in);
            }
        }
    }

    private static void readAnswer(InputStream in) throws IOException {
        String status = readLine(in);
        if (!status.contains(" 200")) {
            throw new IOException("answered by '" + status + "'");
        }
        int length = 0;
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        in.skipNBytes(length);
    }

    private static boolean readHead(InputStream in) throws IOException {
        String line = readLine(in);
        if (line.isEmpty()) {
            return false;
        }
        while (!line.isEmpty()) {
            line = readLine(in);
        }
        return true;
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int letter = in.read(); letter >= 0 && letter != '\n'; letter = in.read()) {
            if (letter != '\r') {
                line.append((char) letter);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket server : servers) {
            server.close();
        }
    }
}
