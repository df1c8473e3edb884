package dev.riser.cli.net;

import dev.riser.cli.failure.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The {@code /etc/resolv.conf} a workload sees: names of the mesh in their short forms, as in a Kubernetes pod. It is
 * mounted in the workload's own mount namespace, so nobody else sees it and nothing is left of it.
 */
public final class ResolverFile {
    private static final Path SYSTEM = Path.of("/etc/resolv.conf");

    private ResolverFile() {}

    /**
     * The file's text.
     *
     * @param namespace the workload's namespace in the mesh
     * @param server an address off loopback; the redirection sends it to the proxy whatever it is
     */
    public static String text(String namespace, String server) {
        return """
                nameserver %s
                search %s.svc.cluster.local svc.cluster.local cluster.local
                options ndots:5
                """.formatted(server, namespace);
    }

    /** Shows the text as {@code /etc/resolv.conf} to the calling thread, which must be in a mount namespace of its own. */
    public static void show(String text) {
        if (!Files.exists(SYSTEM)) {
            throw CommandFailure.failed(
                    "/etc/resolv.conf does not exist, so the mesh's cannot be shown in its place; create an empty one");
        }
        try {
            Path file = Files.createTempFile("riser-resolv", ".conf");
            try {
                Files.writeString(file, text);
                // Programs drop their rights and must still be able to read it.
                Files.setPosixFilePermissions(
                        file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
                Kernel.makeMountsPrivate();
                Kernel.bind(file.toString(), SYSTEM.toRealPath().toString());
            } finally {
                // The mount keeps the content; the name is not needed any more.
                Files.delete(file);
            }
        } catch (IOException e) {
            throw CommandFailure.failed("the workload's /etc/resolv.conf cannot be written: " + e.getMessage(), e);
        }
    }
}
