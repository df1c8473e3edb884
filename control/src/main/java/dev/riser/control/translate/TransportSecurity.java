package dev.riser.control.translate;

import com.google.protobuf.BoolValue;
import dev.riser.control.world.MeshSettings;
import dev.riser.model.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;

/** Transport sockets. */
final class TransportSecurity {
    private static final String TLS = "envoy.transport_sockets.tls";

    private TransportSecurity() {}

    static TransportSocket plaintext() {
        return TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.raw_buffer")
                .setTypedConfig(Wire.any(RawBuffer.getDefaultInstance()))
                .build();
    }

    /** Towards a proxy that must show one of the identities. Without one nobody is accepted. */
    static TransportSocket mutualClient(
            MeshSettings settings, Collection<String> identities, String serverName, List<String> alpn) {
        CertificateValidationContext.Builder peers = CertificateValidationContext.newBuilder();
        identities.forEach(identity -> peers.addMatchTypedSubjectAltNames(uri(Wire.exact(identity))));
        if (identities.isEmpty()) {
            peers.addMatchTypedSubjectAltNames(uri(Wire.exact("spiffe://" + settings.trustDomain() + "/nobody")));
        }
        return socket(UpstreamTlsContext.newBuilder()
                .setCommonTlsContext(mutual(peers).addAllAlpnProtocols(alpn))
                .setSni(serverName)
                .build());
    }

    /** For callers that must show an identity of the trust domain. */
    static TransportSocket mutualServer(MeshSettings settings, List<String> alpn) {
        CertificateValidationContext.Builder peers = CertificateValidationContext.newBuilder()
                .addMatchTypedSubjectAltNames(uri(Wire.prefix("spiffe://" + settings.trustDomain() + "/")));
        return TransportSocket.newBuilder()
                .setName(TLS)
                .setTypedConfig(Wire.any(DownstreamTlsContext.newBuilder()
                        .setCommonTlsContext(mutual(peers).addAllAlpnProtocols(alpn))
                        .setRequireClientCertificate(BoolValue.of(true))
                        .build()))
                .build();
    }

    private static CommonTlsContext.Builder mutual(CertificateValidationContext.Builder peers) {
        return CommonTlsContext.newBuilder()
                .setTlsParams(TlsParameters.newBuilder()
                        .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3)
                        .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3))
                .addTlsCertificateSdsSecretConfigs(secret("default"))
                .setCombinedValidationContext(CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                        .setDefaultValidationContext(peers)
                        .setValidationContextSdsSecretConfig(secret("ROOTCA")));
    }

    private static SdsSecretConfig secret(String name) {
        return SdsSecretConfig.newBuilder()
                .setName(name)
                .setSdsConfig(Wire.ads())
                .build();
    }

    /**
     * Towards a server outside of the mesh, with the authorities that the rule names or else the operating system's.
     *
     * @param serverName asked for, and, where no names are given, expected
     * @param names of which the server's certificate must carry one
     */
    static TransportSocket client(
            MeshSettings settings,
            TrafficPolicy.ClientTls tls,
            String serverName,
            List<String> names,
            List<String> alpn) {
        CertificateValidationContext.Builder peers = CertificateValidationContext.newBuilder();
        peers.setTrustedCa(file(tls.caCertificates().orElse(settings.systemAuthorities())));
        List<String> expected = names.isEmpty() && !serverName.isEmpty() ? List.of(serverName) : names;
        expected.forEach(name -> peers.addMatchTypedSubjectAltNames(
                name.contains("://") ? uri(Wire.exact(name)) : dns(Wire.exact(name))));
        CommonTlsContext.Builder context =
                CommonTlsContext.newBuilder().setValidationContext(peers).addAllAlpnProtocols(alpn);
        if (tls.clientCertificate().isPresent() && tls.privateKey().isPresent()) {
            context.addTlsCertificates(TlsCertificate.newBuilder()
                    .setCertificateChain(file(tls.clientCertificate().get()))
                    .setPrivateKey(file(tls.privateKey().get())));
        }
        return socket(UpstreamTlsContext.newBuilder()
                .setCommonTlsContext(context)
                .setSni(serverName)
                .build());
    }

    private static TransportSocket socket(UpstreamTlsContext context) {
        return TransportSocket.newBuilder()
                .setName(TLS)
                .setTypedConfig(Wire.any(context))
                .build();
    }

    private static DataSource file(String path) {
        return DataSource.newBuilder().setFilename(path).build();
    }

    private static SubjectAltNameMatcher uri(StringMatcher name) {
        return SubjectAltNameMatcher.newBuilder()
                .setSanType(SubjectAltNameMatcher.SanType.URI)
                .setMatcher(name)
                .build();
    }

    private static SubjectAltNameMatcher dns(StringMatcher name) {
        return SubjectAltNameMatcher.newBuilder()
                .setSanType(SubjectAltNameMatcher.SanType.DNS)
                .setMatcher(name)
                .build();
    }
}
