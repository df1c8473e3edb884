package dev.riser.proxy.snapshot;

import dev.riser.proxy.route.StringMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of TLS share.
 *
 * @param certificates what we show, in order; empty: nothing
 * @param validation how the peer is verified; null: not at all
 * @param alpn application protocols, ours in order of preference
 * @param minimum lowest version, {@link Version#AUTO}: the side's default
 * @param maximum highest version, {@link Version#AUTO}: TLS 1.3
 * @param cipherSuites of TLS 1.2, in OpenSSL's names; empty: default
 * @param curves in order; empty: default, X25519MLKEM768 first
 */
public record TlsSettings(
        List<Certificate> certificates,
        @Nullable Validation validation,
        List<String> alpn,
        Version minimum,
        Version maximum,
        List<String> cipherSuites,
        List<String> curves) {

    /** Copies the lists. */
    public TlsSettings {
        certificates = List.copyOf(certificates);
        alpn = List.copyOf(alpn);
        cipherSuites = List.copyOf(cipherSuites);
        curves = List.copyOf(curves);
    }

    /** Version of the protocol. */
    public enum Version {
        AUTO,
        TLS_1_0,
        TLS_1_1,
        TLS_1_2,
        TLS_1_3
    }

    /** A certificate and its key. */
    public sealed interface Certificate {}

    /** A secret found in the snapshot or made in the proxy ({@code default}). */
    public record NamedCertificate(String secretName) implements Certificate {}

    /** Given in the configuration. */
    public record InlineCertificate(KeyMaterial material) implements Certificate {}

    /**
     * A certificate chain and its key.
     *
     * @param chain where the PEM chain is, the leaf first
     * @param key where the PEM key is
     */
    public record KeyMaterial(Data chain, Data key) {}

    /** Bytes of the configuration, or a file. */
    public sealed interface Data {}

    /** Given in the configuration; not to be changed. */
    @SuppressWarnings("ArrayRecordComponent") // compared by content below; read without a copy
    public record Bytes(byte[] content) implements Data {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes(byte[] that) && java.util.Arrays.equals(content, that);
        }

        @Override
        public int hashCode() {
            return java.util.Arrays.hashCode(content);
        }

        /** Never shows the content, which may be a key. */
        @Override
        public String toString() {
            return "Bytes[" + content.length + "]";
        }
    }

    /** A file, read when it is needed. */
    public record FilePath(String path) implements Data {}

    /**
     * How the peer is verified.
     *
     * @param secretName trust bundle to find in the snapshot, or made in the proxy ({@code ROOTCA}); null: inline alone
     * @param inline what the configuration says itself; its name matchers hold in addition to the secret's
     */
    public record Validation(@Nullable String secretName, ValidationRules inline) {}

    /**
     * Rules for a peer's certificate.
     *
     * @param trustedCa PEM certificates; null: none here
     * @param systemRoots whether the platform's roots are trusted
     * @param names the certificate must match any of them; empty: any name
     * @param certificateHashes hex SHA-256 of accepted leaf certificates; empty: any
     * @param spkiHashes base64 SHA-256 of accepted public keys; empty: any
     * @param acceptUntrusted whether a chain to no trusted root is accepted
     * @param crl PEM revocation list; null: none
     */
    public record ValidationRules(
            @Nullable Data trustedCa,
            boolean systemRoots,
            List<NameMatch> names,
            List<String> certificateHashes,
            List<String> spkiHashes,
            boolean acceptUntrusted,
            @Nullable Data crl) {

        /** Nothing said. */
        public static final ValidationRules NONE =
                new ValidationRules(null, false, List.of(), List.of(), List.of(), false, null);

        /** Copies the lists. */
        public ValidationRules {
            names = List.copyOf(names);
            certificateHashes = List.copyOf(certificateHashes);
            spkiHashes = List.copyOf(spkiHashes);
        }

        /** Whether a certificate name of this kind is accepted. */
        public boolean accepts(NameKind kind, String name) {
            for (int i = 0; i < names.size(); i++) {
                if (names.get(i).matches(kind, name)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Kind of subject alternative name. */
    public enum NameKind {
        /** Written without kind (deprecated field): every kind is tried. */
        ANY,
        EMAIL,
        DNS,
        URI,
        IP_ADDRESS
    }

    /**
     * A subject alternative name that is accepted.
     *
     * @param match an exact match of a DNS name may be matched by a wildcard in the certificate
     */
    public record NameMatch(NameKind kind, StringMatch match) {
        /** Whether a name of the certificate is this. */
        public boolean matches(NameKind kindOfName, String name) {
            if (kind != NameKind.ANY && kind != kindOfName) {
                return false;
            }
            if (match.matches(name)) {
                return true;
            }
            return kindOfName == NameKind.DNS
                    && match instanceof StringMatch.Exact(String wanted, boolean ignoreCase)
                    && name.startsWith("*.")
                    && wanted.indexOf('.') > 0
                    && wanted.regionMatches(true, wanted.indexOf('.'), name, 1, name.length() - 1)
                    && wanted.length() - wanted.indexOf('.') == name.length() - 1;
        }
    }

    /** Names of the secrets this needs. */
    public List<String> secretNames() {
        List<String> names = new ArrayList<>();
        for (Certificate certificate : certificates) {
            if (certificate instanceof NamedCertificate(String name)) {
                names.add(name);
            }
        }
        if (validation != null && validation.secretName() != null) {
            names.add(validation.secretName());
        }
        return names;
    }
}
