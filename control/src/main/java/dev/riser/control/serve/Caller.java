package dev.riser.control.serve;

import dev.riser.identity.SpiffeId;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * Who is calling, as its token or its certificate proves.
 *
 * @param id its identity
 * @param instance the instance that its token names, empty where it came with a certificate only
 * @param certificate the certificate that proves it, empty where its token alone does
 * @param address the IP address it calls from, empty inside this process
 */
public record Caller(SpiffeId id, Optional<String> instance, Optional<X509Certificate> certificate, String address) {
    static final Context.Key<Caller> KEY = Context.key("riser-caller");

    /** The caller of the current gRPC call. */
    static Caller current() throws StatusException {
        Caller caller = KEY.get();
        if (caller == null) {
            throw Status.UNAUTHENTICATED
                    .withDescription("this call needs a bearer token or a client certificate")
                    .asException();
        }
        return caller;
    }

    String namespace() {
        return id.namespace().orElse("");
    }

    String serviceAccount() {
        return id.serviceAccount().orElse("");
    }
}
