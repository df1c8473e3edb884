package dev.riser.control.world;

import java.util.Map;

/** The one rule by which a selector chooses. */
public final class Labels {
    private Labels() {}

    /** Whether every wanted label is there with that value. An empty selector fits everything. */
    public static boolean covers(Map<String, String> wanted, Map<String, String> labels) {
        for (Map.Entry<String, String> entry : wanted.entrySet()) {
            if (!entry.getValue().equals(labels.get(entry.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
