package dev.riser.xds.server;

import dev.riser.xds.server.StreamReport.Protocol;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One state-of-the-world stream: every response of a type holds everything that the client asked for. A cluster that is
 * no more disappears with the cluster response, before the routes change; clients that must not see that moment use the
 * incremental protocol.
 */
final class WorldStream extends DiscoveryStream<DiscoveryRequest, DiscoveryResponse> {
    private final Map<String, WorldSubscription> subscriptions = new HashMap<>();
    private long nonces;

    WorldStream(DiscoveryServer server, ServerCallStreamObserver<DiscoveryResponse> call) {
        super(server, call);
    }

    @Override
    Node node(DiscoveryRequest request) {
        return request.getNode();
    }

    @Override
    void answer(DiscoveryClient from, DiscoveryRequest request) throws StatusException {
        String type = request.getTypeUrl();
        if (type.isEmpty()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("a request on an aggregated stream names its type in type_url")
                    .asException();
        }
        WorldSubscription known = subscriptions.get(type);
        WorldSubscription subscription = known == null ? new WorldSubscription(type) : known;
        subscriptions.put(type, subscription);
        if (known != null && !request.getResponseNonce().isEmpty()) {
            if (!request.getResponseNonce().equals(subscription.nonce())) {
                // An answer to a response that was overtaken; the client will answer the newer one with its names.
                return;
            }
            if (request.hasErrorDetail()) {
                subscription
                        .reject(request.getErrorDetail().getMessage())
                        .forEach(rejection ->
                                server().observer().onRejected(from, type, rejection.name(), rejection.reason()));
            } else {
                int accepted = subscription.accept();
                if (accepted > 0) {
                    server().observer().onAccepted(from, type, accepted);
                }
            }
        }
        if (subscription.subscribe(request.getResourceNamesList(), known == null)) {
            send(subscription, subscription.select(server().source().resources(from)));
        }
    }

    @Override
    int push(DiscoveryClient to, ResourceSet resources) {
        int total = 0;
        List<WorldSubscription> inOrder = subscriptions.values().stream()
                .sorted(Comparator.comparingInt((WorldSubscription each) -> ResourceTypes.rank(each.type()))
                        .thenComparing(WorldSubscription::type))
                .toList();
        for (WorldSubscription subscription : inOrder) {
            WorldSubscription.Selection selection = subscription.select(resources);
            if (subscription.differs(selection)) {
                send(subscription, selection);
                total += selection.resources().size();
            }
        }
        return total;
    }

    private void send(WorldSubscription subscription, WorldSubscription.Selection selection) {
        String nonce = number() + "." + ++nonces;
        subscription.sent(nonce, selection);
        DiscoveryResponse.Builder response = DiscoveryResponse.newBuilder()
                .setTypeUrl(subscription.type())
                .setVersionInfo(selection.version())
                .setNonce(nonce);
        selection.resources().forEach(resource -> response.addResources(resource.body()));
        send(response.build());
    }

    @Override
    StreamReport describe(DiscoveryClient of) {
        return new StreamReport(
                of,
                Protocol.STATE_OF_THE_WORLD,
                subscriptions.values().stream()
                        .sorted(Comparator.comparingInt((WorldSubscription each) -> ResourceTypes.rank(each.type()))
                                .thenComparing(WorldSubscription::type))
                        .map(WorldSubscription::describe)
                        .toList());
    }
}
