package dev.riser.control.serve;

import dev.riser.xds.server.NodeGate;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.Optional;

/**
 * Admits a node only to whom it belongs: namespace and service account must be the caller's, and so must the instance,
 * which the token names or, for a caller with a certificate, the owner of that instance.
 */
final class IdentityGate implements NodeGate {
    private final InstanceOwners owners;
    private final AdmittedNodes nodes;
    private final ServeObserver observer;

    IdentityGate(InstanceOwners owners, AdmittedNodes nodes, ServeObserver observer) {
        this.owners = owners;
        this.nodes = nodes;
        this.observer = observer;
    }

    @Override
    public String admit(Node node) throws StatusException {
        Caller caller = Caller.current();
        Optional<String> objection = objection(caller, NodeFacts.of(node), node.getId());
        if (objection.isPresent()) {
            observer.onNodeRefused(caller, node.getId(), objection.get());
            throw Status.PERMISSION_DENIED.withDescription(objection.get()).asException();
        }
        nodes.admitted(node.getId(), caller);
        observer.onNodeAdmitted(caller, NodeFacts.of(node).instance().orElse(""));
        return caller.id().text();
    }

    private Optional<String> objection(Caller caller, NodeFacts facts, String nodeId) {
        if (nodeId.isEmpty()) {
            return Optional.of("the first request of a stream must say its node's id");
        }
        NodeFacts fromId = NodeFacts.ofId(nodeId);
        if (differs(facts.namespace(), caller.namespace()) || differs(fromId.namespace(), caller.namespace())) {
            return Optional.of("the node says namespace %s, but the caller is %s"
                    .formatted(facts.namespace().orElse(""), caller.id().text()));
        }
        if (differs(facts.serviceAccount(), caller.serviceAccount())) {
            return Optional.of("the node says service account %s, but the caller is %s"
                    .formatted(facts.serviceAccount().orElse(""), caller.id().text()));
        }
        if (facts.instance().isPresent()
                && differs(fromId.instance(), facts.instance().get())) {
            return Optional.of("the node's id and its metadata name different instances");
        }
        if (caller.instance().isPresent()
                && facts.instance().isPresent()
                && !caller.instance().equals(facts.instance())) {
            return Optional.of("the node says instance %s, but the caller's token is for %s"
                    .formatted(facts.instance().get(), caller.instance().get()));
        }
        InstanceOwners.Owner itself = new InstanceOwners.Owner(caller.namespace(), caller.serviceAccount());
        return facts.instance()
                .flatMap(owners::of)
                .filter(owner -> !owner.equals(itself))
                .map(owner -> "the instance %s belongs to %s/%s, but the caller is %s"
                        .formatted(
                                facts.instance().orElse(""),
                                owner.namespace(),
                                owner.serviceAccount(),
                                caller.id().text()));
    }

    private static boolean differs(Optional<String> said, String proven) {
        return said.isPresent() && !said.get().equals(proven);
    }
}
