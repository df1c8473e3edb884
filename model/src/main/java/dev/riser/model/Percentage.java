package dev.riser.model;

/** A share of requests, 0 to 100. */
public record Percentage(double value) {
    /** Every request. */
    public static final Percentage ALL = new Percentage(100);

    public Percentage {
        if (!(value >= 0 && value <= 100)) {
            throw new IllegalArgumentException("a percentage lies between 0 and 100, not at " + value);
        }
    }

    /** The share of a million, rounded: the unit of Envoy's {@code FractionalPercent.MILLION}. */
    public int ofAMillion() {
        return (int) Math.round(value * 10_000);
    }
}
