package dev.riser.control.app;

import dev.riser.control.registry.StateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** The token that lets its holder change the mesh: made once, readable by the state directory's owner only. */
final class AdminToken {
    private static final int BYTES = 32;

    /**
     * Reads the token, or makes it on first start.
     *
     * @throws IOException where it cannot be read or written, or others can read it
     */
    static String of(Path stateDirectory) throws IOException {
        Path file = stateDirectory.resolve("admin.token");
        if (Files.exists(file)) {
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
            if (!permissions.endsWith("------")) {
                throw new IOException("%s has mode %s, so others may have read it; delete it to get a new one"
                        .formatted(file, permissions));
            }
            String token = Files.readString(file).strip();
            if (!token.isEmpty()) {
                return token;
            }
        }
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        StateFile.write(file, (token + "\n").getBytes(StandardCharsets.UTF_8), StateFile.Readers.OWNER);
        return token;
    }

    private AdminToken() {}
}
