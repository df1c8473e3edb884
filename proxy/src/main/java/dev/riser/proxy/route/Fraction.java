package dev.riser.proxy.route;

/**
 * A share of requests.
 *
 * @param numerator how many of {@code denominator}; more than the denominator means all
 * @param denominator 100, 10 000 or 1 000 000
 */
public record Fraction(int numerator, int denominator) {
    /** Every request. */
    public static final Fraction ALL = new Fraction(100, 100);

    /** No request. */
    public static final Fraction NONE = new Fraction(0, 100);

    /**
     * Whether a request with this draw is in the share.
     *
     * @param draw 64 uniformly random bits, one draw for each decision that must not depend on another
     */
    public boolean selects(long draw) {
        if (numerator >= denominator) {
            return true;
        }
        return numerator > 0 && Long.remainderUnsigned(draw, denominator) < numerator;
    }
}
