package dev.riser.cli.shop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Answers over plain TCP and speaks first, as mail servers and databases do. Argument: port. */
public final class Store {
    static final String GREETING = "220 store ready";

    private Store() {}

    /** Serves until the process ends. */
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]), 1024)) {
            while (true) {
                Socket caller = server.accept();
                Thread.ofVirtual().start(() -> serve(caller));
            }
        }
    }

    private static void serve(Socket caller) {
        try (caller;
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(caller.getInputStream(), StandardCharsets.UTF_8));
                OutputStream out = caller.getOutputStream()) {
            say(out, GREETING);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                say(out, line.equals("QUIT") ? "221 bye" : "250 %s in stock".formatted(line));
                if (line.equals("QUIT")) {
                    return;
                }
            }
        } catch (IOException callerGone) {
            // Its connection is closed on the way out; there is nobody to tell.
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
