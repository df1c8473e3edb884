package dev.riser.control.signals;

/**
 * A target that exists, whether it has traffic or not.
 *
 * @param meshed whether a proxy stands beside it
 */
public record KnownTarget(String namespace, String name, boolean meshed) {}
