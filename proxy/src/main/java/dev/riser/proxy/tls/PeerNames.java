package dev.riser.proxy.tls;

import dev.riser.proxy.snapshot.CompiledSecret;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.TlsSettings;
import dev.riser.proxy.snapshot.TlsSettings.NameKind;
import dev.riser.proxy.snapshot.TlsSettings.ValidationRules;
import org.jspecify.annotations.Nullable;

/** Whether the peer of a finished handshake is one of those that the configuration says may be there. Pure. */
public final class PeerNames {
    private PeerNames() {}

    /** Null where the peer is acceptable, else why not. */
    public static @Nullable String refuse(ProxySnapshot snapshot, TlsSettings settings, HandshakeFacts facts) {
        TlsSettings.Validation validation = settings.validation();
        if (validation == null) {
            return null;
        }
        String problem = refuse(validation.inline(), facts);
        if (problem == null
                && validation.secretName() != null
                && snapshot.secret(validation.secretName()) instanceof CompiledSecret.ValidationSecret secret) {
            problem = refuse(secret.rules(), facts);
        }
        return problem;
    }

    private static @Nullable String refuse(ValidationRules rules, HandshakeFacts facts) {
        if (rules.names().isEmpty()) {
            return null;
        }
        for (String name : facts.peerNames()) {
            NameKind kind = name.contains("://") ? NameKind.URI : NameKind.DNS;
            if (rules.accepts(kind, name)) {
                return null;
            }
        }
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < rules.names().size() && i < 4; i++) {
            expected.append(i == 0 ? "" : ", ").append(rules.names().get(i).match());
        }
        return "it may not serve this destination; expected " + expected;
    }
}
