package dev.riser.model;

import java.util.List;
import java.util.Map;

/**
 * What happens to headers on the way.
 *
 * @param request changes before the request is forwarded
 * @param response changes before the response is given back
 */
public record HeaderChanges(Operations request, Operations response) {
    /** Nothing is changed. */
    public static final HeaderChanges NONE = new HeaderChanges(Operations.NONE, Operations.NONE);

    /** Whether nothing is changed. */
    public boolean isEmpty() {
        return request.isEmpty() && response.isEmpty();
    }

    /**
     * Changes in one direction.
     *
     * @param set names and the value that replaces whatever was there
     * @param add names and the value that is put beside whatever was there
     * @param remove names that are taken away
     */
    public record Operations(Map<String, String> set, Map<String, String> add, List<String> remove) {
        /** Nothing is changed. */
        public static final Operations NONE = new Operations(Map.of(), Map.of(), List.of());

        public Operations {
            set = Ordered.copy(set);
            add = Ordered.copy(add);
            remove = List.copyOf(remove);
        }

        /** Whether nothing is changed. */
        public boolean isEmpty() {
            return set.isEmpty() && add.isEmpty() && remove.isEmpty();
        }
    }
}
