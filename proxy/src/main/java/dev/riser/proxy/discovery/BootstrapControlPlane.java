package dev.riser.proxy.discovery;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.riser.identity.Pem;
import dev.riser.xds.client.ChannelSecurity;
import dev.riser.xds.client.ChannelTransport;
import dev.riser.xds.client.ControlPlaneChannel;
import dev.riser.xds.client.RootSource;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds the control plane that a bootstrap's {@code ads_config} names among its clusters. */
final class BootstrapControlPlane {
    private BootstrapControlPlane() {}

    /**
     * The channel to it.
     *
     * @throws IllegalArgumentException saying which field cannot be honoured
     */
    static ControlPlaneChannel channel(Bootstrap bootstrap, ChannelTransport transport) {
        ApiConfigSource source = bootstrap.getDynamicResources().getAdsConfig();
        if (source.getApiType() != ApiConfigSource.ApiType.DELTA_GRPC) {
            throw new IllegalArgumentException(
                    "dynamic_resources.ads_config.api_type: %s; allowed: DELTA_GRPC".formatted(source.getApiType()));
        }
        if (source.getGrpcServicesCount() != 1 || !source.getGrpcServices(0).hasEnvoyGrpc()) {
            throw new IllegalArgumentException(
                    "dynamic_resources.ads_config.grpc_services: one envoy_grpc service is expected");
        }
        String name = source.getGrpcServices(0).getEnvoyGrpc().getClusterName();
        Cluster cluster = bootstrap.getStaticResources().getClustersList().stream()
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "dynamic_resources.ads_config: there is no static cluster " + name));
        SocketAddress address = cluster.getLoadAssignment().getEndpointsList().stream()
                .flatMap(group -> group.getLbEndpointsList().stream())
                .map(LbEndpoint::getEndpoint)
                .filter(endpoint -> endpoint.getAddress().hasSocketAddress())
                .map(endpoint -> endpoint.getAddress().getSocketAddress())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "clusters[%s].load_assignment: there is no socket address".formatted(name)));
        if (!cluster.hasTransportSocket()) {
            return new ControlPlaneChannel(
                    address.getAddress(),
                    address.getPortValue(),
                    authority(address.getAddress(), address.getPortValue()),
                    transport,
                    new ChannelSecurity.Plaintext(),
                    Optional::empty);
        }
        UpstreamTlsContext tls = tls(cluster.getTransportSocket().getTypedConfig(), name);
        String host = tls.getSni().isEmpty() ? address.getAddress() : tls.getSni();
        return new ControlPlaneChannel(
                address.getAddress(),
                address.getPortValue(),
                authority(host, address.getPortValue()),
                transport,
                security(tls, name),
                Optional::empty);
    }

    private static UpstreamTlsContext tls(Any config, String name) {
        try {
            return config.unpack(UpstreamTlsContext.class);
        } catch (InvalidProtocolBufferException other) {
            throw new IllegalArgumentException(
                    "clusters[%s].transport_socket: %s; allowed for a control plane: UpstreamTlsContext"
                            .formatted(name, config.getTypeUrl()),
                    other);
        }
    }

    private static ChannelSecurity security(UpstreamTlsContext tls, String name) {
        CertificateValidationContext validation = tls.getCommonTlsContext().getValidationContext();
        if (!validation.hasTrustedCa()) {
            throw new IllegalArgumentException(
                    "clusters[%s].transport_socket.common_tls_context.validation_context.trusted_ca: missing; the control plane must be verified"
                            .formatted(name));
        }
        RootSource roots = validation.getTrustedCa().hasFilename()
                ? RootSource.file(Path.of(validation.getTrustedCa().getFilename()))
                : RootSource.fixed(Pem.certificates(text(validation.getTrustedCa())));
        List<TlsCertificate> certificates = tls.getCommonTlsContext().getTlsCertificatesList();
        Optional<ChannelSecurity.ClientCertificate> client = certificates.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChannelSecurity.ClientCertificate(
                        Pem.privateKey(text(certificates.getFirst().getPrivateKey())),
                        Pem.certificates(text(certificates.getFirst().getCertificateChain()))));
        return new ChannelSecurity.Tls(roots, () -> client);
    }

    private static String text(DataSource source) {
        return switch (source.getSpecifierCase()) {
            case FILENAME -> {
                try {
                    yield Files.readString(Path.of(source.getFilename()));
                } catch (IOException unreadable) {
                    throw new UncheckedIOException(unreadable);
                }
            }
            case INLINE_STRING -> source.getInlineString();
            case INLINE_BYTES -> source.getInlineBytes().toString(StandardCharsets.UTF_8);
            case ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET ->
                throw new IllegalArgumentException("a data source is neither a file nor inline");
        };
    }

    private static String authority(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
