package dev.riser.xds.client;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes what arrives of one type. Called on the client's loop, in the order of arrival. */
@FunctionalInterface
public interface ResourceHandler {
    /**
     * Takes over one response; good resources are to be put in force even where others are bad.
     *
     * @param type type URL
     * @param upserts new or changed, only such as are subscribed
     * @param removed names that do not exist, or no longer; also names that never did
     * @return resources that are refused, name to reason: these go back to the control plane, and what was held before
     *     under the name stays in force
     */
    Map<String, String> apply(String type, List<ResourceUpdate> upserts, Set<String> removed);
}
