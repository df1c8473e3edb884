package dev.riser.xds.server;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the two protocols have in common: admission, one task at a time, at most one pending push, and flow control in
 * both directions (a client that does not read is neither written to nor read from).
 *
 * @param <Q> request
 * @param <P> response
 */
abstract class DiscoveryStream<Q, P> implements StreamObserver<Q> {
    /** Most names that one stream may subscribe to by name for one type; beyond it the client should use the wildcard. */
    static final int MOST_NAMES = 100_000;

    /** Longest name we take: ten times the longest name that we ever give to a resource. */
    static final int LONGEST_NAME = 4096;

    private final DiscoveryServer server;
    private final ServerCallStreamObserver<P> call;
    private final SerialExecutor tasks;
    private final long number;
    private final Instant openedAt;

    /** When the oldest change was announced that has not been pushed yet; null when there is none. */
    private final AtomicReference<@Nullable Long> pending = new AtomicReference<>();

    /** Guards everything that subclasses keep, so that reports can be made from other threads. */
    private final Object state = new Object();

    private @Nullable DiscoveryClient client;
    private boolean closed;
    private boolean reading = true;

    DiscoveryStream(DiscoveryServer server, ServerCallStreamObserver<P> call) {
        this.server = server;
        this.call = call;
        this.tasks = new SerialExecutor(server.workers());
        this.number = server.nextStreamNumber();
        this.openedAt = server.clock().instant();
        call.disableAutoRequest();
        call.setOnReadyHandler(() -> run(this::ready));
        call.setOnCancelHandler(() -> run(() -> finish(Optional.empty())));
        call.request(1);
    }

    /** Answers one request. */
    abstract void answer(DiscoveryClient from, Q request) throws StatusException;

    /** Sends what differs from what the client holds; returns the number of resources sent or removed. */
    abstract int push(DiscoveryClient to, ResourceSet resources);

    /** Describes the stream. */
    abstract StreamReport describe(DiscoveryClient of);

    abstract Node node(Q request);

    final long number() {
        return number;
    }

    final DiscoveryServer server() {
        return server;
    }

    final void announce(long announcedAt) {
        if (pending.compareAndSet(null, announcedAt)) {
            run(this::pushPending);
        }
    }

    final Optional<StreamReport> report() {
        synchronized (state) {
            DiscoveryClient admitted = client;
            return admitted == null || closed ? Optional.empty() : Optional.of(describe(admitted));
        }
    }

    final void end(Status reason) {
        run(() -> finish(Optional.of(reason)));
    }

    final void send(P response) {
        call.onNext(response);
    }

    @Override
    public final void onNext(Q request) {
        DiscoveryClient known;
        synchronized (state) {
            if (closed) {
                return;
            }
            known = client;
        }
        // The gate runs here, not in a task, because the caller's identity is in the gRPC context of this thread.
        if (known == null) {
            try {
                DiscoveryClient admitted = server.admit(number, node(request), openedAt);
                synchronized (state) {
                    client = admitted;
                }
                run(() -> server.observer().onConnected(admitted));
                known = admitted;
            } catch (StatusException refused) {
                end(refused.getStatus());
                return;
            }
        } else if (!node(request).getId().isEmpty()
                && !node(request).getId().equals(known.node().getId())) {
            end(Status.INVALID_ARGUMENT.withDescription("one stream is one node: it began as "
                    + known.node().getId() + " and now says " + node(request).getId()));
            return;
        }
        DiscoveryClient from = known;
        run(() -> {
            if (closed) {
                return;
            }
            try {
                answer(from, request);
            } catch (StatusException refused) {
                finish(Optional.of(refused.getStatus()));
                return;
            } catch (RuntimeException failure) {
                server.observer().onFailure(from, failure);
            }
            if (call.isReady()) {
                call.request(1);
            } else {
                reading = false;
            }
        });
    }

    @Override
    public final void onError(Throwable failure) {
        run(() -> finish(Optional.empty()));
    }

    @Override
    public final void onCompleted() {
        run(() -> finish(Optional.of(Status.OK)));
    }

    private void ready() {
        if (closed) {
            return;
        }
        if (!reading) {
            reading = true;
            call.request(1);
        }
        pushPending();
    }

    private void pushPending() {
        DiscoveryClient admitted = client;
        if (closed || admitted == null || !call.isReady()) {
            // Admission and readiness both come back here; until then the announcement stays pending.
            if (admitted == null) {
                pending.set(null);
            }
            return;
        }
        Long announcedAt = pending.getAndSet(null);
        if (announcedAt == null) {
            return;
        }
        try {
            int resources = push(admitted, server.source().resources(admitted));
            server.observer()
                    .onPushed(
                            admitted,
                            resources,
                            Duration.ofNanos(server.ticker().nanos() - announcedAt));
        } catch (RuntimeException failure) {
            server.observer().onFailure(admitted, failure);
        }
    }

    private void finish(Optional<Status> status) {
        if (closed) {
            return;
        }
        closed = true;
        server.forget(this);
        DiscoveryClient admitted = client;
        if (admitted != null) {
            server.observer().onDisconnected(admitted);
        }
        status.ifPresent(end -> {
            if (end.isOk()) {
                call.onCompleted();
            } else {
                call.onError(end.asException());
            }
        });
    }

    private void run(Runnable task) {
        tasks.execute(() -> {
            synchronized (state) {
                task.run();
            }
        });
    }
}
