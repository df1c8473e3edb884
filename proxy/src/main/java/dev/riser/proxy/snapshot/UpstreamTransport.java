package dev.riser.proxy.snapshot;

/** What is between us and an endpoint. */
public sealed interface UpstreamTransport permits UpstreamTls, UpstreamTransport.Plaintext {
    /** Bytes as they are. */
    record Plaintext() implements UpstreamTransport {
        /** The one instance. */
        public static final Plaintext INSTANCE = new Plaintext();
    }
}
