package dev.riser.proxy.snapshot;

/** A secret. */
public sealed interface CompiledSecret {
    /** The resource's name. */
    String name();

    /** A certificate and its key. */
    record CertificateSecret(String name, TlsSettings.KeyMaterial material) implements CompiledSecret {}

    /** What peers are verified against. */
    record ValidationSecret(String name, TlsSettings.ValidationRules rules) implements CompiledSecret {}
}
