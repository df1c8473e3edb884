package dev.riser.control.serve;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The nodes that have a discovery stream now, and where they call from. A proxy process that serves several workloads
 * reports for all of them on one stream; it may do so for those whose own streams come from the same address as the
 * report. Thread-safe.
 */
final class AdmittedNodes {
    private record Admission(Caller caller, int streams) {}

    private final Map<String, Admission> admissions = new ConcurrentHashMap<>();

    void admitted(String node, Caller caller) {
        admissions.merge(node, new Admission(caller, 1), (before, one) -> new Admission(caller, before.streams() + 1));
    }

    void gone(String node) {
        admissions.computeIfPresent(
                node,
                (same, admission) ->
                        admission.streams() == 1 ? null : new Admission(admission.caller(), admission.streams() - 1));
    }

    /** The namespace of the node, where the reporter may speak for it. */
    Optional<String> namespaceFor(Caller reporter, String node) {
        Admission admission = admissions.get(node);
        if (admission != null && admission.caller().address().equals(reporter.address())) {
            return Optional.of(admission.caller().namespace());
        }
        NodeFacts facts = NodeFacts.ofId(node);
        boolean own = facts.namespace().filter(reporter.namespace()::equals).isPresent()
                && reporter.instance().isPresent()
                && reporter.instance().equals(facts.instance());
        return own ? Optional.of(reporter.namespace()) : Optional.empty();
    }
}
