package dev.riser.xds.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/** Where the root certificates of the control plane come from. Used by one channel at a time, under its lock. */
public interface RootSource {
    /**
     * The roots as of now; the same list as before where nothing changed.
     *
     * @throws IOException where there are none that can be read
     */
    List<X509Certificate> roots() throws IOException;

    /** Roots that do not change. */
    static RootSource fixed(List<X509Certificate> roots) {
        List<X509Certificate> copy = List.copyOf(roots);
        return () -> copy;
    }

    /** A PEM file, read again when its time or size changes; while it cannot be read, what it said before stays. */
    static RootSource file(Path path) {
        return new RootSource() {
            private Object stamp = "";
            private List<X509Certificate> roots = List.of();

            @Override
            public List<X509Certificate> roots() throws IOException {
                try {
                    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                    Object now = List.of(
                            attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
                    if (!now.equals(stamp)) {
                        List<X509Certificate> read = read(path);
                        roots = read.equals(roots) ? roots : read;
                        stamp = now;
                    }
                } catch (IOException unreadable) {
                    if (roots.isEmpty()) {
                        throw unreadable;
                    }
                }
                return roots;
            }
        };
    }

    private static List<X509Certificate> read(Path path) throws IOException {
        try {
            List<X509Certificate> read = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(path)))
                    .stream()
                    .map((Certificate each) -> (X509Certificate) each)
                    .toList();
            if (read.isEmpty()) {
                throw new IOException(path + " holds no certificate");
            }
            return read;
        } catch (CertificateException unreadable) {
            throw new IOException(path + " holds a certificate that cannot be read", unreadable);
        }
    }
}
