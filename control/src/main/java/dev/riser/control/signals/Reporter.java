package dev.riser.control.signals;

/** Which end of an edge counted. */
public enum Reporter {
    SOURCE,
    DESTINATION
}
