package dev.riser.control.app;

import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The last certificate of each instance, for people to see. Holds the most recent ones only. Thread-safe. */
final class IssuedCertificates {
    private static final int MOST = 10_000;

    private final Map<String, X509Certificate> byInstance = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, X509Certificate> eldest) {
            return size() > MOST;
        }
    };

    /**
     * @param instance the instance, or the identity of a caller whose proof named none
     */
    synchronized void put(String instance, X509Certificate certificate) {
        byInstance.remove(instance);
        byInstance.put(instance, certificate);
    }

    /** A proxy has shown this one; one that was issued since is newer. */
    synchronized void presented(String instance, X509Certificate certificate) {
        X509Certificate known = byInstance.get(instance);
        if (known == null || known.getNotBefore().before(certificate.getNotBefore())) {
            put(instance, certificate);
        }
    }

    synchronized Optional<X509Certificate> of(String instance, String principal) {
        return Optional.ofNullable(byInstance.get(instance)).or(() -> Optional.ofNullable(byInstance.get(principal)));
    }
}
