package dev.riser.identity.authority;

import dev.riser.identity.P256;
import dev.riser.identity.Pem;
import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustBundle;
import dev.riser.identity.TrustDomain;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The mesh's certificate authority: a root that signs issuers, an issuer that signs workloads. Both are made on first
 * start and kept, key and certificate in one file each, so that a crash at any moment leaves a pair that fits. One process
 * at a time may have a state directory open. Thread-safe; issuing takes tens of microseconds and no I/O unless the issuer
 * is renewed.
 */
public final class CertificateAuthority implements AutoCloseable {
    private static final String DIRECTORY = "ca";
    private static final String ROOT_FILE = "root.pem";
    private static final String ISSUER_FILE = "issuer.pem";
    private static final String LOCK_FILE = "lock";

    /** Share of the issuer's life after which the next one takes over; leaves of the old stay good, they carry it. */
    private static final double ISSUER_RENEWAL = 2.0 / 3.0;

    private final AuthoritySettings settings;
    private final KeyStorage storage;
    private final InstantSource clock;
    private final FileChannel lock;
    private final Signer root;
    private final TrustBundle trustBundle;
    private volatile Signer issuer;

    private CertificateAuthority(
            AuthoritySettings settings,
            KeyStorage storage,
            InstantSource clock,
            FileChannel lock,
            Signer root,
            Signer issuer) {
        this.settings = settings;
        this.storage = storage;
        this.clock = clock;
        this.lock = lock;
        this.root = root;
        this.issuer = issuer;
        this.trustBundle = new TrustBundle(settings.trustDomain(), List.of(root.certificate()));
    }

    /** A certificate with its key. */
    record Signer(X509Certificate certificate, PrivateKey key) {
        String pem() {
            return Pem.of(certificate) + Pem.of(key);
        }

        Instant notAfter() {
            return certificate.getNotAfter().toInstant();
        }

        /** Key and certificate of one file. */
        static Signer read(String text) {
            List<X509Certificate> certificates = Pem.certificates(text);
            if (certificates.size() != 1) {
                throw new IllegalArgumentException("one certificate is expected, there are " + certificates.size());
            }
            return new Signer(certificates.getFirst(), Pem.privateKey(text));
        }
    }

    /**
     * Opens the authority of a state directory; makes it on first start.
     *
     * @param stateDirectory files go to {@code ca/} in it
     * @throws IOException where files cannot be read or written, others can read them, another process has them, or they
     *     are of another trust domain
     */
    public static CertificateAuthority open(Path stateDirectory, AuthoritySettings settings, InstantSource clock)
            throws IOException {
        return open(stateDirectory, settings, clock, WriteObserver.NONE);
    }

    static CertificateAuthority open(
            Path stateDirectory, AuthoritySettings settings, InstantSource clock, WriteObserver observer)
            throws IOException {
        KeyStorage storage = new KeyStorage(stateDirectory.resolve(DIRECTORY), observer);
        FileChannel lock = lock(storage.path(LOCK_FILE));
        CertificateAuthority opened = null;
        try {
            Signer root = loadRoot(storage, settings, clock.instant());
            Signer issuer = loadIssuer(storage, settings, root, clock.instant());
            opened = new CertificateAuthority(settings, storage, clock, lock, root, issuer);
            return opened;
        } finally {
            if (opened == null) {
                lock.close();
            }
        }
    }

    /** The roots that every workload trusts. */
    public TrustBundle trustBundle() {
        return trustBundle;
    }

    /** The trust domain this authority issues for. */
    public TrustDomain trustDomain() {
        return settings.trustDomain();
    }

    /** The root's certificate. */
    public X509Certificate root() {
        return root.certificate();
    }

    /** The issuer's certificate as of now. */
    public X509Certificate issuer() {
        return issuer.certificate();
    }

    /**
     * Makes a workload's certificate.
     *
     * @param csrPem PKCS#10; only its public key is used, and its signature, as proof that the caller has the private one
     * @param id the identity that the caller has proven; never taken from the request
     * @param requested life asked for; the settings' where empty or longer than those
     */
    public Issuance issue(String csrPem, SpiffeId id, Optional<Duration> requested) {
        if (!id.trustDomain().equals(settings.trustDomain())) {
            return new Issuance.Refused("%s is not of the trust domain %s".formatted(id, settings.trustDomain()));
        }
        PublicKey key;
        try {
            key = CertificateRequests.verifiedKey(csrPem);
        } catch (IllegalArgumentException unusable) {
            return new Issuance.Refused("certificate request: " + unusable.getMessage());
        }
        Duration lifetime = requested.filter(Duration::isPositive).orElse(settings.leafLifetime());
        if (lifetime.compareTo(AuthoritySettings.SHORTEST_LEAF) < 0) {
            lifetime = AuthoritySettings.SHORTEST_LEAF;
        }
        if (lifetime.compareTo(settings.leafLifetime()) > 0) {
            lifetime = settings.leafLifetime();
        }
        Instant now = clock.instant();
        Instant notAfter = CertificateBuilding.wholeSecond(now.plus(lifetime));
        Signer signer;
        try {
            signer = issuerFor(now, notAfter);
        } catch (IOException unwritable) {
            return new Issuance.Refused(
                    "the issuer is due for renewal and cannot be stored: " + unwritable.getMessage());
        }
        if (notAfter.isAfter(signer.notAfter())) {
            return new Issuance.Refused("the certificate would live until %s, longer than its issuer (%s)"
                    .formatted(notAfter, signer.notAfter()));
        }
        X509Certificate leaf = CertificateBuilding.workload(signer, key, id, now, notAfter);
        return new Issuance.Issued(List.of(leaf, signer.certificate(), root.certificate()), notAfter);
    }

    /**
     * A new key and certificate for the control plane's own server.
     *
     * @param dnsNames names clients dial, such as {@code localhost}
     * @param addresses IP addresses clients dial, in text form
     * @throws IOException where the issuer is due for renewal and cannot be stored
     */
    public ServerIdentity serverIdentity(List<String> dnsNames, List<String> addresses, Duration lifetime)
            throws IOException {
        Instant now = clock.instant();
        Instant wanted = CertificateBuilding.wholeSecond(now.plus(lifetime));
        Signer signer = issuerFor(now, wanted);
        Instant notAfter = wanted.isAfter(signer.notAfter()) ? signer.notAfter() : wanted;
        KeyPair keys = P256.generate();
        X509Certificate leaf = CertificateBuilding.server(signer, keys.getPublic(), dnsNames, addresses, now, notAfter);
        return new ServerIdentity(keys.getPrivate(), List.of(leaf, signer.certificate()), notAfter);
    }

    /** Tokens whose key lives beside this authority's. */
    public WorkloadTokens tokens() throws IOException {
        return WorkloadTokens.open(storage, settings.trustDomain(), clock);
    }

    /** Lets another process have the state directory. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    private Signer issuerFor(Instant now, Instant leafEnd) throws IOException {
        Signer current = issuer;
        if (!dueForRenewal(current, now) && !leafEnd.isAfter(current.notAfter())) {
            return current;
        }
        return renewIssuer(now, leafEnd);
    }

    private synchronized Signer renewIssuer(Instant now, Instant leafEnd) throws IOException {
        Signer current = issuer;
        // Renewing cannot help once the issuer already ends with the root.
        boolean capped = !current.notAfter().isBefore(root.notAfter());
        if (capped || (!dueForRenewal(current, now) && !leafEnd.isAfter(current.notAfter()))) {
            return current;
        }
        Signer next = makeIssuer(storage, settings, root, now);
        issuer = next;
        return next;
    }

    private static boolean dueForRenewal(Signer signer, Instant now) {
        Instant start = signer.certificate().getNotBefore().toInstant();
        Duration life = Duration.between(start, signer.notAfter());
        return now.isAfter(start.plusSeconds((long) (life.toSeconds() * ISSUER_RENEWAL)));
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(
                path,
                java.util.Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                        java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException sameProcess) {
            channel.close();
            throw new IOException("%s is already open in this process".formatted(path.getParent()), sameProcess);
        }
        channel.close();
        throw new IOException("%s is in use by another control plane; stop it, or give this one another --state"
                .formatted(path.getParent()));
    }

    private static Signer loadRoot(KeyStorage storage, AuthoritySettings settings, Instant now) throws IOException {
        String stored = storage.read(ROOT_FILE);
        if (stored == null) {
            KeyPair keys = P256.generate();
            X509Certificate certificate =
                    CertificateBuilding.root(keys, settings.trustDomain(), now, now.plus(settings.rootLifetime()));
            Signer root = new Signer(certificate, keys.getPrivate());
            storage.write(ROOT_FILE, root.pem());
            return root;
        }
        Signer root = readSigner(storage, ROOT_FILE, stored);
        if (!CertificateBuilding.isRootOf(root.certificate(), settings.trustDomain())) {
            throw new IOException(
                    "%s is not a root of the trust domain %s; use another state directory for another trust domain"
                            .formatted(storage.path(ROOT_FILE), settings.trustDomain()));
        }
        if (now.isAfter(root.notAfter())) {
            throw new IOException(
                    "%s expired at %s; delete the directory to start with a new root, then restart every workload"
                            .formatted(storage.path(ROOT_FILE), root.notAfter()));
        }
        return root;
    }

    private static Signer loadIssuer(KeyStorage storage, AuthoritySettings settings, Signer root, Instant now)
            throws IOException {
        String stored = storage.read(ISSUER_FILE);
        if (stored != null) {
            Signer issuer = readSigner(storage, ISSUER_FILE, stored);
            if (signedBy(issuer.certificate(), root.certificate()) && now.isBefore(issuer.notAfter())) {
                return issuer;
            }
        }
        return makeIssuer(storage, settings, root, now);
    }

    private static Signer makeIssuer(KeyStorage storage, AuthoritySettings settings, Signer root, Instant now)
            throws IOException {
        KeyPair keys = P256.generate();
        Instant wanted = CertificateBuilding.wholeSecond(now.plus(settings.issuerLifetime()));
        Instant notAfter = wanted.isAfter(root.notAfter()) ? root.notAfter() : wanted;
        X509Certificate certificate =
                CertificateBuilding.issuer(root, keys.getPublic(), settings.trustDomain(), now, notAfter);
        Signer issuer = new Signer(certificate, keys.getPrivate());
        storage.write(ISSUER_FILE, issuer.pem());
        return issuer;
    }

    private static Signer readSigner(KeyStorage storage, String name, String stored) throws IOException {
        try {
            Signer signer = Signer.read(stored);
            if (!CertificateBuilding.fits(signer)) {
                throw new IllegalArgumentException("the key does not belong to the certificate");
            }
            return signer;
        } catch (IllegalArgumentException unreadable) {
            throw new IOException(
                    "%s: %s; put back the file, or delete the directory to start with a new root"
                            .formatted(storage.path(name), unreadable.getMessage()),
                    unreadable);
        }
    }

    private static boolean signedBy(X509Certificate certificate, X509Certificate signer) {
        try {
            certificate.verify(signer.getPublicKey());
            return true;
        } catch (GeneralSecurityException foreign) {
            return false;
        }
    }
}
