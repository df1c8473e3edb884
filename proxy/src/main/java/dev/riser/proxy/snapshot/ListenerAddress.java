package dev.riser.proxy.snapshot;

/**
 * Where a listener listens, or stands for.
 *
 * @param host an IP address, {@code 0.0.0.0} and {@code ::} for all
 * @param port 0: any free one
 */
public record ListenerAddress(String host, int port) {}
