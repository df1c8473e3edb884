package dev.riser.proxy.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * What a finished handshake agreed on.
 *
 * @param peerUri the first URI name of the peer's certificate, empty where it has none or showed no certificate
 * @param peerNames URI and DNS names of the peer's certificate
 * @param localUri the first URI name of our certificate
 * @param protocol ALPN, empty where none was agreed on
 * @param version as {@code TLSv1.3}
 * @param cipher as {@code TLS_AES_128_GCM_SHA256}
 * @param group key exchange, as {@code X25519MLKEM768}; empty where unknown
 * @param peerPresented whether the peer showed a certificate
 */
public record HandshakeFacts(
        String peerUri,
        List<String> peerNames,
        String localUri,
        String protocol,
        String version,
        String cipher,
        String group,
        boolean peerPresented) {
    /** A connection without TLS. */
    public static final HandshakeFacts PLAINTEXT = new HandshakeFacts("", List.of(), "", "", "", "", "", false);

    private static final int URI_NAME = 6;
    private static final int DNS_NAME = 2;

    /** Of a channel whose handshake succeeded; {@link #PLAINTEXT} for a channel without TLS. Event loop of the channel. */
    public static HandshakeFacts of(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return PLAINTEXT;
        }
        SSLEngine engine = tls.engine();
        SSLSession session = engine.getSession();
        List<String> names = List.of();
        String uri = "";
        boolean presented = false;
        try {
            Certificate[] chain = session.getPeerCertificates();
            if (chain.length > 0 && chain[0] instanceof X509Certificate leaf) {
                presented = true;
                names = names(leaf);
                uri = uri(leaf);
            }
        } catch (SSLPeerUnverifiedException e) {
            presented = false;
        }
        Certificate[] own = session.getLocalCertificates();
        String localUri = own != null && own.length > 0 && own[0] instanceof X509Certificate leaf ? uri(leaf) : "";
        String protocol = tls.applicationProtocol();
        return new HandshakeFacts(
                uri,
                names,
                localUri,
                protocol == null ? "" : protocol,
                session.getProtocol(),
                session.getCipherSuite(),
                group(engine),
                presented);
    }

    private static String group(SSLEngine engine) {
        try {
            if (engine instanceof ReferenceCountedOpenSslEngine open && open.sslPointer() != 0) {
                String name = SSL.getGroupName(open.sslPointer());
                return name == null ? "" : name;
            }
        } catch (Exception e) {
            // the library has no name for it: only a log line and a metric are the poorer
            return "";
        }
        return "";
    }

    private static List<String> names(X509Certificate leaf) {
        try {
            Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
            if (alternatives == null) {
                return List.of();
            }
            List<String> names = new ArrayList<>(alternatives.size());
            for (List<?> alternative : alternatives) {
                if (alternative.get(0) instanceof Integer kind && (kind == URI_NAME || kind == DNS_NAME)) {
                    names.add(String.valueOf(alternative.get(1)));
                }
            }
            return names;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /** The first URI name of a certificate, empty where it has none that can be read. */
    static String uri(X509Certificate leaf) {
        try {
            Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (alternative.get(0) instanceof Integer kind && kind == URI_NAME) {
                        return String.valueOf(alternative.get(1));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            return "";
        }
        return "";
    }
}
