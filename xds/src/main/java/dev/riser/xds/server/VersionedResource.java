package dev.riser.xds.server;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A resource with the version that its content gives it. Equal content has an equal version, in every stream, process
 * and restart, so a client that reconnects is sent only what differs. Immutable; one instance may be handed to any number
 * of streams, which then share its bytes.
 *
 * @param name the name it is subscribed by
 * @param version hash of the serialised content
 * @param body the serialised content with its type
 */
public record VersionedResource(String name, String version, Any body) {
    /** 96 bits: two contents of one name never meet by chance, and the text stays short in every message. */
    private static final int VERSION_BYTES = 12;

    /** Gives {@code body} the version of its content. */
    public static VersionedResource of(String name, Any body) {
        MessageDigest digest = sha256();
        digest.update(body.getValue().asReadOnlyByteBuffer());
        return new VersionedResource(name, HexFormat.of().formatHex(digest.digest(), 0, VERSION_BYTES), body);
    }

    Resource message() {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(body)
                .build();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java platform has SHA-256", absent);
        }
    }
}
