package dev.riser.proxy.snapshot;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Why a resource is not in force.
 *
 * @param resource its name
 * @param reasons at least one
 */
public record Rejection(String resource, List<Reason> reasons) {
    /** Copies the list. */
    public Rejection {
        reasons = List.copyOf(reasons);
    }

    /**
     * One reason.
     *
     * @param field path of the field in the resource's proto names, as {@code virtual_hosts[0].routes[2].route.hash_policy}
     * @param reason what is wrong with it
     */
    public record Reason(String field, String reason) {
        @Override
        public String toString() {
            return field.isEmpty() ? reason : field + ": " + reason;
        }
    }

    /** One line for the error detail of a NACK. */
    public String text() {
        return resource + ": " + reasons.stream().map(Reason::toString).collect(Collectors.joining("; "));
    }
}
