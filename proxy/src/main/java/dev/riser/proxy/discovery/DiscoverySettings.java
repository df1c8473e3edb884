package dev.riser.proxy.discovery;

import java.time.Duration;

/**
 * How long discovery waits and remembers.
 *
 * @param askTimeout most that a connection or a DNS query waits for an answer of the control plane
 * @param warmTimeout most that a change waits, while the control plane is connected, for what it leads to
 * @param idleTime after which a listener or name that nobody uses is given up
 * @param lingerTime for which a resource that nothing refers to any more is kept, so that a change to and fro costs nothing
 * @param mostListeners asked for on demand; beyond it the longest unused makes way
 * @param mostHosts names asked for; beyond it the longest unused makes way
 */
public record DiscoverySettings(
        Duration askTimeout,
        Duration warmTimeout,
        Duration idleTime,
        Duration lingerTime,
        int mostListeners,
        int mostHosts) {
    /** Two seconds to ask, five to warm, five minutes idle, one minute lingering; 10,000 listeners and names. */
    public static final DiscoverySettings STANDARD = new DiscoverySettings(
            Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(1), 10_000, 10_000);
}
