package dev.riser.proxy.telemetry;

/** A format string that cannot be compiled; the message names the operator and its position. */
public final class AccessLogFormatException extends Exception {
    private static final long serialVersionUID = 1;

    private final int position;

    AccessLogFormatException(String message, int position) {
        super(message + " at position " + position);
        this.position = position;
    }

    /** Where in the format, counted from 0. */
    public int position() {
        return position;
    }
}
