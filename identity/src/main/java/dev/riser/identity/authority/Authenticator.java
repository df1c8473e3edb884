package dev.riser.identity.authority;

import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustBundle;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides who a caller is, from a bearer token, from a client certificate that this authority issued, or from both. A
 * token starts a workload; the certificate it then gets renews itself for as long as the workload lives, so a token need
 * only live for an hour. Thread-safe; no I/O.
 */
public final class Authenticator {
    /**
     * For so long after its end a certificate still speaks for its holder here, and only here. Without that, an outage
     * longer than a short-lived certificate's and a token's life would lock out every workload for good.
     */
    public static final Duration EXPIRED_GRACE = Duration.ofHours(1);

    private static final String BEARER = "Bearer ";

    private final WorkloadTokens tokens;
    private final Supplier<TrustBundle> trustBundle;
    private final InstantSource clock;

    public Authenticator(WorkloadTokens tokens, Supplier<TrustBundle> trustBundle, InstantSource clock) {
        this.tokens = tokens;
        this.trustBundle = trustBundle;
        this.clock = clock;
    }

    /**
     * One proof suffices. Where both are given they must agree, and a token may then have run out but must not be wrong
     * in any other way.
     *
     * @param bearer value of the {@code authorization} header, with or without {@code Bearer }; null where there is none
     * @param peerChain client certificates of the connection, leaf first; empty where there are none
     */
    public Authentication authenticate(@Nullable String bearer, X509Certificate[] peerChain) {
        if (peerChain.length == 0) {
            return bearer == null
                    ? new Authentication.Refused("neither a bearer token nor a client certificate was sent")
                    : byToken(tokens.verify(stripped(bearer)));
        }
        Instant at = momentOfTrust(peerChain[0], clock.instant());
        return switch (trustBundle.get().verify(List.of(peerChain), TrustBundle.Role.CLIENT, at)) {
            case TrustBundle.Verdict.Trusted trusted ->
                bearer == null
                        ? new Authentication.Authenticated(trusted.id(), null, true)
                        : agreeing(trusted.id(), tokens.verify(stripped(bearer)));
            // A proxy that was cut off for longer than its certificate lives comes back with the old one in hand.
            case TrustBundle.Verdict.Refused refused ->
                bearer == null
                        ? new Authentication.Refused("client certificate refused: " + refused.reason())
                        : byToken(tokens.verify(stripped(bearer)));
        };
    }

    private static Instant momentOfTrust(X509Certificate leaf, Instant now) {
        Instant end = leaf.getNotAfter().toInstant();
        return now.isAfter(end) && !now.isAfter(end.plus(EXPIRED_GRACE)) ? end : now;
    }

    private static Authentication byToken(TokenVerdict verdict) {
        return switch (verdict) {
            case TokenVerdict.Valid valid -> new Authentication.Authenticated(valid.id(), valid.instance(), false);
            case TokenVerdict.Expired expired -> new Authentication.Refused(expired.reason());
            case TokenVerdict.Refused refused -> new Authentication.Refused(refused.reason());
        };
    }

    private static Authentication agreeing(SpiffeId certified, TokenVerdict verdict) {
        return switch (verdict) {
            case TokenVerdict.Valid valid -> same(certified, valid.id(), valid.instance());
            case TokenVerdict.Expired expired -> same(certified, expired.id(), expired.instance());
            case TokenVerdict.Refused refused -> new Authentication.Refused(refused.reason());
        };
    }

    private static Authentication same(SpiffeId certified, SpiffeId claimed, String instance) {
        return certified.equals(claimed)
                ? new Authentication.Authenticated(certified, instance, true)
                : new Authentication.Refused(
                        "the client certificate is %s but the token is %s".formatted(certified, claimed));
    }

    private static String stripped(String bearer) {
        return bearer.regionMatches(true, 0, BEARER, 0, BEARER.length()) ? bearer.substring(BEARER.length()) : bearer;
    }
}
