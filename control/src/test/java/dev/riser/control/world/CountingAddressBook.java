package dev.riser.control.world;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** An address book that counts in the order of the hosts' names, so that a test can say which address a host gets. */
public final class CountingAddressBook implements AddressBook {

    @Override
    public Map<String, List<String>> addresses(Collection<String> hosts, Pool pool) {
        Map<String, List<String>> addresses = new TreeMap<>();
        for (String host : new TreeSet<>(hosts)) {
            int number = addresses.size() + 1;
            addresses.put(
                    host,
                    switch (pool) {
                        case SERVICE -> List.of("10.90.0." + number, "fd90::" + number);
                        case ENTRY -> List.of("240.240.0." + number);
                    });
        }
        return addresses;
    }
}
