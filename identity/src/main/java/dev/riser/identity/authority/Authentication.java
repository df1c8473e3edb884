package dev.riser.identity.authority;

import dev.riser.identity.SpiffeId;
import org.jspecify.annotations.Nullable;

/** Who a caller of the control plane is. */
public sealed interface Authentication {
    /**
     * The caller has shown that it is this identity.
     *
     * @param id the identity
     * @param instance the instance its token names; null where it showed a certificate only, which names none
     * @param certified whether its certificate was verified, not its token alone
     */
    record Authenticated(SpiffeId id, @Nullable String instance, boolean certified) implements Authentication {}

    /** It has not, and why: a sentence that may be sent to the caller. */
    record Refused(String reason) implements Authentication {}
}
