package dev.riser.proxy.app;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.riser.identity.SpiffeId;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Reads whom a workload's token names. The proxy does not verify it, the control plane does; it only needs to know which
 * identity to ask for.
 */
final class TokenSubject {
    private TokenSubject() {}

    /** @throws IllegalArgumentException where the token is not a JWT that names a SPIFFE id; the message never shows it */
    static SpiffeId of(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("the workload's token is not a JWT");
        }
        try {
            Struct.Builder claims = Struct.newBuilder();
            JsonFormat.parser()
                    .merge(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8), claims);
            return SpiffeId.parse(claims.getFieldsOrThrow("sub").getStringValue());
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            throw new IllegalArgumentException("the workload's token names no SPIFFE id");
        }
    }
}
