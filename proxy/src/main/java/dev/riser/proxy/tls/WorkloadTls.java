package dev.riser.proxy.tls;

import dev.riser.identity.Pem;
import dev.riser.identity.WorkloadCredentials;
import dev.riser.proxy.snapshot.CompiledSecret;
import dev.riser.proxy.snapshot.DownstreamTls;
import dev.riser.proxy.snapshot.ProxySnapshot;
import dev.riser.proxy.snapshot.TlsSettings;
import dev.riser.proxy.snapshot.TlsSettings.Data;
import dev.riser.proxy.snapshot.TlsSettings.ValidationRules;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The TLS contexts of one workload, made when first needed and thrown away when its certificate or a secret changes;
 * connections keep the context they began with. Contexts are shared between clusters that differ only in the names they
 * accept, because names are checked after the handshake ({@link PeerNames}). Callable on any thread.
 *
 * <p>The secrets {@value #CERTIFICATE} and {@value #TRUST} are the workload's own, made in this process; others come from
 * the snapshot.
 */
public final class WorkloadTls {
    /** Name of the secret that is the workload's certificate and key. */
    public static final String CERTIFICATE = "default";

    /** Name of the secret that is the trust bundle. */
    public static final String TRUST = "ROOTCA";

    /** Hybrid post-quantum key exchange first (draft-ietf-tls-ecdhe-mlkem), then classic ones for foreign peers. */
    private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256"};

    private static final String PKCS8 = "-----BEGIN PRIVATE KEY-----";

    private final Supplier<@Nullable WorkloadCredentials> credentials;
    private final InstantSource clock;
    private final Map<Key, SslContext> contexts = new HashMap<>();
    private @Nullable WorkloadCredentials builtFor;

    public WorkloadTls(Supplier<@Nullable WorkloadCredentials> credentials, InstantSource clock) {
        this.credentials = credentials;
        this.clock = clock;
    }

    private record Key(
            boolean server,
            List<TlsSettings.Certificate> certificates,
            @Nullable String trustName,
            @Nullable Data trustedCa,
            boolean systemRoots,
            boolean acceptUntrusted,
            boolean requireClient,
            List<String> alpn,
            TlsSettings.Version minimum,
            TlsSettings.Version maximum,
            List<String> curves,
            @Nullable Object secrets) {}

    /**
     * The context with which clients of a chain are served.
     *
     * @throws TlsUnavailableException where a secret is missing or unusable
     */
    public SslContext server(ProxySnapshot snapshot, DownstreamTls tls) throws TlsUnavailableException {
        return context(
                snapshot,
                tls.common(),
                true,
                tls.requireClientCertificate(),
                tls.common().alpn());
    }

    /** The context for a connection to an endpoint, offering {@code alpn}. */
    public SslContext client(ProxySnapshot snapshot, TlsSettings settings, List<String> alpn)
            throws TlsUnavailableException {
        return context(snapshot, settings, false, false, alpn);
    }

    /** Throws away every context; connections under way keep theirs. */
    public synchronized void clear() {
        contexts.values().forEach(io.netty.util.ReferenceCountUtil::release);
        contexts.clear();
    }

    private synchronized SslContext context(
            ProxySnapshot snapshot, TlsSettings settings, boolean server, boolean requireClient, List<String> alpn)
            throws TlsUnavailableException {
        WorkloadCredentials own = credentials.get();
        if (own != builtFor) {
            clear();
            builtFor = own;
        }
        TlsSettings.Validation validation = settings.validation();
        ValidationRules inline = validation == null ? ValidationRules.NONE : validation.inline();
        String trustName = validation == null ? null : validation.secretName();
        Key key = new Key(
                server,
                settings.certificates(),
                trustName,
                inline.trustedCa(),
                inline.systemRoots(),
                validation == null || inline.acceptUntrusted(),
                requireClient,
                alpn,
                settings.minimum(),
                settings.maximum(),
                settings.curves(),
                usesNamedSecrets(settings) ? snapshot.secrets() : null);
        SslContext context = contexts.get(key);
        if (context == null) {
            try {
                context = build(snapshot, key, validation, own);
            } catch (GeneralSecurityException | IOException | RuntimeException e) {
                throw new TlsUnavailableException("TLS cannot be set up: " + e.getMessage(), e);
            }
            contexts.put(key, context);
        }
        return context;
    }

    /** Whether a secret of the snapshot plays a part, so that a context must not outlive it. */
    private static boolean usesNamedSecrets(TlsSettings settings) {
        for (String name : settings.secretNames()) {
            if (!name.equals(CERTIFICATE) && !name.equals(TRUST)) {
                return true;
            }
        }
        return false;
    }

    private SslContext build(
            ProxySnapshot snapshot,
            Key key,
            TlsSettings.@Nullable Validation validation,
            @Nullable WorkloadCredentials own)
            throws GeneralSecurityException, IOException, TlsUnavailableException {
        SslContextBuilder builder =
                key.server() ? serverBuilder(snapshot, key, own) : clientBuilder(snapshot, key, own);
        builder.sslProvider(SslProvider.OPENSSL_REFCNT)
                .option(OpenSslContextOption.GROUPS, key.curves().isEmpty() ? GROUPS : groups(key.curves()))
                .protocols(versions(key));
        if (key.server()) {
            ClientAuth client = validation == null
                    ? ClientAuth.NONE
                    : key.requireClient() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL;
            // Tickets stay off: a resumed session would outlive a change of policy or roots.
            builder.clientAuth(client).sessionCacheSize(1);
        } else {
            builder.endpointIdentificationAlgorithm("");
        }
        trust(builder, snapshot, key);
        if (!key.alpn().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    key.alpn()));
        }
        return builder.build();
    }

    private static String[] groups(List<String> curves) {
        return curves.toArray(String[]::new);
    }

    private static String[] versions(Key key) {
        // a server of the mesh and a client of it speak 1.3 unless the configuration asks for less
        boolean twelve = key.minimum() != TlsSettings.Version.TLS_1_3 && key.minimum() != TlsSettings.Version.AUTO
                || key.maximum() == TlsSettings.Version.TLS_1_2
                || key.minimum() == TlsSettings.Version.AUTO && key.trustName() == null;
        boolean thirteen = key.maximum() == TlsSettings.Version.AUTO || key.maximum() == TlsSettings.Version.TLS_1_3;
        return twelve
                ? thirteen ? new String[] {"TLSv1.2", "TLSv1.3"} : new String[] {"TLSv1.2"}
                : new String[] {"TLSv1.3"};
    }

    private SslContextBuilder serverBuilder(ProxySnapshot snapshot, Key key, @Nullable WorkloadCredentials own)
            throws IOException, TlsUnavailableException {
        if (key.certificates().isEmpty()) {
            throw new TlsUnavailableException("a TLS server without a certificate", null);
        }
        return switch (key.certificates().getFirst()) {
            case TlsSettings.NamedCertificate(String name)
            when name.equals(CERTIFICATE) && own != null -> SslContextBuilder.forServer(own.privateKey(), own.chain());
            case TlsSettings.NamedCertificate(String name) -> serverBuilder(named(snapshot, name));
            case TlsSettings.InlineCertificate(TlsSettings.KeyMaterial material) -> serverBuilder(material);
        };
    }

    private SslContextBuilder clientBuilder(ProxySnapshot snapshot, Key key, @Nullable WorkloadCredentials own)
            throws IOException, TlsUnavailableException {
        SslContextBuilder builder = SslContextBuilder.forClient();
        if (key.certificates().isEmpty()) {
            return builder;
        }
        return switch (key.certificates().getFirst()) {
            case TlsSettings.NamedCertificate(String name)
            when name.equals(CERTIFICATE) && own != null -> builder.keyManager(own.privateKey(), own.chain());
            case TlsSettings.NamedCertificate(String name) -> withKey(builder, named(snapshot, name));
            case TlsSettings.InlineCertificate(TlsSettings.KeyMaterial material) -> withKey(builder, material);
        };
    }

    private static SslContextBuilder serverBuilder(TlsSettings.KeyMaterial material) throws IOException {
        String key = text(material.key());
        return isPkcs8(key)
                ? SslContextBuilder.forServer(Pem.privateKey(key), Pem.certificates(text(material.chain())))
                : SslContextBuilder.forServer(open(material.chain()), open(material.key()));
    }

    private static SslContextBuilder withKey(SslContextBuilder builder, TlsSettings.KeyMaterial material)
            throws IOException {
        String key = text(material.key());
        return isPkcs8(key)
                ? builder.keyManager(Pem.privateKey(key), Pem.certificates(text(material.chain())))
                : builder.keyManager(open(material.chain()), open(material.key()));
    }

    /** Older forms of keys are left to the TLS library, which loads a whole security provider to read them. */
    private static boolean isPkcs8(String key) {
        return key.contains(PKCS8);
    }

    private static TlsSettings.KeyMaterial named(ProxySnapshot snapshot, String name) throws TlsUnavailableException {
        if (snapshot.secret(name) instanceof CompiledSecret.CertificateSecret secret) {
            return secret.material();
        }
        throw new TlsUnavailableException("the certificate " + name + " has not arrived yet", null);
    }

    private void trust(SslContextBuilder builder, ProxySnapshot snapshot, Key key)
            throws GeneralSecurityException, IOException, TlsUnavailableException {
        String name = key.trustName();
        if (TRUST.equals(name) && builtFor != null) {
            builder.trustManager(new PeerTrust(
                    () -> {
                        WorkloadCredentials now = credentials.get();
                        return now == null ? null : now.trustBundle();
                    },
                    clock));
            return;
        }
        Data roots = key.trustedCa();
        boolean untrusted = key.acceptUntrusted();
        boolean system = key.systemRoots();
        if (name != null) {
            if (!(snapshot.secret(name) instanceof CompiledSecret.ValidationSecret secret)) {
                throw new TlsUnavailableException("the trust bundle " + name + " has not arrived yet", null);
            }
            roots = secret.rules().trustedCa();
            untrusted = secret.rules().acceptUntrusted();
            system = secret.rules().systemRoots();
        }
        if (roots != null && !untrusted) {
            builder.trustManager(trustedBy(roots));
        } else if (!system || untrusted) {
            // Envoy verifies nothing when no authority is named
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        }
    }

    private static TrustManagerFactory trustedBy(Data roots) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int index = 0;
        try (InputStream in = open(roots)) {
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                if (root instanceof X509Certificate) {
                    store.setCertificateEntry("root" + index++, root);
                }
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static String text(Data data) throws IOException {
        try (InputStream in = open(data)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static InputStream open(Data data) throws IOException {
        return switch (data) {
            case TlsSettings.Bytes(byte[] content) -> new ByteArrayInputStream(content);
            case TlsSettings.FilePath(String path) -> Files.newInputStream(Path.of(path));
        };
    }
}
