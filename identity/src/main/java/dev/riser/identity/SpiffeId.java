package dev.riser.identity;

import java.util.Optional;

/**
 * The identity of a workload, {@code spiffe://<trust domain><path>}, by the grammar of the SPIFFE-ID standard, strictly:
 * two ids are the same exactly when their text is the same, so nothing is decoded, folded or trimmed.
 *
 * @param trustDomain who vouches
 * @param path empty, or {@code /} and segments of letters, digits, dot, dash and underscore
 */
public record SpiffeId(TrustDomain trustDomain, String path) {
    private static final String SCHEME = "spiffe://";

    /** SPIFFE-ID section 2.3. */
    private static final int MAX_LENGTH = 2048;

    private static final int NAMESPACE_SEGMENT = 2;
    private static final int ACCOUNT_SEGMENT = 4;
    private static final int SERVICE_ACCOUNT_SEGMENTS = 5;

    /** @throws IllegalArgumentException saying which rule is broken */
    public SpiffeId {
        checkPath(path);
        if (SCHEME.length() + trustDomain.name().length() + path.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the id is longer than " + MAX_LENGTH + " bytes");
        }
    }

    /**
     * Reads an id.
     *
     * @throws IllegalArgumentException saying which rule is broken
     */
    public static SpiffeId parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the id is longer than " + MAX_LENGTH + " bytes");
        }
        if (!text.startsWith(SCHEME)) {
            throw new IllegalArgumentException("the id does not start with " + SCHEME);
        }
        int slash = text.indexOf('/', SCHEME.length());
        int end = slash < 0 ? text.length() : slash;
        return new SpiffeId(new TrustDomain(text.substring(SCHEME.length(), end)), text.substring(end));
    }

    /** {@link #parse} for text that a stranger sent: empty where it is not an id. */
    public static Optional<SpiffeId> tryParse(String text) {
        try {
            return Optional.of(parse(text));
        } catch (IllegalArgumentException notAnId) {
            return Optional.empty();
        }
    }

    /** {@code spiffe://<trust domain>/ns/<namespace>/sa/<serviceAccount>}. */
    public static SpiffeId ofServiceAccount(TrustDomain trustDomain, String namespace, String serviceAccount) {
        if (namespace.indexOf('/') >= 0 || serviceAccount.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    "a namespace or service account with a slash: %s, %s".formatted(namespace, serviceAccount));
        }
        return new SpiffeId(trustDomain, "/ns/" + namespace + "/sa/" + serviceAccount);
    }

    /** The namespace of an id of the form {@code /ns/<namespace>/sa/<service account>}. */
    public Optional<String> namespace() {
        return serviceAccountSegment(NAMESPACE_SEGMENT);
    }

    /** The service account of an id of the form {@code /ns/<namespace>/sa/<service account>}. */
    public Optional<String> serviceAccount() {
        return serviceAccountSegment(ACCOUNT_SEGMENT);
    }

    /** The whole id as text, {@code spiffe://…}. */
    public String text() {
        return SCHEME + trustDomain.name() + path;
    }

    @Override
    public String toString() {
        return text();
    }

    private Optional<String> serviceAccountSegment(int segment) {
        String[] segments = path.split("/", -1);
        boolean form =
                segments.length == SERVICE_ACCOUNT_SEGMENTS && segments[1].equals("ns") && segments[3].equals("sa");
        return form ? Optional.of(segments[segment]) : Optional.empty();
    }

    private static void checkPath(String path) {
        if (path.isEmpty()) {
            return;
        }
        if (path.charAt(0) != '/') {
            throw new IllegalArgumentException("the path does not start with a slash");
        }
        int start = 1;
        while (true) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            checkSegment(path, start, end);
            if (slash < 0) {
                return;
            }
            start = slash + 1;
        }
    }

    private static void checkSegment(String path, int start, int end) {
        if (start == end) {
            throw new IllegalArgumentException(
                    end == path.length() ? "the path ends with a slash" : "the path has an empty segment");
        }
        String segment = path.substring(start, end);
        if (segment.equals(".") || segment.equals("..")) {
            throw new IllegalArgumentException("the path has the relative segment \"" + segment + "\"");
        }
        for (int index = start; index < end; index++) {
            char letter = path.charAt(index);
            boolean allowed = (letter >= 'a' && letter <= 'z')
                    || (letter >= 'A' && letter <= 'Z')
                    || (letter >= '0' && letter <= '9')
                    || letter == '.'
                    || letter == '-'
                    || letter == '_';
            if (!allowed) {
                throw new IllegalArgumentException("the path has %s at position %d; allowed: a-z A-Z 0-9 . - _"
                        .formatted(printable(letter), index));
            }
        }
    }

    /** A character as it may stand in a message or log line, whoever chose it. */
    static String printable(char letter) {
        return letter > ' ' && letter < 0x7f ? "'" + letter + "'" : "U+%04X".formatted((int) letter);
    }
}
