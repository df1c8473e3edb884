package dev.riser.control.source;

/** What has become of an object that a user gave us. */
public enum ObjectStatus {
    /** What stands in the text applies, as far as no problem says otherwise. */
    IN_FORCE("in force"),
    /** What stands in the text does not apply, and no earlier version does. */
    REJECTED("rejected"),
    /** What stands in the text does not apply; what stood there before does. */
    PREVIOUS_IN_FORCE("previous version in force");

    private final String text;

    ObjectStatus(String text) {
        this.text = text;
    }

    /** The words that users see. */
    public String text() {
        return text;
    }
}
