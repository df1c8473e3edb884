package dev.riser.control.world;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Gives virtual addresses to hosts that have none. The same host always gets the same addresses, also after a restart.
 * Called by the world's serial owner only.
 */
public interface AddressBook {

    /** From which range an address comes. */
    enum Pool {
        /** Services without {@code clusterIP}: one IPv4 and one IPv6 address. */
        SERVICE,
        /** ServiceEntries without addresses: one IPv4 address that no network routes. */
        ENTRY
    }

    /**
     * Addresses in canonical text, IPv4 first. A host that is missing from the answer got none because its range is used
     * up.
     */
    Map<String, List<String>> addresses(Collection<String> hosts, Pool pool);
}
