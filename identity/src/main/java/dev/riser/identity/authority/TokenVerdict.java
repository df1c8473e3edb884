package dev.riser.identity.authority;

import dev.riser.identity.SpiffeId;
import java.time.Instant;

/** What a token turned out to be. */
public sealed interface TokenVerdict {
    /** Ours, and in force until {@code expires}. */
    record Valid(SpiffeId id, String instance, Instant expires) implements TokenVerdict {}

    /** Ours, but its time is over. */
    record Expired(SpiffeId id, String instance, Instant expired) implements TokenVerdict {
        /** A sentence for the caller. */
        public String reason() {
            return "the token of %s expired at %s".formatted(id, expired);
        }
    }

    /** Not one of ours, not meant for us, or broken; the reason does not quote the token. */
    record Refused(String reason) implements TokenVerdict {}
}
