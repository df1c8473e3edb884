package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Runs {@code ip} and {@code nft}. The command starts in the namespaces of the calling thread, because the process is
 * forked from it.
 */
final class Tool {
    private static final List<String> DIRECTORIES =
            List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin");

    private final String name;
    private final String packageName;

    private Tool(String name, String packageName) {
        this.name = name;
        this.packageName = packageName;
    }

    /** {@code ip} of iproute2. */
    static final Tool IP = new Tool("ip", "iproute2");

    /** {@code nft} of nftables. */
    static final Tool NFT = new Tool("nft", "nftables");

    /** What a command answered. */
    record Answer(int code, String output) {
        boolean succeeded() {
            return code == 0;
        }

        /** The output as one line. */
        String line() {
            return output.strip().replaceAll("\\s*\\n\\s*", "; ");
        }
    }

    /** Whether the command is there. */
    boolean isInstalled() {
        return DIRECTORIES.stream().anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    /** The command's file, searched where administrators' commands live, for {@code PATH} often lacks them. */
    Path file() {
        for (String directory : DIRECTORIES) {
            Path candidate = Path.of(directory, name);
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw CommandFailure.failed("the command '%s' is not installed; install the package '%s' and try again"
                .formatted(name, packageName));
    }

    /** Runs the command with text on its standard input and returns what it said, whatever its exit code. */
    Answer ask(String input, String... arguments) {
        List<String> command = new java.util.ArrayList<>();
        command.add(file().toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            try (OutputStream stream = process.getOutputStream()) {
                stream.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException gone) {
                // The command ended before it read everything: its exit code and output say why.
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(process.waitFor(), output);
        } catch (IOException e) {
            throw CommandFailure.failed("cannot start '%s': %s".formatted(name, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.failed("interrupted while '%s' ran".formatted(name), e);
        }
    }

    /** Runs the command and throws where it fails; {@code purpose} begins the message, as "the bridge cannot be made". */
    String run(String purpose, String input, String... arguments) {
        Answer answer = ask(input, arguments);
        if (!answer.succeeded()) {
            throw CommandFailure.failed("%s: %s said: %s%s"
                    .formatted(
                            purpose, name, answer.line(), advice(answer.output().toLowerCase(Locale.ROOT))));
        }
        return answer.output();
    }

    private static String advice(String said) {
        if (said.contains("operation not permitted") || said.contains("permission denied")) {
            return "; the mesh's network needs root or a user namespace";
        }
        if (said.contains("not supported") || said.contains("unknown device type")) {
            return "; the kernel lacks a module (bridge, veth, nf_tables, nft_redir)";
        }
        return "";
    }
}
