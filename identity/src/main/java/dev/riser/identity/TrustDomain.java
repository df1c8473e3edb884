package dev.riser.identity;

/**
 * The name of the authority that vouches for a set of identities, such as {@code cluster.local}.
 *
 * @param name 1 to 255 characters out of lower case letters, digits, dot, dash and underscore (SPIFFE-ID section 2.1)
 */
public record TrustDomain(String name) {
    private static final int MAX_LENGTH = 255;

    /** @throws IllegalArgumentException saying which rule is broken */
    public TrustDomain {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the trust domain is empty");
        }
        if (name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the trust domain is longer than " + MAX_LENGTH + " characters");
        }
        for (int index = 0; index < name.length(); index++) {
            char letter = name.charAt(index);
            boolean allowed = (letter >= 'a' && letter <= 'z')
                    || (letter >= '0' && letter <= '9')
                    || letter == '.'
                    || letter == '-'
                    || letter == '_';
            if (!allowed) {
                throw new IllegalArgumentException("the trust domain has %s at position %d; allowed: a-z 0-9 . - _"
                        .formatted(SpiffeId.printable(letter), index));
            }
        }
    }

    /** {@code spiffe://<name>/ns/<namespace>/sa/<serviceAccount>}. */
    public SpiffeId serviceAccount(String namespace, String serviceAccount) {
        return SpiffeId.ofServiceAccount(this, namespace, serviceAccount);
    }

    @Override
    public String toString() {
        return name;
    }
}
