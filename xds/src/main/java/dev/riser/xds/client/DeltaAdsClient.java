package dev.riser.xds.client;

import com.google.rpc.Code;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One incremental ADS stream that is kept open: subscriptions of several types, each answer acknowledged or refused
 * resource by resource, and after a loss everything asked for again with the versions in hand, so that only what changed
 * meanwhile is sent. What was delivered stays delivered while the control plane is away.
 *
 * <p>All state is confined to the loop; the public methods may be called on any thread.
 */
public final class DeltaAdsClient implements AutoCloseable {
    private static final String EVERYTHING = "*";

    private final Supplier<? extends Channel> channels;
    private final Node node;
    private final LoopScheduler loop;
    private final RetryDelay retryDelay;
    private final AdsObserver observer;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private @Nullable Stream stream;
    private LoopScheduler.Task retry = LoopScheduler.Task.NONE;
    private int failures;
    private boolean flushPending;
    private boolean started;
    private boolean closed;

    /**
     * @param channels asked for each new stream
     * @param node sent with the first request of a stream
     * @param loop runs everything, callbacks too
     */
    public DeltaAdsClient(
            Supplier<? extends Channel> channels,
            Node node,
            LoopScheduler loop,
            RetryDelay retryDelay,
            AdsObserver observer) {
        this.channels = channels;
        this.node = node;
        this.loop = loop;
        this.retryDelay = retryDelay;
        this.observer = observer;
    }

    /** Says who takes a type's resources. Types are asked for in the order in which they were registered. */
    public void handle(String type, ResourceHandler handler) {
        loop.run(() -> subscriptions.put(type, new Subscription(type, handler)));
    }

    /** Opens the stream. */
    public void start() {
        loop.run(() -> {
            if (!started && !closed) {
                started = true;
                connect();
            }
        });
    }

    /** Asks for resources by name; the answer goes to the type's handler, also where there is no such resource. */
    public void subscribe(String type, Collection<String> names) {
        List<String> copy = List.copyOf(names);
        loop.run(() -> {
            Subscription subscription = subscription(type);
            boolean changed = false;
            for (String name : copy) {
                changed |= subscription.subscribe(name);
            }
            if (changed) {
                flushSoon();
            }
        });
    }

    /** Asks for every resource of a type. */
    public void subscribeAll(String type) {
        subscribe(type, List.of(EVERYTHING));
    }

    /** No longer wants resources. The handler is not told; what still arrives of them is dropped. */
    public void unsubscribe(String type, Collection<String> names) {
        List<String> copy = List.copyOf(names);
        loop.run(() -> {
            Subscription subscription = subscription(type);
            boolean changed = false;
            for (String name : copy) {
                changed |= subscription.unsubscribe(name);
            }
            if (changed) {
                flushSoon();
            }
        });
    }

    /** Ends the stream for good. */
    @Override
    public void close() {
        loop.run(() -> {
            closed = true;
            retry.cancel();
            Stream open = stream;
            stream = null;
            if (open != null) {
                open.requests.onCompleted();
            }
        });
    }

    private Subscription subscription(String type) {
        Subscription subscription = subscriptions.get(type);
        if (subscription == null) {
            throw new IllegalStateException("nobody handles " + type);
        }
        return subscription;
    }

    private void connect() {
        retry = LoopScheduler.Task.NONE;
        if (closed) {
            return;
        }
        Stream opened = new Stream();
        stream = opened;
        try {
            Channel channel = channels.get();
            opened.requests = ClientCalls.asyncBidiStreamingCall(
                    channel.newCall(
                            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
                            CallOptions.DEFAULT.withExecutor(loop)),
                    opened);
        } catch (RuntimeException unusable) {
            lost(opened, String.valueOf(unusable.getMessage()));
            return;
        }
        for (Subscription subscription : subscriptions.values()) {
            subscription.begin();
        }
        flush();
    }

    private void lost(Stream ended, String reason) {
        if (stream != ended) {
            return;
        }
        stream = null;
        if (closed) {
            return;
        }
        failures++;
        Duration delay = retryDelay.after(failures);
        observer.onLost(reason, delay);
        retry = loop.schedule(delay, this::connect);
    }

    private void flushSoon() {
        if (stream != null && !flushPending) {
            flushPending = true;
            loop.execute(this::flush);
        }
    }

    private void flush() {
        flushPending = false;
        Stream open = stream;
        if (open == null) {
            return;
        }
        for (Subscription subscription : subscriptions.values()) {
            DeltaDiscoveryRequest.Builder request = subscription.nextRequest();
            if (request != null) {
                open.send(request);
            }
        }
    }

    private void receive(Stream open, DeltaDiscoveryResponse response) {
        if (stream != open) {
            return;
        }
        if (!open.answered) {
            open.answered = true;
            failures = 0;
            observer.onConnected();
        }
        String type = response.getTypeUrl();
        Subscription subscription = subscriptions.get(type);
        DeltaDiscoveryRequest.Builder answer =
                DeltaDiscoveryRequest.newBuilder().setTypeUrl(type).setResponseNonce(response.getNonce());
        if (subscription == null) {
            open.send(answer.setErrorDetail(refusal("this proxy does not use the type " + type)));
            return;
        }
        Map<String, String> rejected = subscription.receive(response);
        if (stream != open) {
            return;
        }
        if (rejected.isEmpty()) {
            observer.onAccepted(type, response.getResourcesCount(), response.getRemovedResourcesCount());
        } else {
            observer.onRejected(type, rejected);
            answer.setErrorDetail(refusal(lines(rejected)));
        }
        open.send(answer);
    }

    /** One line for each resource, {@code <name>: <reason>}: the form that the control plane reads back. */
    private static String lines(Map<String, String> rejected) {
        return rejected.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue().replace('\n', ' '))
                .collect(Collectors.joining("\n"));
    }

    /** One line: what the transport says below all its wrappings, or else what the server said. */
    private static String reason(io.grpc.Status status) {
        Throwable cause = status.getCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String detail = cause == null ? status.getDescription() : cause.getMessage();
        return detail == null
                ? status.getCode().toString()
                : status.getCode() + ": " + detail.lines().findFirst().orElse("");
    }

    private static Status refusal(String message) {
        return Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage(message)
                .build();
    }

    /** One stream's life. */
    private final class Stream implements StreamObserver<DeltaDiscoveryResponse> {
        private @Nullable StreamObserver<DeltaDiscoveryRequest> requests;
        private boolean introduced;
        private boolean answered;

        void send(DeltaDiscoveryRequest.Builder request) {
            if (!introduced) {
                introduced = true;
                request.setNode(node);
            }
            requests.onNext(request.build());
        }

        @Override
        public void onNext(DeltaDiscoveryResponse response) {
            receive(this, response);
        }

        @Override
        public void onError(Throwable failure) {
            lost(this, reason(io.grpc.Status.fromThrowable(failure)));
        }

        @Override
        public void onCompleted() {
            lost(this, "the control plane ended the stream");
        }
    }

    /** What is wanted and held of one type. */
    private static final class Subscription {
        private final String type;
        private final ResourceHandler handler;
        private final Set<String> wanted = new LinkedHashSet<>();
        private final Map<String, String> versions = new LinkedHashMap<>();
        private final Set<String> toSubscribe = new LinkedHashSet<>();
        private final Set<String> toUnsubscribe = new LinkedHashSet<>();
        private boolean asked;

        Subscription(String type, ResourceHandler handler) {
            this.type = type;
            this.handler = handler;
        }

        boolean subscribe(String name) {
            if (!wanted.add(name)) {
                return false;
            }
            // A name given up and wanted again within one turn must be asked for: what was held of it is gone.
            toSubscribe.add(name);
            return true;
        }

        boolean unsubscribe(String name) {
            if (!wanted.remove(name)) {
                return false;
            }
            if (name.equals(EVERYTHING)) {
                versions.keySet().retainAll(wanted);
            } else if (!wanted.contains(EVERYTHING)) {
                versions.remove(name);
            }
            toSubscribe.remove(name);
            toUnsubscribe.add(name);
            return true;
        }

        /** Starts over on a new stream. */
        void begin() {
            asked = false;
            toUnsubscribe.clear();
            toSubscribe.clear();
            toSubscribe.addAll(wanted);
        }

        DeltaDiscoveryRequest.@Nullable Builder nextRequest() {
            if (!asked) {
                toUnsubscribe.clear();
            }
            // A name that is in both was given up and wanted again; the protocol takes the subscription as "send it
            // again".
            toUnsubscribe.removeAll(toSubscribe);
            if (toSubscribe.isEmpty() && toUnsubscribe.isEmpty()) {
                return null;
            }
            DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(type)
                    .addAllResourceNamesSubscribe(toSubscribe)
                    .addAllResourceNamesUnsubscribe(toUnsubscribe);
            if (!asked) {
                request.putAllInitialResourceVersions(versions);
                asked = true;
            }
            toSubscribe.clear();
            toUnsubscribe.clear();
            return request;
        }

        Map<String, String> receive(DeltaDiscoveryResponse response) {
            Map<String, String> rejected = new LinkedHashMap<>();
            Map<String, ResourceUpdate> upserts = new LinkedHashMap<>();
            for (Resource resource : response.getResourcesList()) {
                String name = resource.getName();
                if (!wants(name) || !resource.hasResource()) {
                    continue;
                }
                if (resource.getResource().getTypeUrl().equals(type)) {
                    upserts.put(name, new ResourceUpdate(name, resource.getVersion(), resource.getResource()));
                } else {
                    rejected.put(name, "is a " + resource.getResource().getTypeUrl() + ", not a " + type);
                }
            }
            Set<String> removed = new LinkedHashSet<>();
            for (String name : response.getRemovedResourcesList()) {
                if (wants(name)) {
                    removed.add(name);
                    versions.remove(name);
                }
            }
            try {
                rejected.putAll(handler.apply(type, List.copyOf(upserts.values()), removed));
            } catch (RuntimeException broken) {
                // A defect of ours must not end the stream, and the control plane must learn what it met.
                for (String name : upserts.keySet()) {
                    rejected.put(name, "cannot be read here: " + broken);
                }
            }
            for (ResourceUpdate update : upserts.values()) {
                if (!rejected.containsKey(update.name()) && wants(update.name())) {
                    versions.put(update.name(), update.version());
                }
            }
            return rejected;
        }

        private boolean wants(String name) {
            return wanted.contains(name) || wanted.contains(EVERYTHING);
        }
    }
}
