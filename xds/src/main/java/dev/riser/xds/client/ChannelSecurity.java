package dev.riser.xds.client;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** How a channel to the control plane is protected. */
public sealed interface ChannelSecurity {
    /** Not at all; for control planes on loopback that a bootstrap file names so. */
    record Plaintext() implements ChannelSecurity {}

    /**
     * TLS. Both suppliers are asked before each new stream or call, and a new connection is made when they say something new.
     *
     * @param roots whom to trust
     * @param client what to show, empty while there is nothing
     */
    record Tls(RootSource roots, Supplier<Optional<ClientCertificate>> client) implements ChannelSecurity {}

    /**
     * A client certificate with its key.
     *
     * @param key private key
     * @param chain leaf first
     */
    record ClientCertificate(PrivateKey key, List<X509Certificate> chain) {
        public ClientCertificate {
            chain = List.copyOf(chain);
        }

        @Override
        public String toString() {
            return "ClientCertificate[serial %s]".formatted(chain.getFirst().getSerialNumber());
        }
    }
}
