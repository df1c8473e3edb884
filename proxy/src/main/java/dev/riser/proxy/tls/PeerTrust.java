package dev.riser.proxy.tls;

import dev.riser.identity.TrustBundle;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Believes a peer by the mesh's trust bundle alone: chain, dates, purposes, SPIFFE id, trust domain. Host names play no
 * part; which id may serve a destination is checked after the handshake, where the destination is known. Called on event
 * loops; the bundle is read afresh for every handshake, so a rotated root counts at once.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    private final Supplier<@Nullable TrustBundle> bundle;
    private final InstantSource clock;

    public PeerTrust(Supplier<@Nullable TrustBundle> bundle, InstantSource clock) {
        this.bundle = bundle;
        this.clock = clock;
    }

    private void check(X509Certificate @Nullable [] chain, TrustBundle.Role role) throws CertificateException {
        List<X509Certificate> certificates = chain == null ? List.of() : List.of(chain);
        String claimed = certificates.isEmpty() ? "none" : HandshakeFacts.uri(certificates.getFirst());
        TrustBundle roots = bundle.get();
        if (roots == null) {
            throw new PeerRefusedException(claimed, "no trust bundle yet");
        }
        Instant now = clock.instant();
        if (roots.verify(certificates, role, now) instanceof TrustBundle.Verdict.Refused refused) {
            throw new PeerRefusedException(claimed.isEmpty() ? "none" : claimed, refused.reason());
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, TrustBundle.Role.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, TrustBundle.Role.SERVER);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, TrustBundle.Role.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, TrustBundle.Role.SERVER);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, TrustBundle.Role.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, TrustBundle.Role.SERVER);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
