package dev.riser.control.registry;

import java.time.Duration;

/**
 * How long the registry waits.
 *
 * @param lostAfter a ready workload whose stream has been gone this long takes no traffic any more
 * @param lostAfterRestart the same after a restart of the control plane, when all proxies are on their way back
 * @param forgottenAfter a lost workload is forgotten, and its addresses are free, after this long
 * @param startWithin a workload that is not ready this long after it was registered is forgotten
 * @param rememberedFor for so long the names of services whose last workload has ended are known, without an endpoint
 * @param addressRest an address that was given up is not given out again before
 */
public record RegistryLimits(
        Duration lostAfter,
        Duration lostAfterRestart,
        Duration forgottenAfter,
        Duration startWithin,
        Duration rememberedFor,
        Duration addressRest) {
    /** 10 s, 60 s, 10 min, 2 min, 1 h, 60 s. */
    public static final RegistryLimits DEFAULT = new RegistryLimits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofMinutes(10),
            Duration.ofMinutes(2),
            Duration.ofHours(1),
            Duration.ofSeconds(60));
}
