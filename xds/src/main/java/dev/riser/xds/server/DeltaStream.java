package dev.riser.xds.server;

import dev.riser.xds.server.StreamReport.Protocol;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One incremental stream. */
final class DeltaStream extends DiscoveryStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    /** Below the 4 MiB that gRPC clients accept by default, with room for one large resource more. */
    private static final int LARGEST_RESPONSE = 2 * 1024 * 1024;

    private final Map<String, DeltaSubscription> subscriptions = new HashMap<>();
    private long nonces;
    private long pushes;

    DeltaStream(DiscoveryServer server, ServerCallStreamObserver<DeltaDiscoveryResponse> call) {
        super(server, call);
    }

    @Override
    Node node(DeltaDiscoveryRequest request) {
        return request.getNode();
    }

    @Override
    void answer(DiscoveryClient from, DeltaDiscoveryRequest request) throws StatusException {
        String type = request.getTypeUrl();
        if (type.isEmpty()) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("a request on an aggregated stream names its type in type_url")
                    .asException();
        }
        DeltaSubscription known = subscriptions.get(type);
        DeltaSubscription subscription = known == null ? new DeltaSubscription(type) : known;
        subscriptions.put(type, subscription);
        if (!request.getResponseNonce().isEmpty()) {
            settle(from, subscription, request);
        }
        boolean changed = subscription.apply(request, known == null);
        if (!changed) {
            return;
        }
        boolean answerEmpty = known == null && subscription.wildcard();
        DeltaSubscription.Difference difference =
                subscription.difference(server().source().resources(from));
        if (answerEmpty || !difference.isEmpty()) {
            send(subscription, difference.changed(), difference.removed());
        }
    }

    private void settle(DiscoveryClient from, DeltaSubscription subscription, DeltaDiscoveryRequest request) {
        if (!request.hasErrorDetail()) {
            int accepted = subscription.accept(request.getResponseNonce());
            if (accepted > 0) {
                server().observer().onAccepted(from, subscription.type(), accepted);
            }
            return;
        }
        subscription
                .reject(request.getResponseNonce(), request.getErrorDetail().getMessage())
                .forEach(rejection -> server().observer()
                        .onRejected(from, subscription.type(), rejection.name(), rejection.reason()));
    }

    @Override
    int push(DiscoveryClient to, ResourceSet resources) {
        pushes++;
        int total = 0;
        List<DeltaSubscription> inOrder = subscriptions.values().stream()
                .sorted(Comparator.comparingInt((DeltaSubscription each) -> ResourceTypes.rank(each.type()))
                        .thenComparing(DeltaSubscription::type))
                .toList();
        Map<DeltaSubscription, List<String>> removed = new HashMap<>();
        for (DeltaSubscription subscription : inOrder) {
            DeltaSubscription.Difference difference = subscription.difference(resources);
            total += difference.changed().size() + difference.removed().size();
            if (!difference.changed().isEmpty()) {
                send(subscription, difference.changed(), List.of());
            }
            removed.put(subscription, difference.removed());
        }
        // A cluster is taken away only after the routes that led to it.
        for (DeltaSubscription subscription : inOrder.reversed()) {
            List<String> names = removed.getOrDefault(subscription, List.of());
            if (!names.isEmpty()) {
                send(subscription, List.of(), names);
            }
        }
        return total;
    }

    private void send(DeltaSubscription subscription, List<VersionedResource> changed, List<String> removed) {
        DeltaDiscoveryResponse.Builder response = begin(subscription).addAllRemovedResources(removed);
        Map<String, String> versions = new HashMap<>();
        removed.forEach(name -> versions.put(name, DeltaSubscription.ABSENT));
        long size = 0;
        for (VersionedResource resource : changed) {
            int more = resource.body().getValue().size();
            if (size > 0 && size + more > LARGEST_RESPONSE) {
                finish(subscription, response, versions);
                response = begin(subscription);
                size = 0;
            }
            response.addResources(resource.message());
            versions.put(resource.name(), resource.version());
            size += more;
        }
        finish(subscription, response, versions);
    }

    private DeltaDiscoveryResponse.Builder begin(DeltaSubscription subscription) {
        return DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(subscription.type())
                .setSystemVersionInfo(number() + "." + pushes)
                .setNonce(number() + "." + ++nonces);
    }

    private void finish(
            DeltaSubscription subscription, DeltaDiscoveryResponse.Builder response, Map<String, String> versions) {
        subscription.sent(response.getNonce(), Map.copyOf(versions));
        versions.clear();
        send(response.build());
    }

    @Override
    StreamReport describe(DiscoveryClient of) {
        return new StreamReport(
                of,
                Protocol.DELTA,
                subscriptions.values().stream()
                        .sorted(Comparator.comparingInt((DeltaSubscription each) -> ResourceTypes.rank(each.type()))
                                .thenComparing(DeltaSubscription::type))
                        .map(DeltaSubscription::describe)
                        .toList());
    }
}
