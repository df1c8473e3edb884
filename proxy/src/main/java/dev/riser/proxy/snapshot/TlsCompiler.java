package dev.riser.proxy.snapshot;

import static dev.riser.proxy.snapshot.Inspection.at;

import com.google.protobuf.Any;
import dev.riser.proxy.route.StringMatch;
import dev.riser.proxy.snapshot.TlsSettings.Certificate;
import dev.riser.proxy.snapshot.TlsSettings.Data;
import dev.riser.proxy.snapshot.TlsSettings.KeyMaterial;
import dev.riser.proxy.snapshot.TlsSettings.NameKind;
import dev.riser.proxy.snapshot.TlsSettings.NameMatch;
import dev.riser.proxy.snapshot.TlsSettings.Validation;
import dev.riser.proxy.snapshot.TlsSettings.ValidationRules;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compiles transport sockets and secrets. */
final class TlsCompiler {
    private static final String RAW_BUFFER = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
    private static final String UPSTREAM = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    private static final String DOWNSTREAM = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";

    /** Made in the proxy, wherever the configuration says that they come from. */
    private static final Set<String> OWN_SECRETS = Set.of("default", "ROOTCA");

    private final Inspection inspection;
    private final MatcherCompiler matchers;

    TlsCompiler(Inspection inspection) {
        this.inspection = inspection;
        this.matchers = new MatcherCompiler(inspection);
    }

    /** Null for plaintext. */
    @Nullable
    DownstreamTls downstream(TransportSocket socket, String path) {
        inspection.only(socket, path, Set.of("name", "typed_config"));
        Any config = socket.getTypedConfig();
        String type = Inspection.typeOf(config);
        if (type.equals(RAW_BUFFER)
                || (type.isEmpty() && socket.getName().equals("envoy.transport_sockets.raw_buffer"))) {
            return null;
        }
        String at = at(path, "typed_config");
        if (!type.equals(DOWNSTREAM)) {
            throw new Inspection.Unusable(at, "this proxy has no transport socket with the configuration " + type);
        }
        DownstreamTlsContext context = inspection.unpack(config, DownstreamTlsContext.class, at);
        // Session time-outs and the preference of ciphers are left to the TLS library's defaults only where not given.
        inspection.only(
                context,
                at,
                Set.of(
                        "common_tls_context",
                        "require_client_certificate",
                        "require_sni",
                        "disable_stateless_session_resumption",
                        "disable_stateful_session_resumption"));
        TlsSettings common = common(context.getCommonTlsContext(), at(at, "common_tls_context"));
        if (common.certificates().isEmpty()) {
            inspection.reject(at(at, "common_tls_context"), "a server needs a certificate");
        }
        boolean requireClient = context.getRequireClientCertificate().getValue();
        if (requireClient && common.validation() == null) {
            inspection.reject(
                    at(at, "require_client_certificate"), "there is nothing to verify the client's certificate with");
        }
        return new DownstreamTls(
                common,
                requireClient,
                context.getRequireSni().getValue(),
                context.getDisableStatelessSessionResumption(),
                context.getDisableStatefulSessionResumption());
    }

    UpstreamTransport upstream(TransportSocket socket, String path) {
        inspection.only(socket, path, Set.of("name", "typed_config"));
        Any config = socket.getTypedConfig();
        String type = Inspection.typeOf(config);
        if (type.equals(RAW_BUFFER)
                || (type.isEmpty() && socket.getName().equals("envoy.transport_sockets.raw_buffer"))) {
            return UpstreamTransport.Plaintext.INSTANCE;
        }
        String at = at(path, "typed_config");
        if (!type.equals(UPSTREAM)) {
            throw new Inspection.Unusable(at, "this proxy has no transport socket with the configuration " + type);
        }
        UpstreamTlsContext context = inspection.unpack(config, UpstreamTlsContext.class, at);
        // The number of kept sessions and the check of RSA key usage change no outcome for valid certificates.
        inspection.only(
                context,
                at,
                Set.of(
                        "common_tls_context",
                        "sni",
                        "auto_host_sni",
                        "auto_sni_san_validation",
                        "max_session_keys",
                        "enforce_rsa_key_usage"));
        TlsSettings common = common(context.getCommonTlsContext(), at(at, "common_tls_context"));
        if (context.getAutoSniSanValidation() && common.validation() == null) {
            inspection.reject(at(at, "auto_sni_san_validation"), "there is nothing to verify the certificate with");
        }
        return new UpstreamTls(common, context.getSni(), context.getAutoHostSni(), context.getAutoSniSanValidation());
    }

    private TlsSettings common(CommonTlsContext context, String path) {
        inspection.only(
                context,
                path,
                Set.of(
                        "tls_params",
                        "tls_certificates",
                        "tls_certificate_sds_secret_configs",
                        "validation_context",
                        "validation_context_sds_secret_config",
                        "combined_validation_context",
                        "alpn_protocols"));
        List<Certificate> certificates = new ArrayList<>();
        for (int i = 0; i < context.getTlsCertificatesCount(); i++) {
            certificates.add(new TlsSettings.InlineCertificate(
                    certificate(context.getTlsCertificates(i), at(path, "tls_certificates", i))));
        }
        for (int i = 0; i < context.getTlsCertificateSdsSecretConfigsCount(); i++) {
            certificates.add(new TlsSettings.NamedCertificate(secretName(
                    context.getTlsCertificateSdsSecretConfigs(i), at(path, "tls_certificate_sds_secret_configs", i))));
        }
        TlsParameters parameters = context.getTlsParams();
        String at = at(path, "tls_params");
        inspection.only(
                parameters,
                at,
                Set.of("tls_minimum_protocol_version", "tls_maximum_protocol_version", "cipher_suites", "ecdh_curves"));
        return new TlsSettings(
                certificates,
                validation(context, path),
                context.getAlpnProtocolsList(),
                version(parameters.getTlsMinimumProtocolVersion(), at(at, "tls_minimum_protocol_version")),
                version(parameters.getTlsMaximumProtocolVersion(), at(at, "tls_maximum_protocol_version")),
                parameters.getCipherSuitesList(),
                parameters.getEcdhCurvesList());
    }

    private TlsSettings.Version version(TlsParameters.TlsProtocol protocol, String path) {
        return switch (protocol) {
            case TLS_AUTO -> TlsSettings.Version.AUTO;
            case TLSv1_0 -> TlsSettings.Version.TLS_1_0;
            case TLSv1_1 -> TlsSettings.Version.TLS_1_1;
            case TLSv1_2 -> TlsSettings.Version.TLS_1_2;
            case TLSv1_3 -> TlsSettings.Version.TLS_1_3;
            case UNRECOGNIZED -> {
                inspection.reject(path, "is unknown");
                yield TlsSettings.Version.AUTO;
            }
        };
    }

    private @Nullable Validation validation(CommonTlsContext context, String path) {
        return switch (context.getValidationContextTypeCase()) {
            case VALIDATION_CONTEXT ->
                new Validation(null, rules(context.getValidationContext(), at(path, "validation_context")));
            case VALIDATION_CONTEXT_SDS_SECRET_CONFIG ->
                new Validation(
                        secretName(
                                context.getValidationContextSdsSecretConfig(),
                                at(path, "validation_context_sds_secret_config")),
                        ValidationRules.NONE);
            case COMBINED_VALIDATION_CONTEXT -> {
                var combined = context.getCombinedValidationContext();
                String at = at(path, "combined_validation_context");
                inspection.only(
                        combined, at, Set.of("default_validation_context", "validation_context_sds_secret_config"));
                yield new Validation(
                        secretName(
                                combined.getValidationContextSdsSecretConfig(),
                                at(at, "validation_context_sds_secret_config")),
                        rules(combined.getDefaultValidationContext(), at(at, "default_validation_context")));
            }
            case VALIDATION_CONTEXT_CERTIFICATE_PROVIDER,
                    VALIDATION_CONTEXT_CERTIFICATE_PROVIDER_INSTANCE,
                    VALIDATIONCONTEXTTYPE_NOT_SET -> null;
        };
    }

    private String secretName(SdsSecretConfig config, String path) {
        inspection.only(config, path, Set.of("name", "sds_config"));
        if (config.getName().isEmpty()) {
            inspection.reject(at(path, "name"), "is empty");
        }
        if (!OWN_SECRETS.contains(config.getName())) {
            aggregated(config.getSdsConfig(), config.hasSdsConfig(), at(path, "sds_config"), inspection);
        }
        return config.getName();
    }

    /** Resources come over the one aggregated stream, or stand in the bootstrap file (no source given). */
    static void aggregated(ConfigSource source, boolean given, String path, Inspection inspection) {
        if (!given) {
            return;
        }
        // Versions are all 3, and waiting for the first answer is up to who asks.
        inspection.only(source, path, Set.of("ads", "self", "resource_api_version", "initial_fetch_timeout"));
        if (!source.hasAds() && !source.hasSelf()) {
            inspection.reject(path, "resources come over the aggregated stream (ads) alone");
        }
    }

    private KeyMaterial certificate(TlsCertificate certificate, String path) {
        inspection.only(certificate, path, Set.of("certificate_chain", "private_key"));
        if (!certificate.hasCertificateChain() || !certificate.hasPrivateKey()) {
            inspection.reject(path, "needs certificate_chain and private_key");
        }
        return new KeyMaterial(
                data(certificate.getCertificateChain(), at(path, "certificate_chain")),
                data(certificate.getPrivateKey(), at(path, "private_key")));
    }

    private Data data(DataSource source, String path) {
        inspection.only(source, path, Set.of("filename", "inline_bytes", "inline_string"));
        return source.hasFilename()
                ? new TlsSettings.FilePath(source.getFilename())
                : new TlsSettings.Bytes(
                        source.hasInlineString()
                                ? source.getInlineStringBytes().toByteArray()
                                : source.getInlineBytes().toByteArray());
    }

    @SuppressWarnings("deprecation") // match_subject_alt_names is still sent
    private ValidationRules rules(CertificateValidationContext context, String path) {
        inspection.only(
                context,
                path,
                Set.of(
                        "trusted_ca",
                        "system_root_certs",
                        "match_typed_subject_alt_names",
                        "match_subject_alt_names",
                        "verify_certificate_hash",
                        "verify_certificate_spki",
                        "trust_chain_verification",
                        "crl"));
        List<NameMatch> names = new ArrayList<>();
        for (int i = 0; i < context.getMatchTypedSubjectAltNamesCount(); i++) {
            names.add(name(context.getMatchTypedSubjectAltNames(i), at(path, "match_typed_subject_alt_names", i)));
        }
        for (int i = 0; i < context.getMatchSubjectAltNamesCount(); i++) {
            StringMatcher matcher = context.getMatchSubjectAltNames(i);
            StringMatch match = matchers.string(matcher, at(path, "match_subject_alt_names", i));
            names.add(new NameMatch(NameKind.ANY, match));
        }
        boolean acceptUntrusted = switch (context.getTrustChainVerification()) {
            case VERIFY_TRUST_CHAIN -> false;
            case ACCEPT_UNTRUSTED -> true;
            case UNRECOGNIZED -> {
                inspection.reject(at(path, "trust_chain_verification"), "is unknown");
                yield false;
            }
        };
        return new ValidationRules(
                context.hasTrustedCa() ? data(context.getTrustedCa(), at(path, "trusted_ca")) : null,
                context.hasSystemRootCerts(),
                names,
                context.getVerifyCertificateHashList(),
                context.getVerifyCertificateSpkiList(),
                acceptUntrusted,
                context.hasCrl() ? data(context.getCrl(), at(path, "crl")) : null);
    }

    private NameMatch name(SubjectAltNameMatcher matcher, String path) {
        inspection.only(matcher, path, Set.of("san_type", "matcher"));
        NameKind kind = switch (matcher.getSanType()) {
            case EMAIL -> NameKind.EMAIL;
            case DNS -> NameKind.DNS;
            case URI -> NameKind.URI;
            case IP_ADDRESS -> NameKind.IP_ADDRESS;
            case SAN_TYPE_UNSPECIFIED, OTHER_NAME, UNRECOGNIZED ->
                throw new Inspection.Unusable(at(path, "san_type"), "is none that this proxy knows");
        };
        return new NameMatch(kind, matchers.string(matcher.getMatcher(), at(path, "matcher")));
    }

    CompiledSecret compileSecret(Secret secret) {
        inspection.only(secret, "", Set.of("name", "tls_certificate", "validation_context"));
        return switch (secret.getTypeCase()) {
            case TLS_CERTIFICATE ->
                new CompiledSecret.CertificateSecret(
                        secret.getName(), certificate(secret.getTlsCertificate(), "tls_certificate"));
            case VALIDATION_CONTEXT ->
                new CompiledSecret.ValidationSecret(
                        secret.getName(), rules(secret.getValidationContext(), "validation_context"));
            case SESSION_TICKET_KEYS, GENERIC_SECRET, TYPE_NOT_SET ->
                throw new Inspection.Unusable("", "is no kind of secret that this proxy knows");
        };
    }
}
